"""Attached files by hash: ranges, and nothing that a browser would run."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from squid_nb.squid import shared

from .conftest import Serve

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def given(client: httpx.Client, name: str, data: bytes) -> str:
    """A file that a message has; its address."""
    session = client.post("sessions", json={}).json()["id"]
    attachments = [{"name": name, "data_base64": base64.b64encode(data).decode()}]
    asked = client.post(f"sessions/{session}/messages", json={"prompt": "Read", "attachments": attachments})
    assert asked.status_code == 201, asked.text
    return f"files/{hashlib.sha256(data).hexdigest()}"


def test_text_is_shown_as_text(serve: Serve) -> None:
    with serve().client() as client:
        answer = client.get(given(client, "page.html", b"<script>alert(1)</script>"))
        assert answer.content == b"<script>alert(1)</script>"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("inline;")


def test_a_drawing_that_may_hold_scripts_is_no_image(serve: Serve) -> None:
    with serve().client() as client:
        answer = client.get(given(client, "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"))
        assert answer.headers["Content-Type"].startswith(("text/plain", "application/octet-stream"))


def test_an_image_is_shown_and_a_name_cannot_leave_the_header(serve: Serve) -> None:
    with serve().client() as client:
        path = given(client, "dot.png", PNG)
        answer = client.get(path)
        assert (answer.headers["Content-Type"], answer.content) == ("image/png", PNG)
        saved = client.get(path, params={"name": 'a"\r\nX-Evil: 1;ü.png', "download": "true"})
        assert (
            saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%0D%0AX-Evil%3A%201%3B%C3%BC.png"
        )
        assert "X-Evil" not in saved.headers


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-" + "9" * 5000, 200, b"0123456789", None),
        ("bytes=" + "9" * 5000 + "-", 200, b"0123456789", None),
    ],
)
def test_a_range_is_a_part(serve: Serve, asked: str, status: int, part: bytes, told: str | None) -> None:
    with serve().client() as client:
        answer = client.get(given(client, "ten.txt", b"0123456789"), headers={"Range": asked})
        assert (answer.status_code, answer.content, answer.headers.get("Content-Range")) == (status, part, told)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=5-4", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(serve: Serve, asked: str) -> None:
    with serve().client() as client:
        answer = client.get(given(client, "ten.txt", b"0123456789"), headers={"Range": asked})
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */10")
        assert answer.json()["code"] == "range_not_satisfiable"


def test_what_a_browser_has_is_not_sent_again(serve: Serve) -> None:
    with serve().client() as client:
        path = given(client, "ten.txt", b"0123456789")
        tag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        part = client.get(path, headers={"Range": "bytes=0-1", "If-Range": tag})
        changed = client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"older"'})
        assert (part.status_code, changed.status_code) == (206, 200)
        head = client.head(path)
        assert (head.headers["Content-Length"], head.content) == ("10", b"")


def test_only_ones_own_files_are_there(serve: Serve) -> None:
    with serve().client() as client:
        path = given(client, "ten.txt", b"0123456789")
        session = client.get("sessions").json()["items"][0]["id"]
        client.delete(f"sessions/{session}")
        assert client.get(path).json()["code"] == "not_found"
        store = shared().store
        other = store.users.ensure("grace")
        assert store.files.get(path[6:]).size_bytes == 10, "the bytes wait with the deleted session"
        assert other.id != shared().user.id
        assert client.get(f"files/{'0' * 64}").status_code == 404
