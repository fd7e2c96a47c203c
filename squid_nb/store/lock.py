"""A fair lock between processes, beside the file it protects.

Two advisory locks make a turnstile: who wants the file queues at `<file>.queue`, and only the head of the queue
waits at `<file>.lock`. So the process that has just given the file up cannot take it again before those who wait,
and the holder can see whether anybody waits. Waiting is done by the kernel, not by polling; the locks vanish with
the process that holds them.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import portalocker
from portalocker import LockFlags

from .. import ending

__all__ = ["Owner", "TurnLock"]

_EXCLUSIVE = LockFlags.EXCLUSIVE
_AT_ONCE = LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING
_RETRY_S = 0.01
_COURTESY_S = 0.005
"""A lock goes to whoever asks first once it is free, and who waits for it needs a moment to wake up."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds the file."""

    pid: int
    name: str
    since: datetime | None = None
    host: str = ""

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


class TurnLock:
    """The lock of one file in this process; held by at most one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._queue_path = path.with_name(f"{path.name}.queue")
        self._held: int | None = None
        self._released_at = 0.0

    def acquire(self, *, timeout: float) -> bool:
        """Take the lock within `timeout` seconds, in turn with the other processes."""
        if self._held is not None:
            return True
        self._held = self._take_at_once()
        if self._held is None:
            self._held = self._wait(timeout)
        if self._held is None:
            return False
        self._sign(self._held)
        return True

    def release(self) -> None:
        """Give the lock up; the head of the queue gets it."""
        descriptor, self._held = self._held, None
        if descriptor is not None:
            _close(descriptor)
            self._released_at = time.monotonic()

    def wanted(self) -> bool:
        """Whether another process waits for its turn, or there is nothing left to have turns at."""
        try:
            descriptor = _open(self._queue_path)
        except FileNotFoundError:
            return True  # the directory was deleted
        try:
            return not _lock(descriptor, _AT_ONCE)
        finally:
            _close(descriptor)

    def owner(self) -> Owner | None:
        """The process that holds the lock now, or None."""
        if not self._lock_path.exists():
            return None
        descriptor = _open(self._lock_path)
        try:
            if self._held is None and _lock(descriptor, _AT_ONCE):
                return None
            return _read(descriptor)
        finally:
            _close(descriptor)

    def forget(self) -> None:
        """Drop a lock inherited by fork without unlocking it: it is the parent's."""
        self._held = None

    def _take_at_once(self) -> int | None:
        queue = _open(self._queue_path)
        try:
            if not _lock(queue, _AT_ONCE):
                return None
            descriptor = _open(self._lock_path)
            if _lock(descriptor, _AT_ONCE):
                return descriptor
            _close(descriptor)
            return None
        finally:
            _close(queue)

    def _wait(self, timeout: float) -> int | None:
        # A blocking flock has no timeout, so a thread waits and is left to itself when the time is over.
        if ending.began():
            return self._wait_without_thread(timeout)
        waiting = _Waiting(self._queue_path, self._lock_path, since=self._released_at + _COURTESY_S)
        threading.Thread(target=waiting.run, name="squid-lock", daemon=True).start()
        try:
            ending.wait(waiting.ended, timeout)
        finally:
            descriptor = waiting.collect()
        return descriptor

    def _wait_without_thread(self, timeout: float) -> int | None:
        deadline = time.monotonic() + timeout
        while (descriptor := self._take_at_once()) is None and time.monotonic() < deadline and not ending.hurries():
            time.sleep(_RETRY_S)
        return descriptor

    def _sign(self, descriptor: int) -> None:
        note = {"pid": os.getpid(), "name": _process_name(), "since": time.time(), "host": socket.gethostname()}
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(note).encode())
        os.ftruncate(descriptor, os.lseek(descriptor, 0, os.SEEK_CUR))


class _Waiting:
    """One blocking wait through the turnstile; whoever comes second, the lock or the giving up, cleans up."""

    def __init__(self, queue: Path, lock: Path, *, since: float) -> None:
        self.ended = threading.Event()
        self._paths = queue, lock
        self._since = since
        """Not before this does it line up: who has just had the lock comes after those who have waited."""
        self._guard = threading.Lock()
        self._descriptor: int | None = None
        self._abandoned = False

    def run(self) -> None:
        time.sleep(max(self._since - time.monotonic(), 0))
        queue = _open(self._paths[0])
        try:
            _lock_patiently(queue, self)
            descriptor = _open(self._paths[1])
            _lock_patiently(descriptor, self)
        finally:
            _close(queue)
        with self._guard:
            if self._abandoned:
                _close(descriptor)
            else:
                self._descriptor = descriptor
        self.ended.set()

    @property
    def abandoned(self) -> bool:
        return self._abandoned

    def collect(self) -> int | None:
        with self._guard:
            self._abandoned = True
            return self._descriptor


_open_descriptors: set[int] = set()


def _open(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    _open_descriptors.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    _open_descriptors.discard(descriptor)
    try:
        # Closing is not enough while a forked child still has a copy of the descriptor.
        portalocker.unlock(descriptor)
    except portalocker.LockException:
        pass
    finally:
        os.close(descriptor)


def _lock(descriptor: int, flags: LockFlags) -> bool:
    try:
        portalocker.lock(descriptor, flags)
    except portalocker.AlreadyLocked:
        return False
    return True


def _lock_patiently(descriptor: int, waiting: _Waiting) -> None:
    # Windows gives up a blocking lock after ten seconds.
    while not _lock(descriptor, _EXCLUSIVE) and not waiting.abandoned:
        time.sleep(_RETRY_S)


def _read(descriptor: int) -> Owner | None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        note = json.loads(os.read(descriptor, 4096))
        since = datetime.fromtimestamp(note["since"], UTC)
        return Owner(pid=int(note["pid"]), name=str(note["name"]), since=since, host=str(note["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Windows does not let a locked file be read, and a note may be half written.
        return None


def _process_name() -> str:
    program = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else ""
    return program if program and program != "-c" else Path(sys.executable).stem


def _close_in_child() -> None:
    # A copy of a locked descriptor would keep the lock alive after the parent has died.
    for descriptor in list(_open_descriptors):
        _open_descriptors.discard(descriptor)
        os.close(descriptor)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
