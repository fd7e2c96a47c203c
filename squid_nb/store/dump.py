"""The whole database outside of itself: a copy of its file, its tables as Parquet, and a database made of such tables.

A dump is made from a copy, so that the file is only held for as long as copying takes. The bytes and texts of stored
files are not in the tables: DuckDB reads such columns two thousand rows at a time, which would take as much memory as
they are long.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..errors import StoreDamaged, StoreNewer
from . import migrations, opening, shelves
from .database import INTERRUPTED, Database
from .rows import Connection, Row, one, run

__all__ = ["BLOBS", "CHOSEN", "Dump", "Sums", "build", "copy_of", "schema_version"]

BLOBS: Mapping[str, tuple[str, ...]] = {"files": ("text", "data", *shelves.PLACE)}
"""Columns that are not in the Parquet files: values that are carried one at a time, and where they lie."""

_CHOSEN = "session_id in (select id from chosen)"
CHOSEN: Mapping[str, str] = {
    "sessions": "id in (select id from chosen)",
    "messages": _CHOSEN,
    "sources": _CHOSEN,
    "files": "sha256 in (select sha256 from sources where session_id in (select id from chosen))",
    "usage": _CHOSEN,
}
"""The tables of chosen sessions, each with what its rows have in common; see `Dump.choose`."""

_APART = re.compile(r"migrations|shelves|shelf_\d+")
"""Tables that tell where things are in this one file."""
_ROWS_A_GROUP = 20_480
_SETTINGS: dict[str, str] = {
    "storage_compatibility_version": "v1.5.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # One thread keeps the order of the rows, by which ids are found.
    "threads": "1",
    "memory_limit": "1GB",
}
_FILE_TROUBLE = (
    duckdb.OutOfMemoryException,
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
)
_MISFIT = (
    duckdb.BinderException,
    duckdb.ConstraintException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a table holds: how many rows, and a sum of their hashes that does not depend on their order."""

    rows: int
    checksum: int


def schema_version() -> int:
    """The schema that this squid_nb writes."""
    return len(migrations.MIGRATIONS)


def copy_of(database: Database, target: Path) -> None:
    """Copy the database file as it is between two transactions; others wait meanwhile."""
    with database.lease():
        pass  # makes a file that is not there, and brings an older one to the newest schema
    with database.set_aside() as path:
        shutil.copyfile(path, target)


def build(path: Path, *, version: int) -> None:
    """Make an empty database of an older schema, or of the present one.

    Raises
    ------
    StoreNewer
        When this squid_nb does not know the schema.
    """
    if version > schema_version():
        raise StoreNewer(
            f"The backup has schema {version}, newer than the {schema_version()} this squid_nb knows.",
            "Upgrade with `pip install -U squid-nb`, then restore it.",
        )
    steps = migrations.MIGRATIONS[:version]
    migrations.prepared(path, connect=lambda: opening.connect(path), migrations=steps).close()


class Dump:
    """A database file that nobody else uses, opened to take everything out of it or to put everything in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Dump]:
        """Open a copy.

        Raises
        ------
        StoreError
            When it cannot be read to its end.
        OSError
            When the disk is full; for those who know what was to be written there.
        """
        connection: Connection | None = None
        try:
            # DuckDB's config parameter is typed for values of several types.
            connection = duckdb.connect(str(path), config=dict(_SETTINGS))
            connection.execute(opening.QUIET)
            yield cls(connection)
        except _FILE_TROUBLE as error:
            if os.strerror(errno.ENOSPC) in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise opening.explain(error, path) from error
        except RuntimeError as error:
            if str(error) == INTERRUPTED:
                raise KeyboardInterrupt from None
            raise
        finally:
            if connection is not None:
                connection.close()

    def tables(self) -> list[str]:
        """The names of the tables that hold the history."""
        return [name for name in self._all_tables() if not _APART.fullmatch(name)]

    def _all_tables(self) -> list[str]:
        rows = run(self._connection, "select table_name from duckdb_tables() where not temporary order by table_name")
        return [row["table_name"] for row in rows]

    def columns(self, table: str) -> dict[str, str]:
        """Names and types of the columns that go into Parquet."""
        rows = run(
            self._connection,
            "select column_name, data_type from duckdb_columns() where table_name = $table order by column_index",
            table=table,
        )
        left_out = BLOBS.get(table, ())
        return {row["column_name"]: row["data_type"] for row in rows if row["column_name"] not in left_out}

    def choose(self, session_ids: Sequence[str]) -> None:
        """Choose these sessions."""
        statement = "create or replace temp table chosen as select unnest($ids::uuid[]) as id"
        run(self._connection, statement, ids=list(session_ids))

    def write(
        self,
        table: str,
        target: Path,
        *,
        chosen: bool = False,
        plain: bool = False,
        leave_out: Collection[str] = (),
    ) -> None:
        """Copy a table to a Parquet file: all of it, or what belongs to the chosen sessions.

        `plain` gives ids as text, as everywhere outside.
        """
        where = CHOSEN[table] if chosen else "true"
        columns = ", ".join(
            f'"{name}"::varchar as "{name}"' if plain and kind == "UUID" else f'"{name}"'
            for name, kind in self.columns(table).items()
            if name not in leave_out
        )
        options = f"format parquet, compression zstd, row_group_size {_ROWS_A_GROUP}"
        self._connection.execute(
            f"copy (select {columns} from {table} where {where}) to {_literal(target)} ({options})"
        )

    def read(self, table: str, source: Path) -> None:
        """Make the rows of a Parquet file the rows of a table.

        Raises
        ------
        StoreDamaged
            When they are not rows of this table.
        """
        columns = ", ".join(f'"{name}"' for name in self.columns(table))
        try:
            self._connection.execute(f"delete from {table}")
            self._connection.execute(f"insert into {table} by name select {columns} from {_parquet(source)}")
        except _MISFIT as error:
            raise StoreDamaged(f"The table {table} of the backup does not fit its schema: {_reason(error)}.") from error

    def sums(self, table: str, *, parquet: Path | None = None) -> Sums:
        """Count and checksum of a table, or of the Parquet file that should hold the same."""
        columns = ", ".join(f'"{name}"::{kind}' for name, kind in self.columns(table).items())
        source = _parquet(parquet) if parquet else table
        query = f"select count(*) as rows, coalesce(sum(hash({columns})::hugeint), 0) as checksum from {source}"
        try:
            row = one(self._connection, query)
        except _MISFIT as error:
            raise StoreDamaged(f"The table {table} of the backup does not fit its schema: {_reason(error)}.") from error
        assert row is not None, "an aggregate has a row"
        return Sums(int(row["rows"]), int(row["checksum"]))

    def count(self, parquet: Path) -> int:
        """How many rows a Parquet file has."""
        row = one(self._connection, f"select count(*) as rows from {_parquet(parquet)}")
        return int(row["rows"]) if row else 0

    def files(self, *, chosen: bool = False) -> list[Row]:
        """The stored files, or those of the chosen sessions, without their bytes and texts."""
        where = CHOSEN["files"] if chosen else "true"
        columns = ", ".join(self.columns("files"))
        return run(self._connection, f"select {columns} from files where {where} order by sha256")

    def file(self, sha256: str) -> tuple[bytes, str | None]:
        """The bytes of a file, and its text."""
        row = one(self._connection, "select first_shelf, last_shelf from files where sha256 = $sha256", sha256=sha256)
        assert row is not None, "hashes come from the same copy"
        data = shelves.data_of(self._connection, sha256, shelves.Place(row["first_shelf"], row["last_shelf"]))
        return data or b"", shelves.texts_of(self._connection, [sha256]).get(sha256)

    def read_files(self, source: Path) -> list[Row]:
        """The rows of a Parquet file that `files` was written to, and empty the table for them."""
        columns = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind in self.columns("files").items())
        try:
            self._connection.execute("delete from files")
            return run(self._connection, f"select {columns} from {_parquet(source)}")
        except _MISFIT as error:
            raise StoreDamaged(f"The table files of the backup does not fit its schema: {_reason(error)}.") from error

    def add_file(self, row: Mapping[str, Any], *, data: bytes, text: str | None) -> None:
        """Store one file."""
        if "shelves" in self._all_tables():
            place = shelves.put(self._connection, row["sha256"], data, text)
            cells = {**row, **dict(zip(shelves.PLACE, place, strict=True))}
        else:
            cells = {**row, "data": data, "text": text}
        names = ", ".join(f"${name} as {name}" for name in cells)
        run(self._connection, f"insert into files by name select {names}", **cells)

    def renew(self) -> None:
        """Make this history another one than the one it was copied from, whose later changes it does not have."""
        if "revision" in self.tables():
            self._connection.execute("update revision set history = uuid()")

    def execute(self, statement: str) -> None:
        """Run a statement of ours."""
        self._connection.execute(statement)


def _parquet(path: Path) -> str:
    # In names to read, brackets, stars and question marks are patterns.
    escaped = Path(str(path).replace("[", "[[]").replace("*", "[*]").replace("?", "[?]"))
    return f"read_parquet({_literal(escaped)})"


def _literal(path: Path) -> str:
    # A file name in a statement cannot be bound.
    return "'" + str(path).replace("'", "''") + "'"


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
