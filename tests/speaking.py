"""Speaks to a bridge as the browser's side does."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable
from typing import Any

from squid_nb.conversing.bridge import Bridge
from squid_nb.records import Provenance
from squid_nb.squid import Squid


class Browser:
    """Speaks to a bridge and waits for what comes back."""

    def __init__(self, squid: Squid, session_id: str | None = None, **more: Any) -> None:
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.turned: list[str | None] = []
        self._ids = (f"id{number}" for number in itertools.count())
        self.bridge = Bridge(
            squid,
            self.inbox.put,
            Provenance("widget", "a.ipynb", "cell-9"),
            session_id=session_id,
            on_session=self.turned.append,
            **more,
        )
        self.bridge.connect()

    def send(self, kind: str, buffers: tuple[bytes, ...] = (), **rest: Any) -> str:
        message_id = next(self._ids)
        self.bridge.receive({"id": message_id, "kind": kind, **rest}, buffers)
        return message_id

    def until(self, last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Everything that comes, up to and with the first message for which `last` holds."""
        seen = []
        while True:
            seen.append(self.inbox.get(timeout=20))
            if last(seen[-1]):
                return seen

    def call(self, verb: str, **args: Any) -> dict[str, Any]:
        call_id = self.send("call", verb=verb, args=args)
        return self.until(lambda message: message.get("id") == call_id)[-1]

    def ask(self, prompt: str, buffers: tuple[bytes, ...] = (), **args: Any) -> list[dict[str, Any]]:
        ask_id = self.send("ask", buffers, args={"prompt": prompt, "session_id": self.bridge.session_id, **args})
        seen = self.until(lambda message: message.get("id") == ask_id and message["kind"] == "end")
        return [message["event"] for message in seen if message["kind"] == "event"]
