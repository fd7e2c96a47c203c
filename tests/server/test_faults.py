"""What goes wrong in the life of a server: it is killed, it ends, the model hangs, the database is held."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from holding import HOLDER, OUTSIDER, held
from serving import Endpoint
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.squid import Squid, set_shared

from .conftest import Serve
from .live_server import View
from .process import JupyterProcess


def until_text(view: View) -> dict[str, str]:
    """Wait for the first words of the answer; its ids."""
    frames = view.until(lambda frame: frame["kind"] == "event" and frame["event"]["type"] == "delta")
    started: dict[str, str] = next(f["event"] for f in frames if f.get("event", {}).get("type") == "started")
    return started


def stored(database: Path, message_id: str) -> Any:
    """What another process reads of an answer."""
    with Squid(Config(database={"path": database}), "ada") as squid:
        return squid.sessions.message(message_id)


@pytest.mark.slow
def test_an_answer_whose_server_is_killed_reads_as_interrupted(tmp_path: Path) -> None:
    with Endpoint("Half of ", threading.Event(), "it") as endpoint:
        with JupyterProcess(tmp_path, model_url=endpoint.url) as server:
            with server.view() as view:
                view.send("ask", args={"prompt": "Hi"})
                started = until_text(view)
                # Partial text is saved about every two seconds.
                wait_until(lambda: stored(server.database, started["message_id"]).content == "Half of ")
                server.kill()
            answer = stored(server.database, started["message_id"])
            assert (answer.status, answer.content) == ("interrupted", "Half of ")
        with JupyterProcess(tmp_path, model_url=endpoint.url) as again, again.client() as client:
            page = client.get(f"sessions/{started['session_id']}/messages").json()["items"]
            assert [(one["content"], one["status"]) for one in page] == [
                ("Hi", "complete"),
                ("Half of ", "interrupted"),
            ]


@pytest.mark.slow
def test_a_server_that_ends_keeps_the_partial_answer(tmp_path: Path) -> None:
    with (
        Endpoint("Half of ", threading.Event(), "it") as endpoint,
        JupyterProcess(tmp_path, model_url=endpoint.url) as server,
    ):
        with server.view() as view:
            view.send("ask", args={"prompt": "Hi"})
            started = until_text(view)
            threading.Thread(target=server.end).start()
            frames = view.until(lambda frame: frame["kind"] == "end")
            assert any(frame.get("event", {}).get("status") == "stopped" for frame in frames)
        server.end()
        answer = stored(server.database, started["message_id"])
        assert (answer.status, answer.content) == ("stopped", "Half of ")
        assert endpoint.wait_until_closed()
        assert "Traceback" not in server.log()
        assert "leaked" not in server.log(), "nothing was left running"


@pytest.mark.slow
def test_an_answer_of_an_endpoint_that_hangs_can_be_stopped(tmp_path: Path) -> None:
    with Endpoint(threading.Event()) as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url) as server:
        with server.view() as view:
            ask = view.send("ask", args={"prompt": "Hi"})
            view.until(lambda frame: frame["kind"] == "event" and frame["event"]["type"] == "started")
            assert view.call("hello")["ok"], "the view is alive meanwhile"
            view.send("stop", args={"ask": ask, "message_id": None})
            frames = view.until(lambda frame: frame["kind"] == "end")
            assert any(frame.get("event", {}).get("status") == "stopped" for frame in frames)
        assert endpoint.wait_until_closed()


@pytest.mark.slow
def test_a_socket_that_is_cut_catches_up_with_the_process(tmp_path: Path) -> None:
    gate = threading.Event()
    with Endpoint("One ", gate, "two") as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url) as server:
        view = server.view()
        view.send("ask", args={"prompt": "Hi"})
        started = until_text(view)
        view.cut()
        gate.set()
        wait_until(lambda: stored(server.database, started["message_id"]).status == "complete")
        with server.view(after=view.last) as again:
            assert again.welcome["resumed"]
            frames = again.until(lambda frame: frame["kind"] == "end")
            text = "".join(frame["event"].get("text", "") for frame in frames if frame["kind"] == "event")
            assert text == "two"


def test_a_database_in_other_hands_is_a_sentence_and_then_works_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(changes={"database.lock_timeout_s": 0.2})
    with server.client() as client, server.view() as view:
        session = client.post("sessions", json={"title": "One"}).json()["id"]
        with held(tmp_path / "squid.duckdb") as holder:
            refused = client.get("sessions")
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.json()["code"] == "store_busy"
            assert str(holder.pid) in refused.json()["message"]
            assert client.get("health").status_code == 200
            failed = view.call("session.open", session_id=session)
            assert (failed["ok"], str(holder.pid) in failed["error"]["message"]) == (False, True)
            (event,) = view.ask("Hi")
            assert (event["type"], event["error"]) == ("failed", "StoreBusy")
        assert client.get("sessions").status_code == 200
        assert view.call("session.open", session_id=session)["ok"]
        assert view.ask("Hi")[-1]["type"] == "finished"


def test_a_server_waits_for_a_database_that_comes_free(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    with server.client() as client, server.client() as other:
        client.post("sessions", json={"title": "One"})
        answers = []
        with held(tmp_path / "squid.duckdb"):
            asking = threading.Thread(target=lambda: answers.append(client.get("sessions")))
            asking.start()
            assert other.get("health").status_code == 200
            assert answers == []
        asking.join(20)
        assert [one["title"] for one in answers[0].json()["items"]] == ["One"]


def is_waiting(frame: dict[str, Any]) -> bool:
    return frame["kind"] == "waiting"


@pytest.mark.parametrize("program", [HOLDER, OUTSIDER], ids=["ours", "outside"])
def test_a_view_is_told_who_has_the_database_and_goes_on(serve: Serve, tmp_path: Path, program: str) -> None:
    server = serve()
    with server.view() as view:
        session = view.ask("Hi")[0]["session_id"]
        with held(tmp_path / "squid.duckdb", program) as holder:
            call = view.send("call", verb="session.open", args={"session_id": session})
            ask = view.send("ask", args={"prompt": "More", "session_id": session})
            told = view.until(is_waiting)[-1]["message"]
            assert told.startswith("The history is in use by ")
            assert told.endswith(f"(process {holder.pid}). Squid waits for its turn.")
        ended: set[str] = set()

        def both(frame: dict[str, Any]) -> bool:
            ended.update({frame["id"]} if frame["kind"] in ("reply", "end") else ())
            return ended == {call, ask}

        frames = view.until(both)
        assert next(frame for frame in frames if frame.get("id") == call)["ok"]
        assert [frame["message"] for frame in frames if is_waiting(frame)] == [""]
        assert any(frame.get("event", {}).get("type") == "finished" for frame in frames)


def test_what_is_stopped_while_the_database_is_held_leaves_nothing_open(serve: Serve, tmp_path: Path) -> None:
    server = serve("One ", threading.Event())
    with server.view() as view, server.client() as client:
        session = client.post("sessions", json={"title": "One"}).json()["id"]
        view.call("session.open", session_id=session)
        with held(tmp_path / "squid.duckdb"):
            ask = view.send("ask", args={"prompt": "More", "session_id": session})
            view.until(is_waiting)
            view.send("stop", args={"ask": ask, "message_id": None})
            frames = view.until(lambda frame: frame["kind"] == "end" and frame["id"] == ask)
            assert any(frame.get("event", {}).get("error") == "Stopped" for frame in frames)
        path = f"sessions/{session}/messages"
        wait_until(lambda: "streaming" not in {one["status"] for one in client.get(path).json()["items"]})


def test_settings_that_cannot_be_used_are_told_and_do_not_keep_the_server_from_ending(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    set_shared(None)
    monkeypatch.setenv("SQUID_MODEL__TIMEOUT_S", "soon")
    with server.client() as client:
        answer = client.get("health")
        assert (answer.status_code, answer.json()["code"]) == (500, "config_error")
        assert "SQUID_MODEL__TIMEOUT_S" in answer.json()["message"]
    folder = server.state.jobs.scratch.folder()
    server.stop()
    assert not folder.exists(), "everything was put away"
