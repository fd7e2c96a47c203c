"""The body of a request on its way in: within its limit, in memory or in a file, and gone when nobody takes it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from .pool import Pool
from .refusals import Refused

__all__ = ["Incoming"]

_MB = 1 << 20


class Incoming:
    """What has arrived so far.

    Parameters
    ----------
    limit
        How many bytes there may be.
    """

    def __init__(self, limit: int, pool: Pool) -> None:
        self._left = limit
        self._pool = pool
        self._file: IO[bytes] | None = None
        self._written = 0
        self.data = bytearray()
        """The body, unless it goes to a file."""
        self.refused: Refused | None = None
        """Why it is not taken."""

    async def keep_in(self, make: Callable[[], IO[bytes]]) -> None:
        """Write it to a file."""
        try:
            self._file = await self._pool.work(make)
        except OSError:
            raise Refused(507) from None

    async def take(self, chunk: bytes) -> None:
        """Take a piece, or note that there is no taking any more."""
        self._left -= len(chunk)
        if self._left < 0 and self.refused is None:
            self.refused = Refused(413)
        if self.refused is not None:
            return
        file = self._file
        if file is None:
            self.data += chunk
            return
        try:
            self._written += await self._pool.work(lambda: file.write(chunk))
        except ValueError:
            return  # it was dropped meanwhile, with its connection
        except OSError:
            self.refused = Refused(507)

    @property
    def hopeless(self) -> bool:
        """Whether the rest is not worth waiting for. Who sends a little too much listens only at its end."""
        return self.refused is not None and (self._file is not None or self._left < -_MB)

    async def upload(self) -> Path | None:
        """The file that has been written, whole; None when it would be empty."""
        file = self._file
        if file is None:
            return None
        try:
            await self._pool.work(file.close)
        except OSError:
            raise Refused(507) from None
        return Path(file.name) if self._written else None

    def drop(self) -> None:
        """Leave nothing behind that nobody has taken."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                Path(self._file.name).unlink(missing_ok=True)
