"""The end of the process: who works in a thread is asked to end, and waited for, before the interpreter goes away.

Before Python 3.14 a daemon thread that comes back from native code (DuckDB, tantivy, llama.cpp) while the interpreter
is taken down is unwound through frames of C++ or Rust. Those abort the process: exit code 134, and two lines that
frighten people, after a perfectly good answer. So the end has two steps:

1. When the main thread is done, and the threads of executors can still be used: answers are stopped and stored, queries
   and builds of our threads are interrupted (`to_stop`).
2. When every thread that is not a daemon has ended: the model and the database are closed, for which native calls have
   to come back (`to_close`). What does not come back in time is kept from aborting (`guard`).

Threads that Python itself waits for, because they are not daemons and not ours, work on until they are done.
"""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # imported before we register, so that its threads end after our first step
import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["began", "guard", "hurries", "is_ours", "mine", "outlasts", "to_close", "to_stop", "visit", "wait"]

_OURS = "squid-"
_PATIENCE_S = 2.0
"""How long a thread that is to end goes on waiting for something."""
_SLICE_S = 0.1

_LEAVE_S = 0.3
_daemons: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_stops: list[weakref.ref[Any]] = []
_closes: list[weakref.ref[Any]] = []
_began: float | None = None
_over = False


def to_stop(stop: Callable[[], object]) -> None:
    """Have `stop` called in the first step, the newest first; a method only while its object lives."""
    _add(_stops, stop)


def to_close(close: Callable[[], object]) -> None:
    """Have `close` called in the second step, the newest first; a method only while its object lives.

    The second step then comes before what libraries that are loaded by now do at the exit: DuckDB 2.0.1 interrupts
    every query there, and a daemon would take that for an error of its own.
    """
    _add(_closes, close)
    if not began():  # at the exit itself nothing can be put in front any more
        atexit.unregister(_close_all)
        atexit.register(_close_all)


def began() -> bool:
    """Whether the process ends; no thread can be started any more then (Python 3.12)."""
    return _began is not None


def is_ours(thread: threading.Thread | None) -> bool:
    """Whether the thread works for us alone, so that its work may be given up at the end."""
    return thread is not None and thread.name.startswith(_OURS)


def mine() -> bool:
    """Whether the process ends, and the calling thread with it."""
    thread = threading.current_thread()
    return (_over and thread.daemon) or (began() and is_ours(thread))


def outlasts() -> bool:
    """Whether Python lets the calling thread come to its own end first; those of pools it only lets end their work."""
    thread = threading.current_thread()
    pools = getattr(concurrent.futures.thread, "_threads_queues", {})
    return not thread.daemon and thread is not threading.main_thread() and thread not in pools


def visit() -> None:
    """Called where native code is entered: a daemon is remembered here, and at the end turned away without a word."""
    thread = threading.current_thread()
    if not thread.daemon:
        return
    _daemons.add(thread)
    if _over:
        raise SystemExit


def hurries() -> bool:
    """Whether the process ends, and the calling thread with it, so that it may wait no longer."""
    return mine() and (_over or time.monotonic() - (_began or 0) > _PATIENCE_S)


def wait(event: threading.Event, timeout_s: float) -> bool:
    """`event.wait`, until the calling thread `hurries`."""
    deadline = time.monotonic() + timeout_s
    while not event.is_set() and not hurries() and (left := deadline - time.monotonic()) > 0:
        event.wait(min(left, _SLICE_S))
    return event.is_set()


def guard() -> None:
    """Keep a thread that is still in native code from taking the process, and its exit status, down.

    Its abort comes while the main thread takes the interpreter down, which takes far less than the seconds (as many as
    the number of the signal) that this puts it off. An abort of the main thread is only put off.
    """
    if not began() or sys.platform != "linux" or sys.version_info >= (3, 14):
        return  # elsewhere such a thread is ended without unwinding, or just stopped
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    libc.signal.restype = ctypes.c_void_p
    libc.signal(signal.SIGABRT, ctypes.cast(libc.sleep, ctypes.c_void_p))


def _add(calls: list[weakref.ref[Any]], call: Callable[[], object]) -> None:
    reference = weakref.WeakMethod(call) if hasattr(call, "__self__") else weakref.ref(call)
    if reference not in calls:
        calls[:] = [*(kept for kept in calls if kept() is not None), reference]


def _call(references: list[weakref.ref[Any]]) -> None:
    for reference in reversed(references):
        if (call := reference()) is not None:
            call()


def _stop_all() -> None:
    global _began
    _began = time.monotonic()
    _call(_stops)


def _close_all() -> None:
    global _began, _over
    _began = time.monotonic() if _began is None else _began
    _over = True
    _call(_closes)
    # Those that were turned away, or are about to be, are on their way out. One that sits elsewhere is not our affair.
    deadline = time.monotonic() + _LEAVE_S
    for thread in tuple(_daemons):
        if thread is not threading.current_thread():
            thread.join(max(deadline - time.monotonic(), 0))


def _forget() -> None:
    """In a forked child, which has no thread but its own."""
    global _began, _over
    _began, _over = None, False
    _daemons.clear()
    _stops.clear()
    _closes.clear()


atexit.register(_close_all)
with contextlib.suppress(AttributeError, RuntimeError):  # not in every Python; or imported when it is too late
    threading._register_atexit(_stop_all)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
