"""One list of sessions and its browser side: calls in, replies out, and a word whenever the list may have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import loop
from ..errors import InvalidInput
from ..events import Event, Failed, Finished, Started, Titled
from . import browsing, replies
from .arguments import text
from .file_watch import FileWatch

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["SessionsBridge"]

_GATHER_S = 0.05
"""Changes that come together are told together."""


class SessionsBridge:
    """State of one list on the kernel's side.

    Parameters
    ----------
    send
        Sends a message to the browser.
    on_open
        Called with the id of the session that somebody opens, and that of the message in it that a search has found.
    """

    def __init__(
        self, squid: Squid, send: Callable[[dict[str, Any]], None], on_open: Callable[[str, str | None], None]
    ) -> None:
        self.selected: tuple[str, ...] = ()
        self.view: dict[str, Any] = {}
        """What the list shows, as the browser asked for it last."""
        self._squid = squid
        self._send = send
        self._on_open = on_open
        self._telling = False
        self._unsubscribe: list[Callable[[], None]] = []

    def connect(self) -> None:
        """Listen to what other doors of this process do, and to what other processes write."""
        watch = FileWatch(self._squid.store.path, self._changed)
        watch.start()
        live = self._squid.live
        self._unsubscribe = [live.subscribe(self._overheard), live.watch(self._changed), watch.stop]

    def disconnect(self) -> None:
        """Listen no more."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    def receive(self, content: Any) -> None:
        """Take a message from the browser, on whatever thread it comes."""
        replies.take(content, self._send, self._answer)

    async def _answer(self, verb: str, args: dict[str, Any]) -> Any:
        if verb == "sessions.select":
            ids = args.get("ids")
            if isinstance(ids, list):
                self.selected = tuple(map(str, ids))
            return {"ids": list(self.selected)}
        if verb == "sessions.open":
            session = await asyncio.to_thread(self._squid.sessions.get, text(args, "session_id"))
            message_id = args.get("message_id")
            self._on_open(session.id, message_id if isinstance(message_id, str) else None)
            return {"session_id": session.id}
        call = browsing.VERBS.get(verb)
        if call is None:
            raise InvalidInput(f"Unknown call {verb!r}.", "The widget and the package may be of different versions.")
        if verb == "sessions.browse":
            view = args.get("view")
            self.view = view if isinstance(view, dict) else {}
        return await asyncio.to_thread(call, self._squid, args)

    def _overheard(self, _session_id: str, _message_id: str, event: Event, _origin: object) -> None:
        if isinstance(event, (Started, Titled, Finished, Failed)):
            self._changed()

    def _changed(self) -> None:
        loop.spawn(self._tell())

    async def _tell(self) -> None:
        if self._telling:
            return
        self._telling = True
        await asyncio.sleep(_GATHER_S)
        self._telling = False
        self._send({"kind": "change", "session_id": "", "what": "sessions"})
