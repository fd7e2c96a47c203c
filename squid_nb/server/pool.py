"""Threads for what takes time: waiting for the database, and work on bytes. The event loop does neither.

The threads are the extension's own, so that a held database cannot use up those that Jupyter Server itself needs; and
they are of two kinds, so that those who wait for the database do not hold up the others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import StoreBusy

__all__ = ["Pool"]

T = TypeVar("T")
_WAITING = 4
_WORKING = 2


@dataclass(slots=True)
class _Shared:
    """A call that has not begun, and how many wait for it."""

    job: Future[Any]
    waiting: int = 0


class Pool:
    """A bounded number of threads, and no endless queue before them."""

    def __init__(self, threads: int = _WAITING) -> None:
        self._waiting = ThreadPoolExecutor(threads, thread_name_prefix="squid-server")
        self._working = ThreadPoolExecutor(_WORKING, thread_name_prefix="squid-bytes")
        self._lock = threading.Lock()
        self._unbegun: dict[Hashable, _Shared] = {}

    async def run(self, call: Callable[[], T], *, patience_s: float, key: Hashable = None) -> T:
        """The result of a call that may wait for the database.

        Parameters
        ----------
        key
            Of a call that only looks: those with the same key share one, as long as it has not begun. So each sees
            what was there when it came, and a crowd that asks the same costs no more than one.

        Raises
        ------
        StoreBusy
            When it could not even begin in this time; it is not made then.
        """
        shared = self._joined(key, call) if key is not None else _Shared(self._waiting.submit(call), 1)
        outcome = asyncio.wrap_future(shared.job)
        try:
            done, _ = await asyncio.wait({outcome}, timeout=patience_s + 1)
            if not done and self._is_given_up(shared, key):
                raise StoreBusy("The server has more to do than it can at the moment.", "Try again in a few seconds.")
            # Others may wait for the same when this one goes away.
            return await asyncio.shield(outcome)
        finally:
            shared.waiting -= 1

    def _joined(self, key: Hashable, call: Callable[[], T]) -> _Shared:
        def begin() -> T:
            with self._lock:
                del self._unbegun[key]
            return call()

        with self._lock:
            if key not in self._unbegun:
                self._unbegun[key] = _Shared(self._waiting.submit(begin))
            shared = self._unbegun[key]
            shared.waiting += 1
            return shared

    def _is_given_up(self, shared: _Shared, key: Hashable) -> bool:
        """Whether it had not begun, and now will not for this one."""
        with self._lock:
            if shared.waiting > 1:
                return self._unbegun.get(key) is shared
            if not shared.job.cancel():
                return False
            if self._unbegun.get(key) is shared:
                del self._unbegun[key]
            return True

    async def work(self, call: Callable[[], T]) -> T:
        """The result of a call that works on bytes: parses, packs, reads or writes a temporary file."""
        return await asyncio.wrap_future(self._working.submit(call))

    def close(self) -> None:
        """Begin nothing more; what has begun ends by itself."""
        for threads in (self._waiting, self._working):
            threads.shutdown(wait=False, cancel_futures=True)
