"""Whether the rows of the history fit together, and what can be mended when they do not.

DuckDB watches over its pages; this watches over what no constraint does (see `migrations.py`). Each finding says how
many rows it concerns; those that can be mended say how, and mending changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import files, shelves, writer
from .database import Database
from .revisions import NEXT, bump
from .rows import Connection, run
from .shelves import Place

__all__ = ["Finding", "Integrity"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows that do not fit."""

    key: str
    what: str
    """Rows that do not fit, as a heading: "messages whose parent is lost"."""
    rows: int
    remedy: str
    """What mending does; empty when nobody can mend it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    what: str
    found: str
    """A select of the ids of the rows."""
    remedy: str = ""
    mend: str = ""


_PARENTLESS = """
    select m.id from messages as m
    where m.parent_id is not null and not exists (
        select 1 from messages as p where p.id = m.parent_id and p.session_id = m.session_id
    )
"""
_LOST_HEADS = """
    select s.id from sessions as s
    where (s.head_id is not null and not exists (
        select 1 from messages as m where m.id = s.head_id and m.session_id = s.id
    ))
"""
_NEWEST = "(select arg_max(m.id, (m.created_at, m.id)) from messages as m where m.session_id = sessions.id)"
_STRAY_SESSIONS = """
    select distinct session_id as id from messages
    where session_id not in (select id from sessions) and session_id not in (select id from deleted_sessions)
"""

_RULES: Mapping[str, _Rule] = {
    "strays": _Rule(
        "sessions whose row is lost while their messages are there",
        _STRAY_SESSIONS,
        "given back as sessions titled 'Recovered'",
        f"""
        insert into sessions by name
        select
            stray.id, (select id from users order by created_at limit 1) as owner_id, 'Recovered' as title,
            []::varchar[] as tags, false as pinned, false as archived, min(m.created_at) as created_at,
            max(m.created_at) as updated_at, arg_max(m.id, (m.created_at, m.id)) as head_id, {NEXT} as revision
        from ({_STRAY_SESSIONS}) as stray join messages as m on m.session_id = stray.id
        group by stray.id
        """,
    ),
    "parents": _Rule(
        "messages whose parent is lost",
        _PARENTLESS,
        "made the first message of a path of its own, as which they are shown already",
        f"update messages set parent_id = null where id in ({_PARENTLESS})",
    ),
    "heads": _Rule(
        "sessions whose visible path ends in a message that is lost",
        _LOST_HEADS,
        "ended in their newest message",
        f"update sessions set head_id = {_NEWEST}, revision = {NEXT} where id in ({_LOST_HEADS})",
    ),
    "sources": _Rule(
        "attachments of messages that are lost",
        """
        select id from sources where message_id not in (select id from messages)
            and message_id not in (select id from deleted_messages)
        """,
        "removed",
        """
        delete from sources where message_id not in (select id from messages)
            and message_id not in (select id from deleted_messages)
        """,
    ),
    "bytes": _Rule(
        "attachments whose stored file is lost",
        "select id from sources where sha256 not in (select sha256 from files)",
    ),
    "owners": _Rule(
        "sessions of people who are not in the database",
        "select id from sessions where owner_id not in (select id from users)",
    ),
    "words": _Rule(
        "messages with a role or a status that there is not",
        """
        select id from messages where role not in ('user', 'assistant', 'system')
            or status not in ('streaming', 'complete', 'stopped', 'failed', 'interrupted')
        """,
    ),
    "ledger": _Rule(
        "rows of the ledger with numbers that cannot be",
        """
        select id from usage where input_tokens < 0 or output_tokens < 0 or cost_usd < 0 or duration_ms < 0
            or method not in ('measured', 'estimated', 'unknown')
        """,
    ),
}
_UNUSED = """
    select sha256 from files
    where sha256 not in (
        select sha256 from sources union all select sha256 from deleted_sources
        union all select sha256 from removed_sources
    )
        and created_at < current_timestamp::timestamp - interval 1 day
"""
_KEYS = {"sessions": "id", "messages": "id", "sources": "id", "usage": "id", "files": "sha256", "users": "id"}


class Integrity:
    """The checks of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def findings(self) -> list[Finding]:
        """What does not fit; empty for a sound history. The bytes of files are looked at by `wrong_files`."""
        with self._database.lease() as connection:
            writer.settle(connection)
            return list(_findings(connection))

    def mend(self) -> list[Finding]:
        """Mend what can be mended, in one transaction; returns what was."""
        with self._database.lease() as connection:
            # Duplicates first: the other rules go by ids.
            mended = [_deduplicated(connection, table) for table in _KEYS]
            circles = _in_circles(connection)
            run(
                connection,
                "update messages set parent_id = null where id in (select unnest($ids::uuid[]))",
                ids=circles,
            )
            if circles:
                mended.append(_circles(len(circles)))
            for key, rule in _RULES.items():
                rows = _count(connection, rule)
                if rows and rule.mend:
                    connection.execute(rule.mend)
                    mended.append(Finding(key, rule.what, rows, rule.remedy))
            unused = _unused(connection)
            files.drop_unused(connection, unused)
            mended.append(_unneeded(len(unused)))
            mended.append(_strays(shelves.strays(connection, remove=True)))
            bump(connection)
        return [finding for finding in mended if finding.rows]

    def files(self) -> list[str]:
        """The keys of the stored files."""
        with self._database.lease() as connection:
            return [row["sha256"] for row in run(connection, "select sha256 from files order by sha256")]

    def is_right(self, sha256: str) -> bool:
        """Whether the bytes of a file are those of its key; one at a time, so that nobody waits long."""
        with self._database.lease() as connection:
            rows = run(
                connection,
                "select size_bytes, first_shelf, last_shelf from files where sha256 = $sha256",
                sha256=sha256,
            )
            found = [
                (row["size_bytes"], shelves.data_of(connection, sha256, Place(row["first_shelf"], row["last_shelf"])))
                for row in rows
            ]
        return all(data is not None and len(data) == size and files.sha256_of(data) == sha256 for size, data in found)


def _findings(connection: Connection) -> Iterator[Finding]:
    for table, key in _KEYS.items():
        agreeing, differing = _twice(connection, table, key)
        if agreeing:
            yield _twins(table, agreeing)
        if differing:
            yield Finding(f"differing {table}", f"rows of {table} that differ and have the same id", differing, "")
    circles = len(_in_circles(connection))
    if circles:
        yield _circles(circles)
    for key, rule in _RULES.items():
        rows = _count(connection, rule)
        if rows:
            yield Finding(key, rule.what, rows, rule.remedy)
    for finding in (_unneeded(len(_unused(connection))), _strays(shelves.strays(connection))):
        if finding.rows:
            yield finding


def _unused(connection: Connection) -> list[str]:
    return [row["sha256"] for row in run(connection, _UNUSED)]


def _unneeded(rows: int) -> Finding:
    return Finding("unused", "stored files that nothing refers to", rows, "removed")


def _strays(rows: int) -> Finding:
    return Finding("stray bytes", "stored files of which only the bytes are left", rows, "removed")


def _circles(rows: int) -> Finding:
    return Finding(
        "circles", "messages that follow themselves through a circle", rows, "made the first message of a path"
    )


def _count(connection: Connection, rule: _Rule) -> int:
    return int(run(connection, f"select count(*) as rows from ({rule.found})")[0]["rows"])


def _twice(connection: Connection, table: str, key: str) -> tuple[int, int]:
    """How many rows too many have the same id and agree in everything, and how many differ."""
    query = f"select count(*) - count(distinct {key}) as extra from {table}"
    extra = int(run(connection, query)[0]["extra"])
    if not extra:
        return 0, 0
    twice = f"{key} in (select {key} from {table} group by {key} having count(*) > 1)"
    query = f"select count(*) - (select count(*) from (select distinct * from {table} where {twice})) as agreeing "
    agreeing = int(run(connection, f"{query} from {table} where {twice}")[0]["agreeing"])
    return agreeing, extra - agreeing


def _deduplicated(connection: Connection, table: str) -> Finding:
    """Keep one of each set of rows that agree in everything; rows that differ stay, for a person to look at."""
    key = _KEYS[table]
    agreeing, _ = _twice(connection, table, key)
    if agreeing:
        twice = f"{key} in (select {key} from {table} group by {key} having count(*) > 1)"
        connection.execute(f"create or replace temp table kept as select distinct * from {table} where {twice}")
        connection.execute(f"delete from {table} where {twice}")
        connection.execute(f"insert into {table} from kept")
        connection.execute("drop table kept")
    return _twins(table, agreeing)


def _twins(table: str, rows: int) -> Finding:
    return Finding(f"twice {table}", f"rows of {table} whose id is there twice", rows, "kept once, as they agree")


def _in_circles(connection: Connection) -> list[str]:
    """The oldest message of each circle."""
    rows = run(
        connection,
        "select id::varchar as id, parent_id::varchar as parent from messages where parent_id is not null order by id",
    )
    parents = {row["id"]: row["parent"] for row in rows}
    settled: set[str] = set()
    found: list[str] = []
    for start in parents:
        path: dict[str, None] = {}
        step: str | None = start
        while step is not None and step in parents and step not in settled and step not in path:
            path[step] = None
            step = parents[step]
        if step in path:
            ids = list(path)
            found.append(min(ids[ids.index(step) :]))
        settled.update(path)
    return found
