"""The hold of this process on one database file: the thread lock, the lock between processes, the open connection.

While a process has a DuckDB file open no other can open it, so the hold is short: it is taken for a unit of work,
kept warm for back-to-back work, and given up when the work pauses or when others have waited long enough.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from .. import ending
from ..errors import StoreError
from . import migrations, opening
from .instance import Instance
from .lock import Owner, TurnLock
from .revisions import Numbers
from .rows import Connection

__all__ = ["Hold", "hold_of"]

_STEP_S = 0.005
"""How often the keeper looks; a pause this long lets those who wait have their turn."""
_FOREIGN_RETRY_S = 0.05
_HANDOVERS = 4
"""Under load the file is kept so many times as long as opening and closing it take, so that most time goes to work."""
_SHORTEST_HOLD_S = 0.08
"""Where that takes little, no less than this: of eight busy processes, each then waits 0.7 s for its turn."""
_LONGEST_HOLD_S = 0.25
_GRACE_S = 0.5
"""How long the end of the process lets a transaction come to its end before it interrupts it."""
_END_S = 10.0
_INTERRUPT_S = 2.0


class Hold:
    """One file in this process. Shared by everything in the process that uses the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.numbers = Numbers()
        self._turn = TurnLock(path)
        self._instance = Instance(path)
        self._reset()

    def _reset(self) -> None:
        # Threads of one process that open and close the same file race inside DuckDB.
        self._mutex = threading.RLock()
        self._connection: Connection | None = None
        self._given_up = threading.Event()
        self._keeper: threading.Thread | None = None
        self._depth = 0
        self._opened_at = 0.0
        self._hold_s = 0.0
        self._closing_s = 0.0
        self._used_at = 0.0
        self.outsider: Owner | None = None
        """The program that knows nothing of turns and that is being waited for."""
        self._cursor: Connection | None = None
        self._worker: threading.Thread | None = None

    @contextmanager
    def lease(self, *, timeout_s: float, idle_s: float, memory_limit: str | None = None) -> Iterator[Connection]:
        """The open connection inside a transaction; a nested use in the same thread joins it."""
        deadline = time.monotonic() + timeout_s
        if not self._mutex.acquire(timeout=max(timeout_s, 0)):
            raise opening.busy(self.path, self._turn.owner(), waited_s=timeout_s)
        try:
            if self._depth and self._connection:
                yield self._connection
                return
            ending.visit()
            connection = self._connection or self._open(deadline, timeout_s, idle_s, memory_limit)
            self._depth += 1
            try:
                with self._transaction(connection):
                    yield connection
            finally:
                self._depth -= 1
                self._pause(idle_s)
        finally:
            self._mutex.release()

    @contextmanager
    def cursor(self, connection: Connection) -> Iterator[Connection]:
        """A connection of its own, inside a lease, whose statements the end of the process may interrupt."""
        if ending.mine():
            raise StoreError("The query was not begun because the process ends.")
        cursor = connection.cursor()
        if self._instance.attached:
            self._instance.use(cursor)
        self._cursor, self._worker = cursor, threading.current_thread()
        try:
            yield cursor
        finally:
            self._cursor = self._worker = None
            cursor.close()

    @contextmanager
    def set_aside(self, *, timeout_s: float, free: bool = True) -> Iterator[None]:
        """The file closed, with both locks held: no process of ours opens it while the block runs.

        `free` waits for programs outside too, and leaves no write-ahead log behind; without it the file need not
        even be readable.
        """
        deadline = time.monotonic() + timeout_s
        if not self._mutex.acquire(timeout=max(timeout_s, 0)):
            raise opening.busy(self.path, self._turn.owner(), waited_s=timeout_s)
        try:
            if self._depth:
                raise RuntimeError("the file cannot be set aside inside a lease")
            self._give_up()
            self._take_turn(deadline, timeout_s)
            try:
                if free and self.path.exists():
                    self._connect(deadline, timeout_s=timeout_s).close()
                yield
            finally:
                self._turn.release()
        finally:
            self._mutex.release()

    def owner(self) -> Owner | None:
        """Who has the file: a process that leases it, or a foreign program that DuckDB reports."""
        owner = self._turn.owner()
        if owner is not None or not self.path.exists():
            return owner
        with self._mutex:
            if self._connection is not None or not self._turn.acquire(timeout=0):
                return self._turn.owner()
            try:
                opening.connect(self.path).close()
            except opening.Locked as locked:
                return locked.owner
            finally:
                self._turn.release()
        return None

    def is_open(self) -> bool:
        """Whether this process has the file open, or another one that takes turns."""
        return self._connection is not None or self._turn.owner() is not None

    def close(self) -> None:
        """Give the file up now, unless a lease is running in this thread."""
        with self._mutex:
            if not self._depth:
                self._give_up()

    def close_if_idle(self) -> None:
        """Give the file up, and the instance, unless somebody is working with it."""
        if self._mutex.acquire(blocking=False):
            try:
                self.close()
                if not self._depth:
                    self._instance.end()
            finally:
                self._mutex.release()

    def hurry(self) -> None:
        """Interrupt a query of one of our threads, at the end of the process: Python waits for that thread."""
        deadline = time.monotonic() + _INTERRUPT_S
        # Again and again, because it may come between two statements.
        while (cursor := self._cursor) is not None and ending.is_ours(self._worker) and time.monotonic() < deadline:
            cursor.interrupt()
            time.sleep(_STEP_S)

    def end(self) -> None:
        """Give the file up and wait for who is inside DuckDB, when only daemons are left."""
        began = time.monotonic()
        while not self._mutex.acquire(timeout=_FOREIGN_RETRY_S):
            waited = time.monotonic() - began
            if waited > _END_S:
                return ending.guard()
            if waited > _GRACE_S and (busy := self._cursor or self._connection) is not None:
                busy.interrupt()
        try:
            self.close()
            if not self._depth:
                self._instance.end()
        finally:
            self._mutex.release()
        # A thread left behind keeps DuckDB's module alive, and its binding complains about that on stderr.
        if self._keeper is not None:
            self._keeper.join(timeout=1)
        return None

    def forget(self) -> None:
        """In a forked child: the connection and the lock are the parent's."""
        if self._connection is not None:
            # Its destructor would write to the parent's file; nothing may ever run it.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
        self._instance.forget()
        self._turn.forget()
        self._reset()

    def _open(self, deadline: float, timeout_s: float, idle_s: float, memory_limit: str | None) -> Connection:
        ending.to_stop(self.hurry)
        ending.to_close(self.end)
        if memory_limit is None and self.path.is_file():
            self._instance.start()  # others may still have the file, and need not wait for this
        self._take_turn(deadline, timeout_s)
        began = time.monotonic()
        try:
            # The instance that is kept has no such limit, and can get none.
            connection = self._attached(deadline, timeout_s) if memory_limit is None else None
            if connection is None:
                connection = migrations.prepared(
                    self.path, connect=lambda: self._connect(deadline, timeout_s=timeout_s, memory_limit=memory_limit)
                )
        except BaseException:
            self._turn.release()
            raise
        self._connection = connection
        self._opened_at = self._used_at = time.monotonic()
        handover_s = self._opened_at - began + self._closing_s
        self._hold_s = max(idle_s, _SHORTEST_HOLD_S, min(_HANDOVERS * handover_s, _LONGEST_HOLD_S))
        self._given_up = threading.Event()
        if not ending.began():
            self._keeper = threading.Thread(
                target=self._keep, args=(self._given_up, idle_s), name="squid-store", daemon=True
            )
            self._keeper.start()
        return connection

    def _take_turn(self, deadline: float, timeout_s: float) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            taken = self._turn.acquire(timeout=max(deadline - time.monotonic(), 0))
        except OSError as error:
            raise opening.unusable(self.path, error.strerror or str(error)) from error
        if not taken:
            ending.visit()
            raise opening.busy(self.path, self._turn.owner(), waited_s=timeout_s)

    def _attached(self, deadline: float, timeout_s: float) -> Connection | None:
        """The file, opened by the instance that runs; None when it has to be made, or brought to the newest schema."""
        if not self.path.is_file():
            return None
        connection = self._patiently(self._instance.attach, deadline, timeout_s)
        try:
            with opening.explained(self.path):
                if migrations.is_newest(connection):
                    return connection
        except BaseException:
            self._instance.end()
            raise
        self._instance.detach()
        return None

    def _connect(self, deadline: float, *, timeout_s: float, memory_limit: str | None = None) -> Connection:
        return self._patiently(lambda: opening.connect(self.path, memory_limit=memory_limit), deadline, timeout_s)

    def _patiently(self, connect: Callable[[], Connection], deadline: float, timeout_s: float) -> Connection:
        try:
            while True:
                try:
                    return connect()
                except opening.Locked as locked:
                    self.outsider = locked.owner
                    if time.monotonic() + _FOREIGN_RETRY_S > deadline or ending.hurries():
                        raise opening.busy(self.path, locked.owner, waited_s=timeout_s) from None
                    # A program outside knows nothing of turns: all that can be done is to look again.
                    time.sleep(_FOREIGN_RETRY_S)
        finally:
            self.outsider = None

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        try:
            connection.execute("begin transaction")
            yield
            connection.execute("commit")
        except BaseException as error:
            self._roll_back(connection)
            ending.visit()
            if isinstance(error, duckdb.Error) and opening.concerns_file(error):
                self._give_up()
                raise opening.explain(error, self.path) from error
            raise

    def _roll_back(self, connection: Connection) -> None:
        self.numbers.seal()
        try:
            connection.execute("rollback")
        except duckdb.TransactionException:
            pass  # The commit itself failed, and that rolls back.
        except duckdb.Error:
            self._give_up()

    def _pause(self, idle_s: float) -> None:
        self._used_at = time.monotonic()
        if self._connection is None:
            return
        if idle_s <= 0 or ending.began() or (self._used_at - self._opened_at >= self._hold_s and self._turn.wanted()):
            self._give_up()

    def _keep(self, given_up: threading.Event, idle_s: float) -> None:
        """Give the file up when the work pauses; ends with the connection."""
        while not given_up.wait(min(_STEP_S, max(idle_s, 0.001))):
            if not self._mutex.acquire(blocking=False):
                continue
            try:
                idle = time.monotonic() - self._used_at
                if not given_up.is_set() and (idle >= idle_s or (idle >= _STEP_S and self._turn.wanted())):
                    self._give_up()
            except (OSError, duckdb.Error):
                pass  # the file was deleted while it was open; who uses it next is told, or gets a new one
            finally:
                self._mutex.release()

    def _give_up(self) -> None:
        try:
            self._shut()
        finally:
            self._turn.release()

    def _shut(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        self._given_up.set()
        self.numbers.seal()
        began = time.monotonic()
        if self._instance.attached:
            self._instance.detach()
        elif connection is not None:
            connection.close()
        if connection is not None:
            self._closing_s = time.monotonic() - began


_holds: dict[Path, Hold] = {}
_guard = threading.Lock()


def hold_of(path: Path) -> Hold:
    """The one hold of this process on a file; `path` is resolved."""
    with _guard:
        return _holds.setdefault(path, Hold(path))


def _close_idle() -> None:
    """Before a fork: what is closed cannot be inherited."""
    for hold in list(_holds.values()):
        hold.close_if_idle()


def _forget_all() -> None:
    global _guard
    _guard = threading.Lock()
    for hold in _holds.values():
        hold.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_idle, after_in_child=_forget_all)
