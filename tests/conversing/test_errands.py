"""Calls that take long: how far they are is told, they are cancelled, and they hold nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted
from speaking import Browser

from squid_nb.config import Config
from squid_nb.errors import Cancelled
from squid_nb.squid import Squid


class SlowCarrier:
    """Is half done until it is let go or cancelled."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked: list[tuple[Any, ...]] = []

    def export(
        self,
        chosen: Any,
        format: str,  # noqa: A002 - as the protocol has it
        path: Path,
        *,
        force: bool,
        tell: Callable[[float, str], None],
        cancel: Callable[[], bool],
    ) -> Path:
        self.asked.append((format, path, force))
        tell(0.5, "Exporting")
        while not self.go_on.wait(0.01):
            if cancel():
                raise Cancelled("The export was cancelled; nothing was written.")
        return path / "out.json" if path.is_dir() else path

    def import_(self, path: Path, **_: Any) -> Any:
        raise AssertionError("nobody imports here")


@pytest.fixture
def squid(tmp_path: Path) -> Iterator[Squid]:
    with Squid(Config(database={"path": tmp_path / "squid.duckdb"}), "ada", provider=Scripted("Hello")) as squid:
        yield squid


@pytest.fixture
def carrier() -> SlowCarrier:
    return SlowCarrier()


@pytest.fixture
def browser(squid: Squid, carrier: SlowCarrier, tmp_path: Path) -> Browser:
    browser = Browser(squid, carrier=carrier, directory=tmp_path)
    browser.ask("Hi")
    return browser


def test_how_far_a_command_is_is_told_and_ends_with_it(browser: Browser, carrier: SlowCarrier, tmp_path: Path) -> None:
    call = browser.send("call", verb="command", args={"line": "/export --to out.md"})
    (told,) = browser.until(lambda message: message["kind"] == "work")
    assert told == {"kind": "work", "call": call, "text": "Exporting", "fraction": 0.5}
    assert browser.bridge.busy
    # Others of the same process, and of the same view, go on meanwhile.
    assert "help" in browser.call("command", line="/help")["result"]["markdown"]
    carrier.go_on.set()
    seen = browser.until(lambda message: message["kind"] == "work")
    assert seen[0]["result"]["markdown"] == "Wrote out.md."
    assert seen[-1] == {"kind": "work", "call": call, "text": "", "fraction": None}
    assert carrier.asked == [("markdown", tmp_path / "out.md", False)]
    assert not browser.bridge.busy


def test_a_command_is_cancelled(browser: Browser) -> None:
    call = browser.send("call", verb="command", args={"line": "/export"})
    browser.until(lambda message: message["kind"] == "work")
    browser.send("stop", args={"ask": call, "message_id": None})
    reply = browser.until(lambda message: message.get("id") == call)[-1]
    assert reply["error"]["message"] == "The export was cancelled; nothing was written."


def test_chosen_sessions_are_exported_into_the_view_s_directory(browser: Browser, carrier: SlowCarrier) -> None:
    carrier.go_on.set()
    ids = [browser.bridge.session_id]
    assert browser.call("sessions.export", ids=ids, format="json")["result"] == {"path": "out.json"}


def test_a_command_of_one_view_moves_nobody_else(squid: Squid, browser: Browser) -> None:
    other = Browser(squid)
    first = browser.bridge.session_id
    squid.current = first
    assert other.call("command", line="/new Another")["result"]["moved"]
    assert other.bridge.session_id not in (None, first)
    assert (browser.bridge.session_id, squid.current) == (first, first)


def test_who_goes_elsewhere_during_a_command_stays_there(squid: Squid, browser: Browser, carrier: SlowCarrier) -> None:
    call = browser.send("call", verb="command", args={"line": "/export"})
    browser.until(lambda message: message["kind"] == "work")
    browser.call("session.new")
    carrier.go_on.set()
    reply = browser.until(lambda message: message.get("id") == call)[-1]
    assert reply["ok"]
    assert browser.bridge.session_id is None
