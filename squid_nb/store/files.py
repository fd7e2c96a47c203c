"""Bytes, stored once for each SHA-256: what is known of them. They lie in `shelves.py`, names are in `sources.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..errors import NotFound
from ..records import File, NewSource
from . import shelves
from .database import Database
from .ids import checked
from .rows import Connection, aware, now, one, run

__all__ = ["Files", "drop_unused", "has", "insert", "sha256_of", "write"]


class Files:
    """The files of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, sha256: str, *, data: bool = False, owner_id: str | None = None) -> File:
        """The file with this hash; with its bytes when asked for.

        With `owner_id`, only when a session of this person was given it.

        Raises
        ------
        NotFound
        """
        with self._database.lease() as connection:
            row = one(
                connection,
                """
                select sha256, size_bytes, mime_type, created_at, first_shelf, last_shelf from files
                where sha256 = $sha256 and ($owner is null or exists (
                    select 1 from sources as o join sessions as s on s.id = o.session_id
                    where o.sha256 = files.sha256 and s.owner_id = $owner::uuid
                ))
                """,
                sha256=sha256,
                owner=checked(owner_id, "user") if owner_id is not None else None,
            )
            if row is None:
                raise NotFound(f"There is no file {sha256!r}.")
            place = shelves.Place(row.pop("first_shelf"), row.pop("last_shelf"))
            row["text"] = shelves.texts_of(connection, [sha256]).get(sha256)
            row["data"] = shelves.data_of(connection, sha256, place) if data else None
        return File(**{**row, "created_at": aware(row["created_at"])})

    def put(self, source: NewSource) -> File:
        """Store bytes that no message uses yet; the same bytes are stored once."""
        with self._database.lease() as connection:
            return self.get(insert(connection, source))

    def keep(self, file: File) -> None:
        """Store a file whose hash and size are known to be right, unless it is there."""
        with self._database.lease() as connection:
            if not has(connection, file.sha256):
                write(connection, file)


def sha256_of(data: bytes) -> str:
    """The key of these bytes: lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def insert(connection: Connection, source: NewSource) -> str:
    """Store the bytes unless they are there, and return their hash."""
    sha256 = sha256_of(source.data)
    if not has(connection, sha256):
        size = len(source.data)
        write(connection, File(sha256, size, source.mime_type, now(), text=source.text, data=source.data))
    return sha256


def has(connection: Connection, sha256: str) -> bool:
    """Whether the bytes with this hash are stored."""
    return one(connection, "select 1 as found from files where sha256 = $sha256", sha256=sha256) is not None


def write(connection: Connection, file: File) -> None:
    """Store a file whose hash and size are known to be right and that is not there."""
    place = shelves.put(connection, file.sha256, file.data or b"", file.text)
    run(
        connection,
        "insert into files values ($sha256, $size, $mime, $at, $first, $last)",
        sha256=file.sha256,
        size=file.size_bytes,
        mime=file.mime_type,
        at=file.created_at,
        first=place.first,
        last=place.last,
    )


def drop_unused(connection: Connection, hashes: Sequence[str]) -> None:
    """Remove those of these files that no source refers to any more."""
    if not hashes:
        return
    rows = run(
        connection,
        """
        select sha256 from files
        where sha256 in (select unnest($hashes::varchar[]))
            and sha256 not in (
                select sha256 from sources union all select sha256 from deleted_sources
                union all select sha256 from removed_sources
            )
        """,
        hashes=list(hashes),
    )
    unused = [row["sha256"] for row in rows]
    shelves.drop(connection, unused)
    run(connection, "delete from files where sha256 in (select unnest($unused::varchar[]))", unused=unused)
