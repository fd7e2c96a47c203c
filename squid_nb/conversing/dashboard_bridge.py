"""One dashboard and its browser side: calls in, replies out, each on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import loop
from ..defects import log_defect
from ..errors import InvalidInput, SquidError
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
        if isinstance(content, dict) and isinstance(content.get("id"), str) and content.get("kind") == "call":
            args = content.get("args")
            loop.spawn(self._call(content["id"], str(content.get("verb")), args if isinstance(args, dict) else {}))

    async def _call(self, call_id: str, verb: str, args: dict[str, Any]) -> None:
        try:
            if verb != "dashboard":
                raise InvalidInput(
                    f"Unknown call {verb!r}.", "The widget and the package may be of different versions."
                )
            result = {**await asyncio.to_thread(dashboard, self._squid, args), "loaded": self._loaded()}
        except SquidError as error:
            self._refuse(call_id, error)
        except Exception as error:  # noqa: BLE001  # the browser waits for a reply, whatever went wrong
            log_defect(f"call {verb}", error)
            self._refuse(call_id, SquidError(f"An internal error ended this ({type(error).__name__}).", "See the log."))
        else:
            self._send({"id": call_id, "kind": "reply", "ok": True, "result": result})

    def _refuse(self, call_id: str, error: SquidError) -> None:
        wire = {"message": error.message, "hint": error.hint}
        self._send({"id": call_id, "kind": "reply", "ok": False, "error": wire})
