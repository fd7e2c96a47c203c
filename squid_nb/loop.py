"""One background event loop for a process, so that async code is written once.

`run` and `iterate` are the bridge from synchronous callers, `call` and `relay` from other event loops; `spawn` starts
work nobody waits for. HTTP connections and model threads belong to one loop, so answers always run on this one. It
lives in a daemon thread: it goes on while a notebook cell runs, and ends with the process, which stops its answers
first.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import aclosing, suppress
from contextvars import Context
from typing import Any, Generic, TypeAlias, TypeVar

from . import ending

__all__ = ["call", "get_loop", "is_here", "is_over", "iterate", "relay", "run", "settled", "spawn", "until", "watch"]

T = TypeVar("T")

_UNWIND_S = 30.0
"""How long an interrupted caller waits for its work to store what it has; longer than the store's lock timeout."""

_STOP_S = 4.0
"""How long the end of the process waits for answers to be stored; Jupyter kills a kernel after five seconds."""

_CLOSE_S = 1.0

_LOOK_S = 0.1
"""How often a wait ends to look for an interrupt: Python looks for one when a wait ends, and where a library handles
the signal too, as polars does, the system goes on with a wait that was interrupted."""

_THREAD = "squid-loop"
_WATCHING = "squid-watching"
_WORKERS = "squid-work"
_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid: int | None = None
_thread: threading.Thread | None = None


def get_loop() -> asyncio.AbstractEventLoop:
    """The running background loop; started on first use, and anew in a forked child."""
    global _loop, _pid, _thread
    with _lock:
        if _loop is None or _loop.is_closed() or _pid != os.getpid():
            # In a context of its own: a loop keeps the one it is made in, and whatever its first user had set there.
            _loop = Context().run(asyncio.new_event_loop)
            _loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix=_WORKERS))
            _pid = os.getpid()
            ending.to_stop(_stop)
            ending.to_close(_close)
            _thread = threading.Thread(target=_loop.run_forever, name=_THREAD, daemon=True)
            _thread.start()
        return _loop


def is_here() -> bool:
    """Whether this is the loop's own thread, which may wait for nothing."""
    return threading.current_thread() is _thread


def is_over() -> bool:
    """Whether the process has ended the loop; its connections are gone then."""
    return _closed


def spawn(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the background loop and return its future."""
    return asyncio.run_coroutine_threadsafe(coroutine, get_loop())


async def call(coroutine: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine that runs on the background loop, from any loop."""
    return await asyncio.wrap_future(spawn(coroutine))


def watch(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Begin, on the running loop, to look for something until the task is cancelled; `settled` does not wait for it."""
    return asyncio.create_task(coroutine, name=_WATCHING)


async def settled(timeout_s: float) -> None:
    """Wait until the background loop does nothing but watch, or the time is over; before a process ends."""

    async def others() -> None:
        tasks = {task for task in asyncio.all_tasks() if task.get_name() != _WATCHING} - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s)

    await call(others())


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the background loop and wait for it; an interrupt cancels it.

    Raises
    ------
    RuntimeError
        When called from the background loop itself, where waiting would never end.
    """
    if threading.current_thread().name == _THREAD:
        coroutine.close()
        raise RuntimeError("run() was called on the background loop; await the coroutine instead.")
    if _closed:
        return asyncio.run(coroutine)  # somebody's last words, when no other thread is left
    ended = threading.Event()
    _note_asker()
    job = _Job(coroutine, lambda _: ended.set())
    try:
        until(ended.wait)
    finally:
        # KeyboardInterrupt arrives here, in the waiting thread: the work must not outlive the wait.
        if not ended.is_set():
            job.cancel()
            ended.wait(_UNWIND_S)
    return job.result()


def iterate(source: AsyncIterator[T]) -> Generator[T, None, None]:
    """Walk an async iterator from synchronous code; leaving early stops it, and waits until it has unwound."""
    items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    ended = threading.Event()

    def at_end(last: _Item) -> None:
        items.put(last)
        ended.set()

    _note_asker()
    job = _Job(_pump(source, items.put), at_end)
    try:
        while (item := _next(items))[0]:
            yield item[1]
    finally:
        # Leaving early, by `break` or by a KeyboardInterrupt in `get`, must not leave the source running.
        if not ended.is_set():
            job.cancel()
            ended.wait(_UNWIND_S)
    job.result()


def until(ended: Callable[[float], object]) -> None:
    """Wait for something that says within so many seconds whether it has ended; an interrupt is noticed meanwhile."""
    while not ended(_LOOK_S):
        pass


async def relay(source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Walk, from any loop, a generator that runs on the background loop; leaving early stops it there."""
    here = asyncio.get_running_loop()
    if here is get_loop():
        async with aclosing(source):
            async for value in source:
                yield value
        return
    items: asyncio.Queue[_Item] = asyncio.Queue()

    def put(item: _Item) -> None:
        here.call_soon_threadsafe(items.put_nowait, item)

    job = _Job(_pump(source, put), put)
    item: _Item = (True, None)
    try:
        while (item := await items.get())[0]:
            yield item[1]
    finally:
        job.cancel()
        while item[0]:  # the source has unwound, and the partial answer is stored, when its last word is here
            item = await items.get()
    job.result()


_Item: TypeAlias = tuple[bool, Any]
"""Whether there is a value, and the value; `(False, None)` is the last word."""


def _next(items: queue.SimpleQueue[_Item]) -> _Item:
    while True:
        with suppress(queue.Empty):
            return items.get(timeout=_LOOK_S)


async def _pump(source: AsyncIterator[T], put: Callable[[_Item], None]) -> None:
    async for value in source:
        put((True, value))


class _Job(Generic[T]):
    """A task on the background loop that always says when it has ended, also when cancelled before its first step."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], at_end: Callable[[_Item], None]) -> None:
        self._loop = get_loop()
        self._task: asyncio.Task[T] | None = None
        self._loop.call_soon_threadsafe(self._start, coroutine, at_end)

    def _start(self, coroutine: Coroutine[Any, Any, T], at_end: Callable[[_Item], None]) -> None:
        self._task = self._loop.create_task(coroutine)
        self._task.add_done_callback(lambda _: at_end((False, None)))

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())

    def result(self) -> T:
        """The coroutine's result, or its exception raised here; call it after the end."""
        assert self._task is not None, "a job that has ended has a task"
        if self._task.cancelled() and ending.began() and threading.current_thread().daemon:
            raise SystemExit  # without a word, as the end of the process ends daemons
        return self._task.result()


_closed = False
_askers: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""Those that have waited here and that Python lets come to their own end."""


def _note_asker() -> None:
    if ending.outlasts():
        _askers.add(threading.current_thread())


def _stop() -> None:
    """End what runs, at the end of the process; answers keep what they have."""
    loop = _loop
    if loop is None or loop.is_closed() or _pid != os.getpid():
        return
    # Python itself waits for them a moment later, when nothing could answer them any more.
    while asking := [thread for thread in tuple(_askers) if thread.is_alive()]:
        asking[0].join()
    wait_for([asyncio.run_coroutine_threadsafe(_stop_tasks(loop), loop)], _STOP_S)


def _close() -> None:
    """End the thread: what it refers to, such as DuckDB's module, could not be cleared away."""
    global _closed
    if _loop is None or _thread is None or _pid != os.getpid():
        return
    _closed = True
    _loop.call_soon_threadsafe(_loop.stop)
    _thread.join(_CLOSE_S)
    if not _thread.is_alive():
        _loop.close()


async def _stop_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()
