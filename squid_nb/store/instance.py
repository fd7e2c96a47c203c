"""The DuckDB instance of this process for one file: kept while the file itself comes and goes.

Starting an instance and ending it takes 20 ms; attaching a file to one that runs, and detaching it, takes 3. That is
what a cold lease costs, and what eight processes pay each time the file goes from one to the next.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import duckdb

from ..errors import SquidError
from . import opening
from .rows import Connection

__all__ = ["Instance"]

_NAME = "squid"
_BESIDE = ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".checkpoint.wal")
"""What DuckDB puts after the name of a file for those it needs next to it."""


class Instance:
    """An instance that reaches this one file and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self.attached = False

    def start(self) -> Connection:
        """Have the instance run, without the file: this takes longest, and nobody has to wait for it."""
        if self._connection is None:
            self._connection = self._started()
        return self._connection

    def attach(self) -> Connection:
        """Open the file; the connection reads and writes it until `detach`.

        Raises
        ------
        Locked
            When another program has it open.
        StoreError
            When it cannot be opened at all; says what to do.
        """
        connection = self.start()
        try:
            with opening.explained(self._path):
                connection.execute(f"attach {_literal(self._path)} as {_NAME}")
                self.attached = True
                self.use(connection)
        except (opening.Locked, SquidError):
            raise
        except BaseException:
            # An interrupt: nobody knows how far it came.
            self.end()
            raise
        return connection

    def use(self, connection: Connection) -> None:
        """Have names in the statements of a connection mean what is in the file."""
        connection.execute(f"use {_NAME}")

    def detach(self) -> None:
        """Close the file, written out."""
        connection, self.attached = self._connection, False
        if connection is None:
            return
        try:
            connection.execute("use memory")
            connection.execute(f"detach {_NAME}")
        except duckdb.Error:
            # A full disk, or a file that is damaged: its log has what is not written out.
            self.end()

    def end(self) -> None:
        """End the instance, and close the file if it is attached."""
        connection, self._connection = self._connection, None
        self.attached = False
        if connection is not None:
            connection.close()

    def forget(self) -> None:
        """In a forked child: the instance, its threads and its files are the parent's."""
        if self._connection is not None:
            # Its destructor would write to the parent's file; nothing may ever run it.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
        self._connection, self.attached = None, False

    def _started(self) -> Connection:
        connection = opening.bare()
        reach = ", ".join(_literal(self._path.with_name(self._path.name + end)) for end in _BESIDE)
        for statement in (
            # What does not fit into memory would otherwise go to the working directory.
            f"set temp_directory = {_literal(self._path.with_name(self._path.name + '.tmp'))}",
            f"set allowed_paths = [{reach}]",
            "set enable_external_access = false",
            "set lock_configuration = true",
        ):
            connection.execute(statement)
        return connection


def _literal(path: Path) -> str:
    # Neither a setting nor a name in `attach` can be bound.
    return "'" + str(path).replace("'", "''") + "'"
