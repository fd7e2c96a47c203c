"""An answer while it grows: collected in memory, and saved about every two seconds without holding up the stream."""

from __future__ import annotations

import asyncio
import logging
import time

from .errors import StoreError
from .events import Delta, Event, Reasoning
from .store import Store

__all__ = ["PartialAnswer"]

_SAVE_EVERY_S = 2.0
_BEAT_EVERY_S = 10.0
"""How often an answer without news is saved, as the sign that its writer is alive."""
_log = logging.getLogger(__name__)


class PartialAnswer:
    """The text so far. Linear in its length: pieces are joined when somebody asks.

    Parameters
    ----------
    beginning
        Text of an unfinished answer that this one goes on with.
    """

    def __init__(self, message_id: str, store: Store, *, beginning: str = "") -> None:
        self.message_id = message_id
        self.beginning = beginning
        self._store = store
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._saved_at = time.monotonic()
        self._news = False
        self._beating: asyncio.Task[None] | None = None
        self._saving: asyncio.Task[None] | None = None

    @property
    def content(self) -> str:
        """The answer so far, with its beginning."""
        return self.beginning + "".join(self._content)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning)

    @property
    def written(self) -> str:
        """What the model has written this time, reasoning included."""
        return "".join([*self._reasoning, *self._content])

    def begin(self) -> None:
        """Save now and then from here on, also while the model says nothing."""
        self._beating = asyncio.create_task(self._beat())

    def take(self, event: Event) -> None:
        """Add a piece."""
        if isinstance(event, Delta):
            self._content.append(event.text)
        elif isinstance(event, Reasoning):
            self._reasoning.append(event.text)
        self._news = True

    async def settle(self) -> None:
        """Save no more, and wait for a save under way, so that it can not overtake the final one."""
        if self._beating is not None:
            self._beating.cancel()
        if self._saving is not None:
            await self._saving

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_EVERY_S)
            if self._news or time.monotonic() - self._saved_at >= _BEAT_EVERY_S:
                self._news = False
                self._saved_at = time.monotonic()
                self._saving = asyncio.create_task(self._save())
                await asyncio.shield(self._saving)

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._store.save_partial, self.message_id, self.content, self.reasoning)
        except StoreError as error:
            # The final save tries again and reports; a missed heartbeat must not end the answer.
            _log.warning("The partial answer could not be saved yet: %s", type(error).__name__)
