"""The store beside the SQLite session of OpenAI Agents, in the same run.

Theirs keeps a JSON text an item in one table; ours commits twice a turn, with a ledger row, provenance and the tree.
The ratios say what that costs. Nothing is asserted about time.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import SQLiteSession
from turn_writer import spent

from squid_nb.store import Store

_TEXT = "Because the index is not sorted, every group is looked up again. " * 6
_TURNS = 500


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "squid.duckdb")
    yield store
    store.close()


def _median_ms(work: Callable[[], object], *, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _report(capsys: pytest.CaptureFixture[str], what: str, ours: float, theirs: float) -> None:
    with capsys.disabled():
        print(f"\n{what}: squid_nb {ours:.2f} ms, SQLiteSession {theirs:.2f} ms, ratio {ours / theirs:.2f}")


def _turn(store: Store, user_id: str, session_id: str) -> None:
    turn = store.open_turn(user_id=user_id, session_id=session_id, question=_TEXT)
    store.close_turn(turn.answer.id, content=_TEXT, status="complete", usage=spent(turn, user_id))


def _items() -> list[Any]:
    return [{"role": "user", "content": _TEXT}, {"role": "assistant", "content": _TEXT}]


def test_append_a_turn(
    benchmark: Any,
    capsys: pytest.CaptureFixture[str],
    store: Store,
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
) -> None:
    user = store.users.ensure("ann")
    session_id = store.sessions.create(owner_id=user.id).id
    benchmark.pedantic(lambda: _turn(store, user.id, session_id), rounds=100, warmup_rounds=5)
    theirs = SQLiteSession("one", tmp_path / "agents.db")
    median = _median_ms(lambda: loop.run_until_complete(theirs.add_items(_items())), rounds=100)
    theirs.close()
    if benchmark.enabled:
        _report(capsys, "append a turn", benchmark.stats.stats.median * 1000, median)


def test_load_the_last_page(
    benchmark: Any,
    capsys: pytest.CaptureFixture[str],
    store: Store,
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
) -> None:
    user = store.users.ensure("ann")
    session_id = store.sessions.create(owner_id=user.id).id
    theirs = SQLiteSession("one", tmp_path / "agents.db")
    for _ in range(_TURNS):
        _turn(store, user.id, session_id)
        loop.run_until_complete(theirs.add_items(_items()))
    page = benchmark.pedantic(lambda: store.messages.page(session_id, limit=50), rounds=50, warmup_rounds=5)
    assert len(page.items) == len(loop.run_until_complete(theirs.get_items(50))) == 50
    median = _median_ms(lambda: loop.run_until_complete(theirs.get_items(50)), rounds=50)
    theirs.close()
    if benchmark.enabled:
        _report(capsys, f"load the last 50 of {2 * _TURNS} messages", benchmark.stats.stats.median * 1000, median)
