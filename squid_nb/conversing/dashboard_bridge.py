"""One dashboard and its browser side: calls in, replies out, each on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from . import replies
from .dashboard_data import dashboard

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["DashboardBridge"]


class DashboardBridge:
    """Answers `dashboard {since, until, models}`; nothing is kept between two calls.

    Parameters
    ----------
    send
        Sends a message to the browser.
    loaded
        Whether a cell can use `%%squid` already.
    """

    def __init__(
        self, squid: Squid, send: Callable[[dict[str, Any]], None], *, loaded: Callable[[], bool] = lambda: True
    ) -> None:
        self._squid = squid
        self._send = send
        self._loaded = loaded

    def receive(self, content: Any) -> None:
        """Take a message from the browser, on whatever thread it comes."""
        replies.take(content, self._send, self._answer)

    async def _answer(self, verb: str, args: dict[str, Any]) -> Any:
        if verb != "dashboard":
            raise InvalidInput(f"Unknown call {verb!r}.", "The widget and the package may be of different versions.")
        return {**await asyncio.to_thread(dashboard, self._squid, args), "loaded": self._loaded()}
