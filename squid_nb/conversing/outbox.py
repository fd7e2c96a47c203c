"""Events of one answer on their way to the browser, in order and not too many at once.

Jupyter Server drops output beyond 1,000 messages a second, and a page that gets one message a token does nothing else:
pieces of text that come within a thirtieth of a second travel as one. Everything else goes at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..events import Delta, Event, Reasoning, to_dict

__all__ = ["Outbox"]

_HOLD_S = 1 / 30


class Outbox:
    """Numbers events and joins neighbouring pieces of text. Used on the background loop only.

    Parameters
    ----------
    send
        Gets `(seq, event as dict)`; `seq` counts from 0 without gaps.
    """

    def __init__(self, send: Callable[[int, dict[str, Any]], None]) -> None:
        self._send = send
        self._seq = 0
        self._kind: type[Delta] | type[Reasoning] = Delta
        self._pieces: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, event: Event) -> None:
        """Send an event, or keep a piece of text for a moment."""
        if not isinstance(event, (Delta, Reasoning)):
            self.flush()
            self._emit(event)
            return
        if self._pieces and type(event) is not self._kind:
            self.flush()
        self._kind = type(event)
        self._pieces.append(event.text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_HOLD_S, self.flush)

    def flush(self) -> None:
        """Send what is kept back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._emit(self._kind(text))

    def _emit(self, event: Event) -> None:
        self._send(self._seq, to_dict(event))
        self._seq += 1
