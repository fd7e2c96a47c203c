"""What a lease costs, cold and warm, and how eight processes get on with one file.

On a new file and on one of 500,000 messages. Nothing is asserted about time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import histories
import pytest
import turn_writer

from squid_nb.store import Store

_PROCESSES = 8
_TURNS = 50


@pytest.fixture(scope="module", params=["a new file", "500,000 messages"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("history") / "squid.duckdb")
    user = store.users.ensure("ann")
    if request.param != "a new file":
        histories.many(store, owner_id=user.id, sessions=5_000, messages_each=100)
    store.close()
    return store.path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, idle_hold_ms=60_000)
    yield store
    store.close()


def _lease(store: Store) -> None:
    with store.database.lease() as connection:
        connection.execute("select 1").fetchall()


def test_cold_lease(benchmark: Any, store: Store) -> None:
    benchmark.pedantic(_lease, setup=lambda: (store.close(), ((store,), {}))[1], rounds=30)


def test_warm_lease(benchmark: Any, store: Store) -> None:
    benchmark.pedantic(_lease, args=(store,), rounds=200, warmup_rounds=5)


def test_find_a_session_by_id(benchmark: Any, store: Store) -> None:
    session = store.sessions.create(owner_id=store.users.ensure("ann").id)
    benchmark.pedantic(store.sessions.get, args=(session.id,), rounds=50, warmup_rounds=5)


def test_list_fifty_sessions(benchmark: Any, store: Store) -> None:
    user = store.users.ensure("ann")
    benchmark.pedantic(lambda: store.sessions.list(owner_id=user.id), rounds=20, warmup_rounds=2)


def test_last_page_of_ten_thousand_messages(benchmark: Any, store: Store, tmp_path: Path) -> None:
    own = Store(tmp_path / "long.duckdb", idle_hold_ms=60_000)
    session_id = histories.chain(own, owner_id=own.users.ensure("ann").id, messages=10_000)
    benchmark.pedantic(own.messages.page, args=(session_id,), rounds=30, warmup_rounds=2)
    own.close()


@pytest.mark.parametrize(
    "steps", ["rows", "open", "open close"], ids=["two rows a turn", "opened", "opened and closed with its ledger row"]
)
def test_eight_processes(
    benchmark: Any, capsys: pytest.CaptureFixture[str], path: Path, steps: str, request: pytest.FixtureRequest
) -> None:
    store = Store(path)
    user = store.users.ensure("ann")
    sessions = [store.sessions.create(owner_id=user.id).id for _ in range(_PROCESSES)]
    store.close()
    writers = [
        turn_writer.start(path, user_id=user.id, session_id=session_id, turns=_TURNS, label=session_id, steps=steps)
        for session_id in sessions
    ]

    def write() -> list[list[dict[str, Any]]]:
        for writer in writers:
            writer.go()
        return [writer.heard() for writer in writers]

    began = time.perf_counter()
    facts = [fact for heard in benchmark.pedantic(write, rounds=1) for fact in heard]
    elapsed = time.perf_counter() - began
    waits = [fact["waited_s"] * 1000 for fact in facts]
    assert [store.sessions.get(session_id).messages for session_id in sessions] == [2 * _TURNS] * _PROCESSES
    with capsys.disabled():
        print(
            f"\n{request.node.name}: {_PROCESSES * _TURNS / elapsed:.0f} turns a second, "
            f"p50 {statistics.median(waits):.1f} ms, worst {max(waits):.0f} ms"
        )
