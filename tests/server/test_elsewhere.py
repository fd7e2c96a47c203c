"""What other processes do, a script and the command line, as a view of the server sees it: live, and soon."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from serving import Endpoint

from .live_server import View
from .process import JupyterProcess

SCRIPT = """
import sys
from squid_nb.config import Config
from squid_nb.squid import Squid
with Squid(Config.load(), "ada") as squid:
    print(squid.ask(sys.argv[1], session=sys.argv[2]).status)
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A session that a view of a server shows, and other processes on the same history."""

    endpoint: Endpoint
    server: JupyterProcess
    view: View
    session: str

    def script(self, prompt: str) -> subprocess.Popen[str]:
        """A process that asks, as a cell of a notebook or a script does."""
        return subprocess.Popen(
            [sys.executable, "-c", SCRIPT, prompt, self.session],
            env=self.server.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def command(self, *arguments: str) -> None:
        """The command line."""
        subprocess.run(
            [Path(sys.executable).parent / "squid-nb", *arguments, "--session", self.session],
            env=self.server.environment(), check=True, capture_output=True,
        )  # fmt: skip


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with (
        Endpoint("Hello.") as endpoint,
        JupyterProcess(tmp_path, model_url=endpoint.url) as server,
        server.view() as view,
    ):
        session: str = view.ask("Hi")[0]["session_id"]
        view.call("session.open", session_id=session)
        yield Watched(endpoint, server, view, session)


def live(kind: str, text: str = "") -> Callable[[dict[str, Any]], bool]:
    return lambda frame: (
        frame["kind"] == "live" and frame["event"]["type"] == kind and text in frame["event"].get("text", "")
    )


def changed(what: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["kind"] == "change" and frame["what"] == what


def words(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["event"]["text"] for frame in frames if live("delta")(frame))


@pytest.mark.slow
def test_an_answer_of_another_process_is_seen_as_it_comes(watched: Watched) -> None:
    view, session = watched.view, watched.session
    with watched.server.view("panel-0002") as second:
        second.call("session.open", session_id=session)
        gates = [threading.Event(), threading.Event()]
        watched.endpoint.steps = ("One ", gates[0], "two ", gates[1], "three")
        other = watched.script("From a script")
        seen = view.until(live("delta", "One "))
        delays = []
        for gate, text in zip(gates, ("two ", "three"), strict=True):
            began = time.perf_counter()
            gate.set()
            seen += view.until(live("delta", text))
            delays.append(round(1000 * (time.perf_counter() - began)))
        seen += view.until(live("finished"))
        print(f"\nfrom the model to a view of another process: {delays} ms")
        assert words(seen) == "One two three"
        assert words(second.until(live("finished"))) == "One two three"
        view.until(changed("messages"))
        page = view.call("messages", session_id=session, before=None)["result"]["items"]
        assert [(one["content"], one["status"]) for one in page[-2:]] == [
            ("From a script", "complete"),
            ("One two three", "complete"),
        ]
        assert other.communicate()[0] == "complete\n"


@pytest.mark.slow
def test_an_answer_of_another_process_is_stopped_by_a_view(watched: Watched) -> None:
    view = watched.view
    watched.endpoint.steps = ("One ", threading.Event())
    other = watched.script("From a script")
    started = next(f for f in view.until(live("delta", "One ")) if live("started")(f))
    view.send("stop", args={"ask": None, "message_id": started["message_id"]})
    finished = view.until(live("finished"))[-1]
    assert finished["event"]["status"] == "stopped"
    assert other.communicate()[0] == "stopped\n"


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_leaves_an_interrupted_answer(watched: Watched) -> None:
    view = watched.view
    watched.endpoint.steps = ("One ", threading.Event())
    other = watched.script("From a script")
    view.until(live("delta", "One "))
    other.kill()
    other.communicate()
    view.until(live("failed"))
    view.until(changed("messages"))
    page = view.call("session.open", session_id=watched.session)["result"]
    assert (page["page"]["items"][-1]["status"], page["live"]) == ("interrupted", [])


@pytest.mark.slow
def test_changes_of_the_command_line_reach_the_lists(watched: Watched) -> None:
    view = watched.view
    watched.command("rename", "From the command line")
    view.until(changed("sessions"))
    titles = [one["title"] for one in view.call("sessions.list")["result"]["items"]]
    assert titles == ["From the command line"]
