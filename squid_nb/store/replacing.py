"""Another file in place of the database: what is there is kept, and nobody sees the moment in between."""

from __future__ import annotations

from pathlib import Path

from .database import Database
from .rows import one

__all__ = ["holds_something", "put_in_place"]

_LOG = ".wal"


def holds_something(database: Database) -> bool:
    """Whether replacing the file would lose anything: a session, deleted or not, or a row of the ledger.

    Raises
    ------
    StoreDamaged
        When that cannot be said, because the file cannot be read.
    """
    if not database.path.exists():
        return False
    with database.lease() as connection:
        row = one(
            connection,
            """
            select
                exists (from sessions) or exists (from messages) or exists (from usage)
                or exists (from deleted_sessions) as found
            """,
        )
    return bool(row and row["found"])


def put_in_place(database: Database, made: Path, *, stamp: str) -> Path | None:
    """Put a finished database file, which is on the same disk, in place; returns where the replaced one is kept."""
    with database.set_aside(free=False) as path:
        kept = _free_name(path, stamp) if path.exists() else None
        moved: list[tuple[Path, Path]] = []
        try:
            if kept is not None:
                for end in (_LOG, ""):
                    was, now = path.with_name(path.name + end), kept.with_name(kept.name + end)
                    if was.exists():
                        was.rename(now)
                        moved.append((was, now))
            made.rename(path)
        except BaseException:
            for was, now in reversed(moved):
                now.rename(was)
            raise
    return kept


def _free_name(path: Path, stamp: str) -> Path:
    kept = path.with_name(f"{path.stem}.replaced-{stamp}{path.suffix}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.stem}.replaced-{stamp}-{number}{path.suffix}")
    return kept
