"""The database file, as everything above it sees it: leases on a connection, nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from ..errors import InvalidInput
from .hold import hold_of
from .lock import Owner, TurnLock
from .revisions import Numbers
from .rows import Connection

__all__ = ["INTERRUPTED", "Database", "Stamp"]

Stamp: TypeAlias = tuple[tuple[int, int, int], ...]
"""Inode, size and time of the file and of its log."""

INTERRUPTED = "Query interrupted"
"""DuckDB looks for signals while a statement runs in the main thread, and hides the interrupt behind this error."""

_COARSE_NS = 2_500_000_000
"""Some file systems keep times to two seconds."""


class Database:
    """One file. Opening is lazy, and the parent directory is made on first use.

    Parameters
    ----------
    path
        The DuckDB file; two paths to one file are one database.
    lock_timeout_s
        How long a lease waits for other threads and processes.
    idle_hold_ms
        How long the file stays open for more work; 0 closes it after each lease.
    memory_limit
        What DuckDB may use, such as `400MB`, when it is this object that opens the file; None is its own limit.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lock_timeout_s: float = 20.0,
        idle_hold_ms: float = 50,
        memory_limit: str | None = None,
    ) -> None:
        if str(path) == ":memory:":
            raise InvalidInput("The history needs a file; `:memory:` is not supported.", "Give a path.")
        self.path = Path(path).expanduser().resolve()
        self._hold = hold_of(self.path)
        self._timeout_s = lock_timeout_s
        self._idle_s = idle_hold_ms / 1000
        self._memory_limit = memory_limit

    @contextmanager
    def lease(self) -> Iterator[Connection]:
        """One unit of work: the open connection, inside one transaction.

        It commits at the end of the block and rolls back when the block raises. A nested lease in the same thread
        joins the transaction.

        Raises
        ------
        StoreBusy
            When the file does not come free in time; names who holds it.
        StoreDamaged, StoreNewer
            When it cannot be read.
        """
        lease = self._hold.lease(timeout_s=self._timeout_s, idle_s=self._idle_s, memory_limit=self._memory_limit)
        try:
            with lease as connection:
                yield connection
        except RuntimeError as error:
            if str(error) == INTERRUPTED:
                raise KeyboardInterrupt from None
            raise

    def cursor(self, connection: Connection) -> AbstractContextManager[Connection]:
        """A connection of its own, on the instance of a lease, for a query that may take long."""
        return self._hold.cursor(connection)

    @contextmanager
    def set_aside(self, *, free: bool = True) -> Iterator[Path]:
        """The closed file, which no process of ours opens while the block runs: to copy or to replace it.

        Raises
        ------
        StoreBusy
            When the file does not come free in time.
        """
        with self._hold.set_aside(timeout_s=self._timeout_s, free=free):
            yield self.path

    def for_long_work(self, *, idle_hold_ms: float, memory_limit: str) -> Database:
        """The same file, kept open between many pieces of work and within bounds; others still get their turn."""
        return Database(self.path, lock_timeout_s=self._timeout_s, idle_hold_ms=idle_hold_ms, memory_limit=memory_limit)

    @property
    def numbers(self) -> Numbers:
        """The numbers of changes that are reserved for this process."""
        return self._hold.numbers

    def owner(self) -> Owner | None:
        """Who holds the file now, this process included; None when nobody does."""
        return self._hold.owner()

    def holder(self) -> Owner | None:
        """Which process has its turn, or which program outside keeps it waiting; waits for nobody and opens nothing."""
        return self._hold.outsider or TurnLock(self.path).owner()

    def is_open(self) -> bool:
        """Whether this process or another one of ours has the file open."""
        return self._hold.is_open()

    def stamp(self) -> Stamp | None:
        """What tells, without opening it, whether a closed file has been written to; None when it is too new to tell.

        Reading leaves it as it is.
        """
        found = []
        for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            if time.time_ns() - state.st_mtime_ns < _COARSE_NS:
                return None
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
        return tuple(found)

    def close(self) -> None:
        """Give the file up now instead of after the idle time; the next lease opens it again."""
        self._hold.close()
