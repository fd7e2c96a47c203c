"""An OpenAI-compatible endpoint on loopback that streams what a test tells it, for tests of whole programs.

::

    with Endpoint("Hello ", "world") as endpoint: ...        # text becomes one chunk each
    with Endpoint("Half ", threading.Event(), "…")           # an Event is waited for before the stream goes on
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeAlias

ServedStep: TypeAlias = str | threading.Event

_WAIT_S = 60


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # twenty may ask in the same instant


class Endpoint:
    """Serves the model `served-1`, or those in `models`, whose every answer is the given steps."""

    def __init__(self, *steps: ServedStep) -> None:
        self.steps = steps
        self.models = ["served-1"]
        self.counts_tokens = True
        self.requests: list[dict[str, Any]] = []
        self._closed = threading.Event()
        self._ending = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                models = [{"id": name, "object": "model"} for name in endpoint.models]
                body = json.dumps({"object": "list", "data": models}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                endpoint.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    endpoint.send(self)
                except OSError:
                    endpoint.closed_by_client()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_until_closed(self) -> bool:
        """Whether a client closed its connection in the middle of an answer, waiting until it does."""
        return self._closed.wait(_WAIT_S)

    def closed_by_client(self) -> None:
        self._closed.set()

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        for step in self.steps:
            if isinstance(step, threading.Event):
                while not step.wait(0.02) and not self._ending.is_set():
                    self._write(handler, b": waiting\n\n")
            else:
                chunk = {"choices": [{"index": 0, "delta": {"content": step}}], "model": "served-1"}
                self._write(handler, f"data: {json.dumps(chunk)}\n\n".encode())
        if self.counts_tokens:
            usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": len(self.steps)}}
            self._write(handler, f"data: {json.dumps(usage)}\n\n".encode())
        self._write(handler, b"data: [DONE]\n\n")

    @staticmethod
    def _write(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.wfile.write(data)
        handler.wfile.flush()
