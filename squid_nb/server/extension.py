"""The Jupyter Server extension: it puts the routes under `squid/api/` of the server's base URL, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from jupyter_server.extension.application import ExtensionApp

from .. import loop
from . import logs
from .handler import RestHandler
from .routes import regex_of
from .state import State
from .table import by_path
from .websocket import Socket

__all__ = ["SquidExtension", "handlers"]

PREFIX = "squid/api"
_SETTLE_S = 2.0


class SquidExtension(ExtensionApp):
    """What `jupyter server extension list` shows as `squid_nb`."""

    name = "squid_nb"
    state: State
    _leave_log: Callable[[], None]

    def initialize_handlers(self) -> None:
        """Called once by Jupyter Server."""
        assert self.serverapp is not None, "an extension is linked before it is initialized"
        self._leave_log = logs.join(self.serverapp.log)
        self.state = State(base_url=self.serverapp.base_url, directory=self.serverapp.root_dir)
        self.handlers.extend(handlers(self.state))

    async def stop_extension(self) -> None:
        """Called when the server ends: answers in progress keep what they have."""
        await self.state.close()
        await loop.settled(_SETTLE_S)
        for squid in self.state.people.squids():
            await asyncio.to_thread(squid.close)
        self._leave_log()


def handlers(state: State) -> list[tuple[Any, ...]]:
    """The URL table."""
    return [
        (f"{PREFIX}/ws", Socket, {"state": state}),
        *(
            (f"{PREFIX}/{regex_of(path)}", RestHandler, {"routes": routes, "state": state})
            for path, routes in by_path().items()
        ),
        (rf"{PREFIX}(?:/.*)?", RestHandler, {"routes": {}, "state": state}),
    ]
