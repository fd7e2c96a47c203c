"""What the server writes down: every request and every defect, and nothing that somebody wrote."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import httpx
import pytest
from serving import Endpoint
from waiting import wait_until

from .conftest import Serve
from .process import JupyterProcess


def test_the_log_has_neither_content_nor_secrets(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(key="sk-hidden").client() as client:
        session = client.post("sessions", json={"title": "hidden title"}).json()["id"]
        client.get("search", params={"q": "hidden words", "limit": 0})
        client.get("search", params={"q": "hidden words"})
        client.post(f"sessions/{session}/messages", json={"prompt": "hidden prompt"})
        client.post(f"sessions/{session}/messages", json={"hidden": 1})
        client.get("health?token=hidden-token")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("squid_nb")]
    requests = [json.loads(line) for line in ours if '"request"' in line]
    assert {"event": "request", "method": "GET", "route": "search", "status": 400} in [
        {key: value for key, value in line.items() if key != "ms"} for line in requests
    ]
    everybodys = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert "hidden" not in "\n".join(everybodys)


def test_a_defect_is_told_to_the_log_without_its_words(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("with a private sentence")

    monkeypatch.setattr("squid_nb.sessions.Sessions.list", broken)
    with server.client() as client:
        answer = client.get("sessions")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "private" not in answer.text + caplog.text
    assert '"error": "RuntimeError"' in caplog.text


def test_a_defect_behind_a_view_is_told_without_its_words_too(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("with a private sentence")

    with serve().view() as view:
        monkeypatch.setattr("squid_nb.sessions.Sessions.get", broken)
        assert "(RuntimeError)" in view.call("messages", session_id="x")["error"]["message"]
        assert "(RuntimeError)" in view.ask("Hi", session_id="x")[0]["message"]
    told = [json.loads(record.getMessage()) for record in caplog.records if record.name.startswith("squid_nb")]
    assert [(line["where"], line["error"]) for line in told if line["event"] == "defect"] == [
        ("call messages", "RuntimeError"),
        ("ask", "RuntimeError"),
    ]
    assert "private" not in caplog.text


def test_who_does_not_wait_for_the_answer_is_no_defect_and_it_is_stored(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    server = serve("One ", gate, "two")
    with server.client() as client:
        session = client.post("sessions", json={}).json()["id"]
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"sessions/{session}/messages", json={"prompt": "Hi"}, timeout=0.5)
        gate.set()
        wait_until(lambda: client.get("health").json()["answering"] == 0)
        (_, answer) = client.get(f"sessions/{session}/messages").json()["items"]
        assert (answer["content"], answer["status"]) == ("One two", "complete")
    server.stop()
    assert "defect" not in caplog.text


@pytest.mark.slow
def test_the_lines_are_in_the_log_of_a_real_server(tmp_path: Path) -> None:
    with Endpoint("Hello") as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url) as server:
        with server.client() as client:
            client.get("search", params={"q": "hidden words", "limit": 0})
        line = '{"event": "request", "method": "GET", "route": "search", "status": 400, "ms": '
        wait_until(lambda: f"squid_nb.server.access] {line}" in server.log())
        assert "hidden" not in server.log()
        server.end()
