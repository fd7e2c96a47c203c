"""A word while one waits for a database that another process has, before the wait becomes an error."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ..store import Owner

__all__ = ["Patience"]

_LONG_S = 1.0
"""Others have the file for moments all the time; nobody wants to hear of that."""


class Patience:
    """Says who has the database while somebody waits. Used on the background loop only.

    Parameters
    ----------
    holder
        Who has the database; may neither wait nor fail.
    tell
        Gets a sentence, and an empty one when the wait is over.
    """

    def __init__(self, holder: Callable[[], Owner | None], tell: Callable[[str], None]) -> None:
        self._holder = holder
        self._tell = tell
        self._told = ""
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Somebody waits while the block runs, perhaps for the database."""
        self._waiting += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._looking.cancel()
                self._looking = None
                self._say("")

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LONG_S)
            self._say(_sentence(self._holder()))

    def _say(self, sentence: str) -> None:
        if sentence != self._told:
            self._told = sentence
            self._tell(sentence)


def _sentence(owner: Owner | None) -> str:
    if owner is None or owner.pid == os.getpid():
        return ""
    # Of a program outside, nobody knows since when; but somebody here has been waiting for it.
    if owner.since is not None and (datetime.now(UTC) - owner.since).total_seconds() < _LONG_S:
        return ""
    return f"The history is in use by {owner}. Squid waits for its turn."
