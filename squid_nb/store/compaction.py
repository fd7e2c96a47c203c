"""The database file written anew, without what was deleted from it.

DuckDB frees the blocks of deleted rows for later use but does not clear them, and never makes the file smaller. Only a
new file with what is there now is certain to hold nothing else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreDamaged
from .database import Database
from .dump import Dump, build, schema_version
from .files import sha256_of
from .rows import one

__all__ = ["Compacted", "compact", "free_bytes"]

_BATCH_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Compacted:
    """How large the file was, and is."""

    before: int
    after: int


def free_bytes(database: Database) -> int:
    """How much of the file is free, and may still hold what was deleted."""
    with database.lease() as connection:
        size = one(
            connection, "select free_blocks * block_size as free from pragma_database_size() where free_blocks > 0"
        )
    return int(size["free"]) if size else 0


def compact(database: Database) -> Compacted:
    """Write the file anew, compare it with what was there, and put it in its place; others wait meanwhile.

    Whatever ends it before, the file is as it was.

    Raises
    ------
    StoreDamaged
        When a table does not come out as it went in.
    OSError
        When the disk is full.
    """
    with database.lease():
        pass  # brings an older file to the newest schema
    with (
        database.set_aside() as path,
        # Beside the file, so that it can be renamed.
        tempfile.TemporaryDirectory(prefix=f".{path.name}.", suffix=".part", dir=path.parent) as directory,
    ):
        place = Path(directory)
        made = place / path.name
        build(made, version=schema_version())
        with Dump.open(path) as old, Dump.open(made) as new:
            for table in old.tables():
                if table != "files":
                    _move_table(old, new, table, place)
            _move_files(old, new, place)
        sizes = Compacted(path.stat().st_size, made.stat().st_size)
        shutil.copymode(path, made)
        _write_through(made)
        made.replace(path)
    return sizes


def _move_table(old: Dump, new: Dump, table: str, place: Path) -> None:
    parquet = place / f"{table}.parquet"
    old.write(table, parquet)
    new.read(table, parquet)
    parquet.unlink()
    _compare(old, new, table)


def _move_files(old: Dump, new: Dump, place: Path) -> None:
    parquet = place / "files.parquet"
    old.write("files", parquet)
    rows = new.read_files(parquet)
    waiting = 0
    new.execute("begin transaction")
    for row in rows:
        data, text = old.file(row["sha256"])
        new.add_file(row, data=data, text=text)
        if sha256_of(new.file(row["sha256"])[0]) != sha256_of(data):
            raise _differs("files")
        waiting += len(data)
        if waiting > _BATCH_BYTES:
            new.execute("commit; checkpoint; begin transaction")
            waiting = 0
    new.execute("commit")
    parquet.unlink()
    _compare(old, new, "files")


def _compare(old: Dump, new: Dump, table: str) -> None:
    if old.sums(table) != new.sums(table):
        raise _differs(table)


def _differs(table: str) -> StoreDamaged:
    return StoreDamaged(
        f"The table {table} did not come out of the file as it is in it, so the file was left as it was.",
        "Check the disk, or restore a backup.",
    )


def _write_through(path: Path) -> None:
    """What is renamed must be on the disk before its name is."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
