"""Notices that another process wrote to the database: a cheap look at the file's times, a few times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from .. import loop

__all__ = ["FileWatch"]

_EVERY_S = 0.4


class FileWatch:
    """Calls back, on the background loop, when the file or its write-ahead log has changed."""

    def __init__(self, path: Path, changed: Callable[[], None]) -> None:
        self._paths = (path, path.with_name(path.name + ".wal"))
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to look."""
        loop.spawn(self._begin())

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True  # also when it has not begun yet
        loop.get_loop().call_soon_threadsafe(lambda: self._task and self._task.cancel())

    async def _begin(self) -> None:
        self._task = loop.watch(self._look())

    async def _look(self) -> None:
        last = self._state()
        while not self._stopped:
            await asyncio.sleep(_EVERY_S)
            now = self._state()
            if now != last:
                last = now
                self._changed()

    def _state(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(self._stat(path) for path in self._paths)

    def _stat(self, path: Path) -> tuple[int, int] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
