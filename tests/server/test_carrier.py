"""Exports and imports typed in the panel: in a process of their own, told and cancelled like every job."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import wait_until

from .conftest import Serve
from .live_server import View
from .test_jobs import workers
from .test_responsive import big_file


def command(view: View, line: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What comes of it, and what was told on the way."""
    call = view.send("call", verb="command", args={"line": line})
    frames = view.until(lambda frame: frame.get("id") == call)
    return frames[-1], [frame for frame in frames if frame["kind"] == "work" and frame["text"]]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    big_file(path, conversations=2)
    return path


def test_what_is_exported_is_found_below_the_server_and_comes_in_again(serve: Serve, tmp_path: Path) -> None:
    with serve().view() as view:
        view.ask("Hi")
        reply, told = command(view, "/export --format json --to out.json")
        assert reply["result"]["markdown"] == "Wrote out.json."
        assert told[0]["text"].startswith("Exporting, 0 sessions")
        kept = json.loads((tmp_path / "out.json").read_text())
        assert "Hi" in json.dumps(kept)
        again, _ = command(view, "/export --format json --to out.json")
        assert "out.json" in again["error"]["message"]
        forced, _ = command(view, "/export --format json --to out.json --force")
        assert forced["ok"], forced
        brought, _ = command(view, "/import out.json")
        assert "1 already there" in brought["result"]["markdown"]
        assert (tmp_path / "out.json").is_file()


def test_a_list_s_export_goes_the_same_way(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    with server.view() as view:
        session = view.ask("Hi")[0]["session_id"]
        call = view.send("call", verb="sessions.export", args={"ids": [session], "format": "markdown"})
        frames = view.until(lambda frame: frame.get("id") == call)
        assert "Hello there" in (tmp_path / frames[-1]["result"]["path"]).read_text()
        assert next(frame["job"]["kind"] for frame in frames if frame["kind"] == "job") == "export"
        with server.client() as client:
            assert [job["state"] for job in client.get("jobs").json()["items"]] == ["done"]


def test_views_hear_of_what_has_come_in(serve: Serve, talk: Path) -> None:
    server = serve()
    with server.view() as view, server.view("view-00002") as other:
        other.call("hello")
        reply, _ = command(view, f"/import {talk.name}")
        assert "imported 2 conversations" in reply["result"]["markdown"]
        other.until(lambda frame: frame["kind"] == "change")
        assert other.call("sessions.browse", view={}, limit=10)["result"]["total"] == 2


@pytest.mark.slow
def test_an_import_works_elsewhere_and_is_cancelled_between_conversations(serve: Serve, tmp_path: Path) -> None:
    big_file(tmp_path / "big.json", conversations=2000)
    with serve().view() as view:
        call = view.send("call", verb="command", args={"line": "/import big.json"})
        far = view.until(lambda frame: frame["kind"] == "work" and frame["fraction"] > 0)[-1]
        assert "session" in far["text"]
        (worker,) = workers(os.getpid())
        assert isinstance(worker, psutil.Process)
        view.send("stop", args={"ask": call, "message_id": None})
        frames = view.until(lambda frame: frame.get("id") == call)
        assert "Cancelled: what had been imported so far is kept" in frames[-1]["result"]["markdown"]
        # Who works for this view is not told to it as somebody who is in its way.
        assert [frame for frame in frames if frame["kind"] == "waiting" and frame["message"]] == []
        wait_until(lambda: not workers(os.getpid()))
        assert (tmp_path / "big.json").is_file()
