"""One background event loop for a process, so that async code is written once.

`run` and `iterate` are the bridge from synchronous callers; `spawn` starts work nobody waits for. The loop lives
in a daemon thread: it goes on while a notebook cell runs, and ends with the process.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["get_loop", "iterate", "run", "spawn"]

T = TypeVar("T")

_UNWIND_S = 5.0

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid: int | None = None


def get_loop() -> asyncio.AbstractEventLoop:
    """The running background loop; started on first use, and anew in a forked child."""
    global _loop, _pid
    with _lock:
        if _loop is None or _loop.is_closed() or _pid != os.getpid():
            _loop = asyncio.new_event_loop()
            _pid = os.getpid()
            threading.Thread(target=_loop.run_forever, name="squid-loop", daemon=True).start()
        return _loop


def spawn(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the background loop and return its future."""
    return asyncio.run_coroutine_threadsafe(coroutine, get_loop())


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the background loop and wait for it; an interrupt cancels it.

    Raises
    ------
    RuntimeError
        When called from the background loop itself, where waiting would never end.
    """
    if threading.current_thread().name == "squid-loop":
        coroutine.close()
        raise RuntimeError("run() was called on the background loop; await the coroutine instead.")
    ended = threading.Event()
    future = spawn(_signalling(coroutine, ended))
    try:
        return future.result()
    except BaseException:
        # KeyboardInterrupt arrives here, in the waiting thread: the work must not outlive the wait. Cancelling the
        # future returns before the task has unwound, and an async generator may not be closed while it still runs.
        if future.cancel():
            ended.wait(_UNWIND_S)
        raise


def iterate(source: AsyncIterator[T]) -> Iterator[T]:
    """Walk an async iterator from synchronous code; leaving early closes it, and waits until it is closed."""
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    ended = threading.Event()
    future = spawn(_signalling(_pump(source, items), ended))
    try:
        while True:
            kind, value = items.get()
            if kind == "item":
                yield value
            elif kind == "error":
                raise value
            else:
                return
    finally:
        # Leaving early, by `break` or by a KeyboardInterrupt in `get`, must not leave the source running.
        if not ended.is_set() and future.cancel():
            ended.wait(_UNWIND_S)


async def _pump(source: AsyncIterator[T], items: queue.SimpleQueue[tuple[str, Any]]) -> None:
    try:
        async for item in source:
            items.put(("item", item))
    except asyncio.CancelledError:
        items.put(("end", None))
        raise
    except BaseException as error:  # carried over to the thread that waits, and raised there
        items.put(("error", error))
    else:
        items.put(("end", None))


async def _signalling(coroutine: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    try:
        return await coroutine
    finally:
        ended.set()
