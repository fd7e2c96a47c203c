"""Deleted sessions: kept out of sight for a time, then really gone.

Their rows move to tables of their own, so that no other query can find them by mistake. When the time is over, rows
and bytes that nothing else uses are removed; the ledger's numbers stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from ..errors import NotFound
from ..records import Page
from . import cursor as page_cursor
from . import files
from .database import Database
from .ids import checked
from .removals import REMOVED, drop_links
from .revisions import NEXT, bump, note_deletion
from .rows import Connection, aware, now, run

__all__ = ["DeletedSession", "Trash", "remove"]

_TABLES = {"sessions": "id", "messages": "session_id", "sources": "session_id"}
_TRACES = ("imports", "imported_messages", *REMOVED)


@dataclass(frozen=True, slots=True)
class DeletedSession:
    """A session that can still be restored."""

    id: str
    owner_id: str
    title: str
    messages: int
    deleted_at: datetime
    purged_at: datetime
    """When it will be gone for good."""


class _Beyond(TypedDict, total=False):
    """Where the page before has ended."""

    at: datetime
    last: str


class Trash:
    """The deleted sessions of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, session_ids: Sequence[str], *, keep: timedelta) -> None:
        """Take sessions out of sight; those that do not exist are left out. Without time to keep they are purged."""
        ids = [checked(session_id, "session") for session_id in session_ids]
        at = now()
        with self._database.lease() as connection:
            if not keep:
                remove(connection, ids)
                return
            for table, key in _TABLES.items():
                extra = ", $at::timestamp as deleted_at, $end::timestamp as purged_at" if table == "sessions" else ""
                times = {"at": at, "end": at + keep} if extra else {}
                run(
                    connection,
                    f"""
                    insert into deleted_{table} by name
                    select *{extra} from {table} where {key} in (select unnest($ids::uuid[]))
                    """,
                    ids=ids,
                    **times,
                )
                run(connection, f"delete from {table} where {key} in (select unnest($ids::uuid[]))", ids=ids)
            note_deletion(connection, ids, purged=False)
            _purge_expired(connection)

    def list(self, *, owner_id: str) -> tuple[DeletedSession, ...]:
        """What this person can still restore, latest deletion first."""
        return self._read(owner_id)

    def page(self, *, owner_id: str, limit: int, cursor: str | None = None) -> Page:
        """A part of `list`.

        Raises
        ------
        InvalidInput
            When the cursor is none.
        """
        found = self._read(owner_id, limit=limit + 1, **_beyond(cursor))
        end = found[limit - 1] if len(found) > limit else None
        following = page_cursor.encode(end.deleted_at.isoformat(), end.id) if end is not None else None
        return Page(found[:limit], following)

    def _read(
        self, owner_id: str, *, limit: int | None = None, at: datetime | None = None, last: str | None = None
    ) -> tuple[DeletedSession, ...]:
        with self._database.lease() as connection:
            _purge_expired(connection)
            rows = run(
                connection,
                """
                select
                    s.id::varchar as id, s.owner_id::varchar as owner_id, s.title, s.deleted_at, s.purged_at,
                    (select count(*) from deleted_messages as m where m.session_id = s.id) as messages
                from deleted_sessions as s
                where
                    s.owner_id = $owner
                    and ($at is null or s.deleted_at < $at or (s.deleted_at = $at and s.id < $last::uuid))
                order by s.deleted_at desc, s.id desc
                limit $limit
                """,
                owner=checked(owner_id, "user"),
                at=at,
                last=last,
                limit=limit,
            )
        return tuple(
            DeletedSession(**{**row, "deleted_at": aware(row["deleted_at"]), "purged_at": aware(row["purged_at"])})
            for row in rows
        )

    def restore(self, session_ids: Sequence[str]) -> None:
        """Bring sessions back as they were.

        Raises
        ------
        NotFound
            When one of them is not among the deleted ones; none is restored then.
        """
        ids = [checked(session_id, "session") for session_id in session_ids]
        with self._database.lease() as connection:
            found = run(
                connection, "select id from deleted_sessions where id in (select unnest($ids::uuid[]))", ids=ids
            )
            if len(found) < len(set(ids)):
                raise NotFound("This session is not among the deleted ones.", "It may be gone for good.")
            # Whoever wrote an answer has been told that it was deleted.
            run(
                connection,
                """
                update deleted_messages set status = 'interrupted'
                where status = 'streaming' and session_id in (select unnest($ids::uuid[]))
                """,
                ids=ids,
            )
            for table, key in _TABLES.items():
                extra = " exclude (deleted_at, purged_at)" if table == "sessions" else ""
                chosen = f"from deleted_{table} where {key} in (select unnest($ids::uuid[]))"
                run(connection, f"insert into {table} by name select *{extra} {chosen}", ids=ids)
                run(connection, f"delete {chosen}", ids=ids)
            run(
                connection,
                f"update sessions set revision = {NEXT} where id in (select unnest($ids::uuid[]))",
                ids=ids,
            )
            bump(connection)

    def purge(self, session_ids: Sequence[str] = ()) -> None:
        """Remove these sessions, deleted or not, for good; without any, those whose time is over."""
        with self._database.lease() as connection:
            if session_ids:
                remove(connection, [checked(session_id, "session") for session_id in session_ids])
            else:
                _purge_expired(connection)


def remove(connection: Connection, session_ids: Sequence[str]) -> None:
    """Remove sessions for good: rows, here and in the trash, and bytes that nothing else uses; the ledger stays."""
    ids = list(session_ids)
    hashes = run(
        connection,
        """
        select sha256 from sources where session_id in (select unnest($ids::uuid[]))
        union select sha256 from deleted_sources where session_id in (select unnest($ids::uuid[]))
        union select sha256 from removed_sources where session_id in (select unnest($ids::uuid[]))
        """,
        ids=ids,
    )
    drop_links(connection, ids)
    for table, key in [*_TABLES.items(), *((trace, "session_id") for trace in _TRACES)]:
        for name in (table, f"deleted_{table}") if table in _TABLES else (table,):
            run(connection, f"delete from {name} where {key} in (select unnest($ids::uuid[]))", ids=ids)
    files.drop_unused(connection, [row["sha256"] for row in hashes])
    note_deletion(connection, ids, purged=True)


def _purge_expired(connection: Connection) -> None:
    rows = run(
        connection,
        "select id::varchar as id from deleted_sessions where purged_at <= $at",
        at=now(),
    )
    if rows:
        remove(connection, [row["id"] for row in rows])


def _beyond(cursor: str | None) -> _Beyond:
    if cursor is None:
        return {}
    at, last = page_cursor.decode(cursor, size=2)
    try:
        return {"at": datetime.fromisoformat(at), "last": checked(last, "session")}
    except (TypeError, ValueError, NotFound):
        raise page_cursor.unusable() from None
