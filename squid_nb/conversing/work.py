"""A call that takes long, as its view sees it: how far it is, and the wish to end it before it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Work"]

_EVERY_S = 0.25


class Work:
    """Tells a view now and then how far its call is; used by whatever thread does it.

    Parameters
    ----------
    call
        Id of the call, by which the view can cancel it.
    send
        Gets frames for the view.
    """

    def __init__(self, call: str, send: Callable[[dict[str, Any]], None]) -> None:
        self._call = call
        self._send = send
        self._told_at: float | None = None
        self._cancelled = threading.Event()

    def tell(self, fraction: float, what: str) -> None:
        """Say how far it is, between 0 and 1, and what it is."""
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= _EVERY_S:
            self._told_at = now
            self._say(what, fraction)

    def cancel(self) -> None:
        """Ask for its end."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Whether its end was asked for."""
        return self._cancelled.is_set()

    @property
    def shown(self) -> bool:
        """Whether the view shows it."""
        return self._told_at is not None

    def end(self) -> None:
        """Nothing is left to be shown."""
        if self.shown:
            self._say("", None)

    def _say(self, text: str, fraction: float | None) -> None:
        self._send({"kind": "work", "call": self._call, "text": text, "fraction": fraction})
