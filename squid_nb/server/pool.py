"""Threads for what may wait: the database, the index, files. The event loop never does.

The pool is the extension's own, so that a held database cannot use up the threads that Jupyter Server itself needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..errors import StoreBusy

__all__ = ["Pool"]

T = TypeVar("T")
_THREADS = 12


class Pool:
    """A bounded number of threads, and no endless queue before them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="squid-server")

    async def run(self, call: Callable[[], T], *, patience_s: float) -> T:
        """The result of a call made in a thread.

        Raises
        ------
        StoreBusy
            When it could not even begin in this time; it is not made then.
        """
        job = self._threads.submit(call)
        waiting = asyncio.wrap_future(job)
        done, _ = await asyncio.wait({waiting}, timeout=patience_s + 1)
        if not done and job.cancel():
            raise StoreBusy("The server has more to do than it can at the moment.", "Try again in a few seconds.")
        return await waiting

    def close(self) -> None:
        """Begin nothing more; what has begun ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
