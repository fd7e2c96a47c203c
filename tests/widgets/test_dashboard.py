"""The dashboard as a widget: rows travel as messages, a busy kernel does not matter, and it can be read as text."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted

import squid_nb
from squid_nb.config import Config
from squid_nb.conversing import dashboard_bridge
from squid_nb.errors import ConfigError, StoreBusy
from squid_nb.events import Used
from squid_nb.squid import Squid, set_shared
from squid_nb.widgets.dashboard import DashboardWidget

REPLY_S = 20


@pytest.fixture
def squid(tmp_path: Path) -> Iterator[Squid]:
    config = Config().replace({"database.path": tmp_path / "squid.duckdb"})
    with Squid(config, provider=Scripted("An answer.", Used(3, 4))) as opened:
        set_shared(opened)
        yield opened


@pytest.fixture
def board(squid: Squid) -> Iterator[DashboardWidget]:
    try:
        widget = squid_nb.dashboard()
    except ConfigError:
        pytest.fail("The bundles are not built; run `npm run build` in js/.")
    yield widget
    widget.close()


def call(board: DashboardWidget, monkeypatch: pytest.MonkeyPatch, verb: str = "dashboard", **args: Any) -> Any:
    """What the browser gets for a call."""
    replies: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(board._bridge, "_send", replies.put)
    board._on_msg(board, {"id": "1", "kind": "call", "verb": verb, "args": args}, [])
    reply = replies.get(timeout=REPLY_S)
    assert json.loads(json.dumps(reply, allow_nan=False)) == reply
    return reply


def test_a_call_is_answered_with_rows(board: DashboardWidget, squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    squid.ask("Hello")
    result = call(board, monkeypatch)["result"]
    assert result["totals"]["input_tokens"] == 3
    assert result["models"] == ["scripted-1"]
    assert call(board, monkeypatch, models=["another"])["result"]["totals"]["calls"] == 0


def test_nothing_of_the_history_is_in_the_state(board: DashboardWidget, squid: Squid) -> None:
    squid.ask("A secret question")
    assert set(board.get_state()) & {"data", "rows", "charts"} == set()
    assert "secret" not in json.dumps({key: str(value) for key, value in board.get_state().items()})


def test_queries_run_on_another_thread_than_the_cell(
    board: DashboardWidget, squid: Squid, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    whole = dashboard_bridge.dashboard
    monkeypatch.setattr(
        dashboard_bridge, "dashboard", lambda *a: threads.append(threading.current_thread()) or whole(*a)
    )
    call(board, monkeypatch)  # this thread waits, as a running cell would
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("verb", "args", "message"),
    [
        ("dashboard", {"since": "soon"}, "'soon' is no date."),
        ("nonsense", {}, "Unknown call 'nonsense'."),
    ],
)
def test_what_is_wrong_is_one_sentence(
    board: DashboardWidget, monkeypatch: pytest.MonkeyPatch, verb: str, args: dict[str, Any], message: str
) -> None:
    reply = call(board, monkeypatch, verb, **args)
    assert reply["ok"] is False
    assert reply["error"]["message"] == message


def test_a_defect_is_a_reply_as_well(
    board: DashboardWidget, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dashboard_bridge, "dashboard", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in call(board, monkeypatch)["error"]["message"]
    assert '"where": "call dashboard", "error": "ZeroDivisionError"' in caplog.text


def test_it_can_be_read_where_it_cannot_be_shown(board: DashboardWidget, squid: Squid) -> None:
    assert board._summary() == "Squid dashboard. No model has been called yet."
    squid.ask("Hello")
    assert board._summary().splitlines()[-1] == "- scripted-1: 1 call, 3 tokens in, 4 out"
    squid._provider = Scripted("An answer.", Used(None, None, method="unknown"), model="other")
    squid.ask("Hello")
    assert "- other: 1 call, unknown tokens in, unknown out" in board._summary()


def test_a_busy_database_does_not_keep_it_from_being_shown(
    board: DashboardWidget, squid: Squid, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise StoreBusy("The database is in use.")

    monkeypatch.setattr(type(squid.history), "usage", busy)
    assert board._summary().startswith("Squid dashboard")
