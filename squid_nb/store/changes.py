"""What has changed since a revision, and the rows a search index is made of. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..records import Role
from . import shelves
from .database import Database
from .ids import checked
from .rows import Connection, Row, aware, one, run

__all__ = ["Changes", "Delta", "Entry", "Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of a history: which one it is, how often it changed, and how many messages it has."""

    history: str
    number: int
    messages: int


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed between a revision and `mark`."""

    mark: Mark
    deleted: tuple[str, ...]
    """Sessions that were deleted; some may have been restored since."""
    sessions: tuple[str, ...]
    """Sessions that are new, or whose title, tags or archiving changed."""
    messages: tuple[str, ...]
    """Messages that are new or changed, those of `sessions` included."""
    purged: bool
    """Whether something is gone for good, so that no trace of its words should stay anywhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found: a message, a title, or the text of a file."""

    kind: str
    """`message`, `title` or `file`."""
    owner_id: str
    session_id: str
    message_id: str | None
    role: Role | None
    model: str | None
    tags: tuple[str, ...]
    archived: bool
    created_at: datetime
    title: str
    text: str
    name: str = ""
    """Of a file, what the person called it."""
    failed: bool = False
    attached: bool = False
    """Whether the message was given sources."""


class Changes:
    """The history, as a search index reads it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, number: int) -> Delta:
        """What changed after this revision, in one look."""
        with self._database.lease() as connection:
            mark = self._mark(connection)
            if mark.number == number:
                return Delta(mark, (), (), (), purged=False)
            deleted = run(
                connection,
                "select session_id::varchar as id, purged from deletions where revision > $number",
                number=number,
            )
            sessions = run(connection, "select id::varchar as id from sessions where revision > $number", number=number)
            messages = run(
                connection,
                """
                select id::varchar as id from messages
                where revision > $number or session_id in (select id from sessions where revision > $number)
                order by messages.id
                """,
                number=number,
            )
        return Delta(
            mark,
            tuple(row["id"] for row in deleted),
            tuple(row["id"] for row in sessions),
            tuple(row["id"] for row in messages),
            purged=any(row["purged"] for row in deleted),
        )

    def everything(self) -> Delta:
        """All there is, as if nothing had been seen before."""
        with self._database.lease() as connection:
            mark = self._mark(connection)
            sessions = run(connection, "select id::varchar as id from sessions order by sessions.id")
            messages = run(connection, "select id::varchar as id from messages order by messages.id")
        return Delta(mark, (), tuple(row["id"] for row in sessions), tuple(row["id"] for row in messages), purged=False)

    def messages(self, ids: Sequence[str]) -> list[Entry]:
        """These messages and the files attached to them; what is gone meanwhile is left out."""
        if not ids:
            return []
        with self._database.lease() as connection:
            rows = run(
                connection,
                """
                select
                    m.id::varchar as message_id, s.id::varchar as session_id, s.owner_id::varchar as owner_id,
                    m.role, coalesce(m.model, s.model) as model, s.tags, s.archived, m.created_at, s.title,
                    m.content as text, m.status = 'failed' as failed
                from messages as m join sessions as s on s.id = m.session_id
                where m.id in (select unnest($ids::uuid[]))
                """,
                ids=list(ids),
            )
            files = _files(connection, ids)
        entries = []
        for row in rows:
            attached = files.get(row["message_id"], [])
            entries.append(_entry(row, kind="message", attached=bool(attached)))
            entries += [
                _entry(row, kind="file", text=file["text"], name=file["name"], attached=True)
                for file in attached
                if file["text"] is not None
            ]
        return entries

    def titles(self, ids: Sequence[str]) -> list[Entry]:
        """The titles of these sessions; what is gone meanwhile is left out."""
        if not ids:
            return []
        with self._database.lease() as connection:
            rows = run(
                connection,
                """
                select
                    null as message_id, id::varchar as session_id, owner_id::varchar as owner_id, null as role, model,
                    tags, archived, created_at, title, title as text, false as failed
                from sessions where id in (select unnest($ids::uuid[]))
                """,
                ids=list(ids),
            )
        return [_entry(row, kind="title") for row in rows]

    def visible(self, *, owner_id: str, session_ids: Sequence[str], message_ids: Sequence[str]) -> set[str]:
        """Those of these sessions and messages that are there and may be seen by this person."""
        with self._database.lease() as connection:
            rows = run(
                connection,
                """
                with own as (
                    select id from sessions where owner_id = $owner and id in (select unnest($sessions::uuid[]))
                )
                select id::varchar as id from own
                union all
                select id::varchar as id from messages
                where id in (select unnest($messages::uuid[])) and session_id in (select id from own)
                """,
                owner=checked(owner_id, "user"),
                sessions=list(session_ids),
                messages=list(message_ids),
            )
        return {row["id"] for row in rows}

    def _mark(self, connection: Connection) -> Mark:
        # What changes from here on must be told from what has been seen.
        self._database.numbers.seal()
        # Two small statements: one with a subquery takes DuckDB three times as long.
        rows = run(connection, "select history::varchar as history, number from revision")
        count = one(connection, "select count(*) as messages from messages")
        history = " ".join(sorted(row["history"] for row in rows))
        return Mark(history, max(row["number"] for row in rows), count["messages"] if count else 0)


def _files(connection: Connection, message_ids: Sequence[str]) -> dict[str, list[Row]]:
    rows = run(
        connection,
        """
        select o.message_id::varchar as message_id, o.name, o.sha256 from sources as o
        where o.message_id in (select unnest($ids::uuid[]))
        order by o.id
        """,
        ids=list(message_ids),
    )
    texts = shelves.texts_of(connection, {row["sha256"] for row in rows}) if rows else {}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["message_id"]].append({**row, "text": texts.get(row["sha256"])})
    return found


def _entry(row: Row, **more: object) -> Entry:
    times = {"created_at": aware(row["created_at"]), "tags": tuple(row["tags"])}
    return Entry(**{**row, **times, **more})
