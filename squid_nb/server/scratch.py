"""The directory for uploads and exports of one server. It goes with the server; after a crash, the next one takes it.

A lock in it says that its server is there: it vanishes with the process, however that ends, and unlike a process id it
means the same in every container that shares the temporary directory.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

__all__ = ["Scratch", "remove_abandoned"]

_PREFIX = "squid-jobs-"
_LOCK = ".alive"
_YOUNG_S = 60.0
"""A server that is beginning makes its directory a moment before its lock."""


class Scratch:
    """A directory that only this user can read, made when it is needed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._path: Path | None = None
        self._lock: FileLock | None = None

    def folder(self) -> Path:
        """A new directory for the files of one job."""
        return Path(tempfile.mkdtemp(dir=self._place()))

    def upload(self) -> IO[bytes]:
        """A new file, which its user closes and removes."""
        return tempfile.NamedTemporaryFile(dir=self._place(), prefix="upload-", delete=False)

    def close(self) -> None:
        """Remove everything."""
        with self._guard:
            if self._lock is not None:
                self._lock.release()
            if self._path is not None:
                shutil.rmtree(self._path, ignore_errors=True)
            self._path = self._lock = None

    def _place(self) -> Path:
        with self._guard:
            # Temporary directories are swept: what a server made weeks ago may be gone.
            if self._path is None or not self._path.is_dir():
                self._path = Path(tempfile.mkdtemp(prefix=_PREFIX))
                self._lock = _lock_of(self._path)
                self._lock.acquire()
            return self._path


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


def remove_abandoned() -> None:
    """Remove what servers of this user have left that were killed."""
    for folder in _left():
        lock = _lock_of(folder)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue  # its server is there, or it is none of ours
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _left() -> Iterator[Path]:
    with os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not entry.name.startswith(_PREFIX) or not entry.is_dir(follow_symlinks=False):
                continue
            about = entry.stat(follow_symlinks=False)
            own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
            # Without the lock's file, nobody knows whose it is.
            if own and time.time() - about.st_mtime > _YOUNG_S and Path(entry.path, _LOCK).is_file():
                yield Path(entry.path)
