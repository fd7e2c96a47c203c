"""Threads for what takes time: waiting for the database, and work on bytes. The event loop does neither.

The threads are the extension's own, so that a held database cannot use up those that Jupyter Server itself needs; and
they are of two kinds, so that those who wait for the database do not hold up the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..errors import StoreBusy

__all__ = ["Pool"]

T = TypeVar("T")
_WAITING = 4
_WORKING = 2


class Pool:
    """A bounded number of threads, and no endless queue before them."""

    def __init__(self, threads: int = _WAITING) -> None:
        self._waiting = ThreadPoolExecutor(threads, thread_name_prefix="squid-server")
        self._working = ThreadPoolExecutor(_WORKING, thread_name_prefix="squid-bytes")

    async def run(self, call: Callable[[], T], *, patience_s: float) -> T:
        """The result of a call that may wait for the database.

        Raises
        ------
        StoreBusy
            When it could not even begin in this time; it is not made then.
        """
        job = self._waiting.submit(call)
        outcome = asyncio.wrap_future(job)
        done, _ = await asyncio.wait({outcome}, timeout=patience_s + 1)
        if not done and job.cancel():
            raise StoreBusy("The server has more to do than it can at the moment.", "Try again in a few seconds.")
        return await outcome

    async def work(self, call: Callable[[], T]) -> T:
        """The result of a call that works on bytes: parses, packs, reads or writes a temporary file."""
        return await asyncio.wrap_future(self._working.submit(call))

    def close(self) -> None:
        """Begin nothing more; what has begun ends by itself."""
        for threads in (self._waiting, self._working):
            threads.shutdown(wait=False, cancel_futures=True)
