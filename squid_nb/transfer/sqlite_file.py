"""A SQLite file of another program, opened so that it can neither be changed nor do harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import Document

__all__ = ["MAGIC", "SqliteFile", "opened", "tables_of"]

MAGIC = b"SQLite format 3\0"
_VALUE_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """An open file and the columns of its tables."""

    connection: sqlite3.Connection
    columns: dict[str, frozenset[str]]

    def rows(self, query: str, *parameters: Any) -> Iterator[sqlite3.Row]:
        """The rows of a query, one at a time."""
        with closing(self.connection.execute(query, parameters)) as cursor:
            yield from cursor

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with these columns."""
        return set(columns) <= self.columns.get(table, frozenset()) and table in self.columns

    def first_of(self, table: str, *columns: str, default: str = "null") -> str:
        """The first of these columns that the table has: schemas change their names."""
        return next((column for column in columns if column in self.columns.get(table, ())), default)


@contextmanager
def opened(path: Path) -> Iterator[SqliteFile]:
    """Open read-only; views and triggers in the file cannot run functions, and no value is larger than 64 MB."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        # Damaged text is shown as such instead of ending the import.
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_LIMIT)
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma cache_size = -65536")
        tables = [row["name"] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        yield SqliteFile(connection, {name: _columns(connection, name) for name in tables})


def tables_of(document: Document) -> dict[str, frozenset[str]]:
    """The columns of each table, or nothing when the document is no SQLite file that can be read."""
    if document.path is None or not document.head.startswith(MAGIC):
        return {}
    try:
        with opened(document.path) as file:
            return file.columns
    except sqlite3.Error:
        return {}


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(row["name"] for row in connection.execute("select name from pragma_table_info(?)", (table,)))
