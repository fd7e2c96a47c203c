"""What the SQLite formats share: sources of conversations inside one file, and what a damaged file means."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..document import Document
from ..importer import Found
from ..reading import Broken
from ..sqlite_file import SqliteFile, opened, tables_of

__all__ = ["Part", "SqliteImporter"]

Part: TypeAlias = Callable[[SqliteFile], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class SqliteImporter:
    """A format kept in a SQLite file."""

    name: str
    fits: Callable[[dict[str, frozenset[str]]], bool]
    """Whether tables with these columns are of this format."""
    parts: Sequence[Part]
    """Each reads the conversations of one generation of its schema; a file may hold several."""

    def recognises(self, document: Document) -> bool:
        return self.fits(tables_of(document))

    def read(self, document: Document) -> Iterator[Found]:
        if document.path is None:
            return
        number = 0
        try:
            with opened(document.path) as file:
                for part in self.parts:
                    for found in part(file):
                        number += 1
                        yield found
        except sqlite3.Error as error:
            yield Broken(number + 1, None, f"The database cannot be read after conversation {number}: {error}.")
