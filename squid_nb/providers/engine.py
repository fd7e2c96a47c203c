"""llama.cpp in this process: one thread that loads the model once and answers one question after the other.

Event loops never wait here: they put a `Job` and take its chunks. Chunks have OpenAI's shape. A forked child gets an
engine of its own, because llama.cpp's threads do not survive a fork. (Once a model is loaded, a child made by a bare
`os.fork()` must leave through `os._exit`, as `multiprocessing` does: llama.cpp's clean-up would wait for threads that
are not there.)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

from .. import ending
from ..errors import BadStream, ProviderError
from .llama import Llama, ModelFile

__all__ = ["Engine", "Job", "Status", "get_engine", "loaded_model"]

# Longer than one batch of a prompt takes: only between batches can llama.cpp be told to stop.
_EXIT_WAIT_S = 10.0


class Stopped(Exception):
    """Ends what the thread is doing for a job that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the thread is doing before the first chunk."""

    text: str
    fraction: float | None = None


class Job:
    """One question under way. The engine's thread puts, one event loop takes.

    Parameters
    ----------
    find
        Finds the model's file, on the engine's thread; may fetch it first and report how far that is.
    body
        What llama.cpp is asked, in OpenAI's shape.
    """

    def __init__(self, find: Callable[[Callable[[Status], None]], ModelFile], body: dict[str, Any]) -> None:
        self.find = find
        self.body = body
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[dict[str, Any] | Status | ProviderError | None] = asyncio.Queue()
        self._stop = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for this any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Nobody waits any more. Returns at once; the thread notices at the next token or batch."""
        self._stop.set()

    def put(self, item: dict[str, Any] | Status | ProviderError | None) -> None:
        """Hand something to the event loop; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
        except RuntimeError:  # the loop was closed
            self.stop()

    def report(self, status: Status) -> None:
        """`put` for slow steps, which end here when nobody waits any more."""
        if self.stopped:
            raise Stopped
        self.put(status)

    async def items(self) -> AsyncGenerator[dict[str, Any] | Status, None]:
        """Statuses and chunks until the end; leaving early stops the model."""
        try:
            while (item := await self._items.get()) is not None:
                if isinstance(item, ProviderError):
                    raise item
                yield item
        finally:
            self.stop()


class Engine:
    """The thread, and the one model it has loaded."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._current: Job | None = None
        self._closing = False
        self._llama: Llama | None = None
        self._thread = threading.Thread(target=self._work, name="squid-llama", daemon=True)
        self._thread.start()
        ending.to_close(self.close)

    @property
    def busy(self) -> bool:
        """Whether a question that comes now would have to wait."""
        return self._current is not None

    @property
    def loaded(self) -> Llama | None:
        """The model in memory, if there is one."""
        return self._llama

    def put(self, job: Job) -> None:
        """Answer this after those that came before."""
        self._jobs.put(job)

    def close(self) -> None:
        """Stop what is running and give the memory back; waits until the thread has left llama.cpp.

        A thread that is still inside when the interpreter goes away takes the process down with it.
        """
        self._closing = True
        if (job := self._current) is not None:
            job.stop()
        self._jobs.put(None)
        self._thread.join(_EXIT_WAIT_S)
        if self._thread.is_alive():
            ending.guard()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closing:
            self._current = job
            try:
                if not job.stopped:
                    self._answer(job)
            except Stopped:
                pass
            except ProviderError as error:
                job.put(error)
            except Exception as error:  # noqa: BLE001 - the door of this thread: it must go on for the next question
                job.put(BadStream(f"The embedded model failed ({type(error).__name__}: {error}).", "Retry."))
            finally:
                self._current = None
                job.put(None)
        self._drop()

    def _answer(self, job: Job) -> None:
        llama = self._loaded_for(job)

        def take(chunk: dict[str, Any]) -> bool:
            if not job.stopped:
                job.put(chunk)
            return job.stopped or self._closing

        llama.answer(job.body, take)

    def _loaded_for(self, job: Job) -> Llama:
        file = job.find(job.report)
        if self._llama is None or self._llama.file != file:
            text = f"Loading {file.alias}"
            job.report(Status(text))
            self._drop()  # two models at once may not fit into memory
            self._llama = Llama(file, report=lambda fraction: job.report(Status(text, fraction)))
        return self._llama

    def _drop(self) -> None:
        llama, self._llama = self._llama, None
        if llama is not None:
            if _forked:
                llama.abandon()
            llama.close()


_lock = threading.Lock()
_engine: Engine | None = None
_forked = False
"""Whether llama.cpp was at work in the process that this one is a fork of: it then never comes back from freeing."""


def get_engine() -> Engine:
    """The engine of this process; its thread is started on first use."""
    global _engine
    with _lock:
        if _engine is None:
            _engine = Engine()
        return _engine


def loaded_model() -> Llama | None:
    """The model in memory, without starting anything."""
    engine = _engine
    return engine.loaded if engine is not None else None


def _after_fork() -> None:
    global _engine, _forked, _lock
    _forked = _forked or _engine is not None
    if (llama := loaded_model()) is not None:
        llama.abandon()
    _engine, _lock = None, threading.Lock()


with contextlib.suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
