"""What all routes have in common: entity tags, compression, limits, errors, the log."""

from __future__ import annotations

import errno
import io

import pytest

from squid_nb.server.encoding import takes_gzip
from squid_nb.server.rates import Rates

from .conftest import Serve


def test_an_unchanged_answer_is_not_sent_again(serve: Serve) -> None:
    with serve().client() as client:
        client.post("sessions", json={"title": "One"})
        first = client.get("sessions")
        again = client.get("sessions", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        client.post("sessions", json={"title": "Two"})
        news = client.get("sessions", headers={"If-None-Match": first.headers["ETag"]})
        assert (news.status_code, len(news.json()["items"])) == (200, 2)
        assert first.headers["Cache-Control"] == "private, no-cache"


def test_large_answers_are_compressed_for_those_who_can_read_them(serve: Serve) -> None:
    with serve().client() as client:
        for number in range(20):
            client.post("sessions", json={"title": f"Session {number}"})
        packed = client.get("sessions", headers={"Accept-Encoding": "gzip"})
        plain = client.get("sessions", headers={"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
        assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("header", "packed"),
    [
        ("gzip", True),
        ("br, GZIP", True),
        ("deflate, gzip;q=0.5, *;q=0", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000,identity", False),
        ("x-gzip", False),
        ("identity", False),
        ("", False),
    ],
)
def test_who_refuses_compression_is_heard(header: str, packed: bool) -> None:
    assert takes_gzip(header) is packed


def test_compression_can_be_switched_off(serve: Serve) -> None:
    with serve(changes={"performance.enable_compression": False}).client() as client:
        assert "Content-Encoding" not in client.get("openapi.json", headers={"Accept-Encoding": "gzip"}).headers


def test_a_body_that_is_too_large_is_refused(serve: Serve) -> None:
    with serve().client() as client:
        announced = client.post("sessions", json={"title": "x" * (5 << 20)})
        assert (announced.status_code, announced.json()["code"]) == (413, "too_large")
        chunked = client.post("sessions", content=iter([b"x" * (1 << 20)] * 5))
        assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")
        endless = client.post("sessions", content=iter([b"x" * (1 << 20)] * 20))
        assert (endless.status_code, endless.json()["code"]) == (413, "too_large")
        assert client.get("sessions").json()["items"] == []


def test_an_upload_that_finds_no_room_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        name = "nowhere"

        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    server = serve()
    monkeypatch.setattr(server.state.jobs.scratch, "upload", Full)
    with server.client() as client:
        answer = client.post("import", params={"name": "x.json"}, content=b"[]")
        assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
        assert client.get("jobs").json()["items"] == []


def test_who_asks_too_often_is_told_when_to_come_back(serve: Serve) -> None:
    with serve(changes={"performance.rate_limit_requests_per_minute": 5}).client() as client:
        answers = [client.get("health") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        refused = answers[-1]
        assert 1 <= int(refused.headers["Retry-After"]) <= 12
        assert refused.json()["code"] == "too_many_requests"


def test_a_bucket_fills_with_time_and_is_ones_own() -> None:
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    assert [rates.take("ada", per_minute=2) for _ in range(3)] == [0, 0, 30]
    assert rates.take("grace", per_minute=2) == 0
    now[0] = 29.0
    assert rates.take("ada", per_minute=2) == 1
    now[0] = 30.5
    assert rates.take("ada", per_minute=2) == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "nothing/here", None, 404, "not_found"),
        ("GET", "sessions/not-an-id", None, 404, "not_found"),
        ("PUT", "sessions", None, 405, "method_not_allowed"),
        ("GET", "sessions?limit=1000", None, 400, "bad_request"),
        ("GET", "sessions?limit=1&limit=2", None, 400, "bad_request"),
        ("GET", "sessions?colour=red", None, 400, "bad_request"),
        ("GET", "sessions?query=%ff", None, 400, "bad_request"),
        ("GET", "ws", None, 400, "bad_request"),
        ("GET", "ws?client=view-00001", None, 400, "bad_request"),
        ("POST", "sessions", b"{", 400, "bad_request"),
        ("POST", "sessions", b'{"title": "\\ud800"}', 400, "bad_request"),
        ("POST", "sessions", b'{"title": 3}', 400, "bad_request"),
        ("POST", "sessions", b'{"owner_id": "x"}', 400, "bad_request"),
    ],
)
def test_errors_have_a_code_and_a_sentence(
    serve: Serve, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    with serve().client() as client:
        answer = client.request(method, path, content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"].endswith(".")
        assert set(answer.json()) == {"code", "message", "hint"}
        assert answer.headers["Content-Type"].startswith("application/json")
        assert "value error" not in answer.text.lower()
        if status == 405:
            assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_slip_of_the_pen_is_named_and_not_repeated(serve: Serve) -> None:
    with serve().client() as client:
        assert client.post("sessions", json={"titel": "x"}).json()["message"] == "titel is not known here."
        assert len(client.post("sessions", json={"k" * 100_000: "x"}).content) < 300
        session = client.post("sessions", json={}).json()["id"]
        refused = client.post(f"sessions/{session}/messages", json={"prompt": " "}).json()
        assert refused["message"].startswith("The body: give one of a prompt, ")
