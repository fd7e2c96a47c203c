"""The WebSocket: a view asks, stops, looks things up and hears of changes, in the frames of `js/src/wire.ts`.

`squid/api/ws?client=ID&after=N`: ID is the view's own name for itself, N the number of the last frame it has seen.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

from ..conversing import Bridge
from ..records import Provenance
from .access import Access
from .carrier import JobCarrier
from .refusals import Refused

if TYPE_CHECKING:
    from .links import Link
    from .state import State

__all__ = ["Socket"]

_CLIENT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LARGE = 64 * 1024
_MB = 1 << 20
_PING_S = 30.0


class Socket(WebSocketMixin, Access, WebSocketHandler):
    """One connection of one view."""

    where = "ws"
    link: Link | None = None

    def initialize(self, state: State) -> None:
        """Tornado's constructor."""
        self.state = state

    @property
    def max_message_size(self) -> int:
        """Room for the attachments of one message, in base64."""
        files = self.person().squid.config.files
        return int(files.max_file_size_mb * files.max_files_per_message * _MB * 4 / 3) + 4 * _MB

    @property
    def ping_interval(self) -> float:
        """Seconds, as tornado counts them; Jupyter's mixin gives milliseconds and pings by itself."""
        return _PING_S

    @property
    def ping_timeout(self) -> float:
        """How long a dead network goes unnoticed."""
        return _PING_S

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Let in or refuse; the origin is checked by what this calls."""
        if not await self.may("execute"):
            raise web.HTTPError(403)
        client = self.get_query_argument("client", "")
        if not _CLIENT.fullmatch(client):
            raise Refused(400, "The view has no name.", "Give `client` 8 to 64 letters, digits, `-` or `_`.")
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise Refused(400, "This address is for a WebSocket.", "The other addresses are in squid/api/openapi.json.")
        await super().get(*args, **kwargs)

    def open(self, *_: str, **__: str) -> None:
        """The view is there, for the first time or again."""
        person = self.person()
        client = self.get_query_argument("client", "")
        after = self.get_query_argument("after", "0")

        def bridge() -> Bridge:
            return Bridge(
                person.squid,
                _nobody,
                Provenance("server"),
                directory=Path(self.state.directory),
                carrier=JobCarrier(person.squid, self.state.jobs, person.name),
            )

        self.link = self.state.links.join(person.name, client, bridge)
        self.link.attach(self, after=int(after[:15]) if after.isdecimal() else 0)

    async def on_message(self, message: str | bytes) -> None:
        """Take a frame of the view; the next one waits until this one is read."""
        person, link = self.person(), self.link
        if link is None:
            return
        large = len(message) > _LARGE
        frame, buffers = await self.state.pool.work(lambda: _read(message)) if large else _read(message)
        if frame is None:
            return
        if buffers is None:
            _refuse(link, frame, "InvalidInput", "An attachment is not base64.", "")
            return
        wait_s = self.state.rates.take(
            person.name, per_minute=person.squid.config.performance.rate_limit_requests_per_minute
        )
        if wait_s and frame.get("kind") != "stop":
            _refuse(link, frame, "RateLimited", "Too many requests.", f"Try again in {wait_s} s.")
            return
        link.receive(frame, buffers)

    def on_close(self) -> None:
        """The socket is gone; the link stays for a while."""
        if self.link is not None:
            self.link.detach(self)

    async def send(self, text: str) -> None:
        """Send to the browser."""
        await self.write_message(text)

    def end(self, code: int) -> None:
        """Close the socket."""
        self.close(code)


def _nobody(_: dict[str, Any]) -> None:
    """Where frames go before the link is there."""


def _read(message: str | bytes) -> tuple[dict[str, Any] | None, list[bytes] | None]:
    """A frame and the bytes of its attachments; None for what is no frame, or for bytes that are none."""
    try:
        frame = json.loads(message)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(frame, dict):
        return None, None
    args = frame.get("args")
    attachments = args.get("attachments") if isinstance(args, dict) else None
    try:
        return frame, [base64.b64decode(one.pop("data_base64", ""), validate=True) for one in attachments or ()]
    except (binascii.Error, ValueError, AttributeError, TypeError):
        return frame, None


def _refuse(link: Link, frame: dict[str, Any], kind: str, message: str, hint: str) -> None:
    """Say no to a frame; an ask fails as an event, as every failure of one does."""
    name = frame.get("id")
    if frame.get("kind") != "ask":
        link.send({"id": name, "kind": "reply", "ok": False, "error": {"message": message, "hint": hint}})
        return
    event = {
        "type": "failed", "message": message, "hint": hint, "error": kind, "session_id": None, "message_id": None,
    }  # fmt: skip
    link.send({"id": name, "kind": "event", "seq": 0, "event": event})
    link.send({"id": name, "kind": "end"})
