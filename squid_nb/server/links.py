"""What a view on a WebSocket misses while its socket is cut, and how it catches up.

Each view has a link: a bridge to the conversation and a journal of the frames sent to it, each with its number `n`. The
link outlives the socket, so an answer goes on, and a view that comes back with the last number it has seen gets the
rest. What a view sends twice, because it could not know whether it had arrived, counts once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..conversing import Bridge, SessionsBridge

__all__ = ["GOING_AWAY", "REPLACED", "TOO_SLOW", "Journal", "Link", "Links", "Sink"]

GOING_AWAY = 1001
TOO_SLOW = 4000
REPLACED = 4001
"""Another socket has taken this one's place: the only reason not to come back."""


class Sink(Protocol):
    """A socket, as far as a link knows it."""

    async def send(self, text: str) -> None:
        """Send to the browser; raises when the socket is gone."""

    def end(self, code: int) -> None:
        """Close it."""


_LARGEST = 8 << 20
"""Characters that a journal keeps."""
_MOST = 20_000
_REMEMBERED = 4096
_LONGEST_NAME = 100
_LINGER_S = 120.0
"""How long a link without a socket and without an answer under way is kept."""
_MOST_LINKS = 500
_FAREWELL_S = 1.0


class Journal:
    """Numbered frames, the newest ones kept. May be written by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: deque[tuple[int, str]] = deque()
        self._size = 0
        self.last = 0

    def add(self, frame: dict[str, Any]) -> None:
        """Number a frame and keep it."""
        with self._lock:
            self.last += 1
            text = json.dumps({**frame, "n": self.last})
            self._frames.append((self.last, text))
            self._size += len(text)
            while len(self._frames) > 1 and (self._size > _LARGEST or len(self._frames) > _MOST):
                self._size -= len(self._frames.popleft()[1])

    def after(self, number: int) -> list[tuple[int, str]] | None:
        """The frames after this number; None when some of them are no longer kept, or it was never reached."""
        with self._lock:
            if number > self.last:
                return None
            if number == self.last:
                return []
            first = self._frames[0][0]
            if number + 1 < first:
                return None
            return [self._frames[place] for place in range(number + 1 - first, len(self._frames))]


@dataclass(slots=True)
class Link:
    """One view: its bridge, its journal, and its socket while there is one."""

    owner: str
    bridge: Bridge
    loop: asyncio.AbstractEventLoop
    journal: Journal = field(default_factory=Journal)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    fresh: bool = True
    _pump: asyncio.Task[None] | None = None
    _socket: Sink | None = None
    _sent: int = 0
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    cut_at: float = field(default_factory=time.monotonic)
    """When the socket was last gone."""

    @property
    def connected(self) -> bool:
        """Whether a socket is there."""
        return self._pump is not None and not self._pump.done()

    def send(self, frame: dict[str, Any]) -> None:
        """Keep a frame and send it as soon as the socket takes it; from any thread."""
        self.journal.add(frame)
        with contextlib.suppress(RuntimeError):  # the server's loop has ended, and every socket with it
            self.loop.call_soon_threadsafe(self._news.set)

    def receive(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Take a message of the view, once."""
        message_id = message.get("id")
        if not isinstance(message_id, str) or len(message_id) > _LONGEST_NAME or message_id in self._seen:
            return
        self._seen[message_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        # Work on the background loop would hold on to the request that this context names, for as long as it takes.
        Context().run(self.bridge.receive, message, buffers)

    def attach(self, socket: Sink, *, after: int) -> None:
        """Send to this socket from now on, beginning with what the view has missed after this number."""
        if self._socket is not None:
            self._socket.end(REPLACED)
        self._leave()
        self._socket = socket
        self._pump = asyncio.get_running_loop().create_task(self._send_all(socket, after))

    def detach(self, socket: Sink) -> None:
        """A socket is gone; it may have been replaced before."""
        if self._socket is socket:
            self._leave()

    async def end(self) -> None:
        """Send what there is and take the socket away."""
        with contextlib.suppress(TimeoutError):  # a socket that takes nothing gets nothing
            async with asyncio.timeout(_FAREWELL_S):
                while self.bridge.busy or (self.connected and self._sent < self.journal.last):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        if self._socket is not None:
            self._socket.end(GOING_AWAY)
        self._leave()
        self.bridge.disconnect()

    def _leave(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._pump = self._socket = None
        self.cut_at = time.monotonic()

    async def _send_all(self, socket: Sink, after: int) -> None:
        # A new link cannot know what an older one had sent.
        resumed = (not self.fresh or after == 0) and self.journal.after(after) is not None
        self._sent = after if resumed else self.journal.last
        self.fresh = False
        try:
            await socket.send(json.dumps({"kind": "welcome", "n": self._sent, "resumed": resumed}))
            while True:
                self._news.clear()
                frames = self.journal.after(self._sent)
                if frames is None:
                    # The socket is so slow that the journal has gone past it: the view comes back and starts anew.
                    socket.end(TOO_SLOW)
                    return
                for number, text in frames:
                    await socket.send(text)
                    self._sent = number
                await self._news.wait()
        except Exception:  # noqa: BLE001 - whatever a dead socket raises; the view will come back
            socket.end(TOO_SLOW)


class Links:
    """The links of everybody."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, str], Link] = {}
        self._lists: dict[int, SessionsBridge] = {}
        """What hears of changed sessions, one for each history."""

    def __len__(self) -> int:
        return len(self._links)

    def join(self, owner: str, client: str, make: Callable[[], Bridge]) -> Link:
        """The link of a view, a new one where there is none."""
        self._forget_lost()
        link = self._links.get((owner, client))
        if link is None:
            link = self._links[owner, client] = Context().run(self._new, owner, make())
        return link

    def tell(self, owner: str, frame: dict[str, Any]) -> None:
        """Send a frame to all views of a person; from any thread."""
        for link in list(self._links.values()):
            if link.owner == owner:
                link.send(frame)

    async def close(self) -> None:
        """Send what there is and take the links away."""
        # A second signal may ask for the end while it is under way.
        for link in list(self._links.values()):
            await link.end()
        self._links.clear()
        for heard in list(self._lists.values()):
            heard.disconnect()
        self._lists.clear()

    def _new(self, owner: str, bridge: Bridge) -> Link:
        link = Link(owner, bridge, asyncio.get_running_loop())
        bridge.send = link.send
        bridge.connect()
        squid = bridge.squid
        if id(squid) not in self._lists:
            heard = SessionsBridge(squid, lambda frame: self._tell_views_of(squid, frame), lambda *_: None)
            heard.connect()
            self._lists[id(squid)] = heard
        return link

    def _tell_views_of(self, squid: object, frame: dict[str, Any]) -> None:
        """Some sessions have changed, perhaps the one that a view shows."""
        for link in list(self._links.values()):
            if link.bridge.squid is squid:
                link.bridge.announce_change()
                link.send(frame)

    def _forget_lost(self) -> None:
        now = time.monotonic()
        lost = [(link.cut_at, key, link) for key, link in self._links.items() if not link.connected]
        lost.sort(key=lambda one: one[0])
        for place, (cut_at, key, link) in enumerate(lost):
            too_many = len(lost) - place > _MOST_LINKS
            if too_many or (now - cut_at > _LINGER_S and not link.bridge.busy):
                link.bridge.disconnect()
                del self._links[key]
