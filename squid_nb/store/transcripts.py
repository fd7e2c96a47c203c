"""Whole conversations, many at a time: what an export reads. They come in again through `readmission.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..records import File, Message, Session, Source, Usage
from . import messages, sources, writer
from .database import Database
from .ids import checked
from .rows import Connection, Row, aware, run
from .session_pages import COUNTED, session_of

__all__ = ["Transcript", "Transcripts"]

_BATCH_BYTES = 4_000_000
_BATCH_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class Transcript:
    """A session with everything that belongs to it."""

    session: Session
    messages: tuple[Message, ...]
    """All of the tree, oldest first, with sources (without text) and usage."""
    files: tuple[File, ...]
    """What the sources refer to, without bytes and text."""
    ledger: tuple[Usage, ...]
    people: dict[str, str] = field(default_factory=dict)
    """Names of the owner and of those in the ledger, by id."""


class Transcripts:
    """The conversations of this database, whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, session_ids: Sequence[str]) -> Iterator[Transcript]:
        """These sessions in this order, each as it is at one moment; those that are gone are left out.

        They are read a few megabytes at a time, so that others are never kept waiting and memory stays small.
        """
        for batch in self._batches([checked(session_id, "session") for session_id in session_ids]):
            with self._database.lease() as connection:
                writer.settle(connection)
                found = _read(connection, batch)
            yield from found

    def _batches(self, ids: list[str]) -> Iterator[list[str]]:
        with self._database.lease() as connection:
            rows = run(
                connection,
                """
                select session_id::varchar as id, sum(strlen(content) + strlen(reasoning))::bigint as size
                from messages where session_id in (select unnest($ids::uuid[])) group by session_id
                """,
                ids=ids,
            )
        sizes = {row["id"]: int(row["size"]) for row in rows}
        batch: list[str] = []
        size = 0
        for session_id in ids:
            if batch and (size + sizes.get(session_id, 0) > _BATCH_BYTES or len(batch) == _BATCH_SESSIONS):
                yield batch
                batch, size = [], 0
            batch.append(session_id)
            size += sizes.get(session_id, 0)
        if batch:
            yield batch


def _read(connection: Connection, ids: list[str]) -> list[Transcript]:
    chosen = f"with chosen as (select * from sessions where id in (select unnest($ids::uuid[]))) {COUNTED}"
    sessions = {row["id"]: session_of(row) for row in run(connection, chosen, ids=ids)}
    given = _sources(connection, ids)
    ledger = _ledger(connection, ids)
    told = _messages(connection, ids, given, ledger)
    hashes = {source.sha256 for found in given.values() for source in found}
    files = _files(connection, list(hashes))
    people = _people(connection, sessions, ledger)
    return [
        Transcript(
            session=sessions[session_id],
            messages=tuple(told[session_id]),
            files=tuple(
                files[sha256]
                for sha256 in dict.fromkeys(source.sha256 for message in told[session_id] for source in message.sources)
                if sha256 in files
            ),
            ledger=tuple(ledger[session_id]),
            people=people,
        )
        for session_id in ids
        if session_id in sessions
    ]


def _messages(
    connection: Connection, ids: list[str], given: dict[str, list[Source]], ledger: dict[str, list[Usage]]
) -> dict[str, list[Message]]:
    rows = run(
        connection,
        f"""
        select {messages.COLUMNS} from messages where session_id in (select unnest($ids::uuid[]))
        order by created_at, messages.id
        """,
        ids=ids,
    )
    siblings = Counter((row["session_id"], row["parent_id"]) for row in rows)
    # Of several calls about a message the first one wrote it.
    spent = {usage.message_id: usage for found in ledger.values() for usage in reversed(found)}
    told: dict[str, list[Message]] = defaultdict(list)
    for row in rows:
        count = siblings[row["session_id"], row["parent_id"]]
        message = messages.message_of({**row, "siblings": count})
        message = replace(message, sources=tuple(given.get(message.id, ())), usage=spent.get(message.id))
        told[message.session_id].append(message)
    return told


def _sources(connection: Connection, ids: list[str]) -> dict[str, list[Source]]:
    rows = run(
        connection,
        """
        select
            o.id::varchar as id, o.session_id::varchar as session_id, o.message_id::varchar as message_id,
            o.kind, o.name, o.detail, o.sha256, o.created_at,
            coalesce(f.mime_type, '') as mime_type, coalesce(f.size_bytes, 0) as size_bytes
        from sources as o left join files as f on f.sha256 = o.sha256
        where o.session_id in (select unnest($ids::uuid[]))
        order by o.id
        """,
        ids=ids,
    )
    found: dict[str, list[Source]] = defaultdict(list)
    for row in rows:
        found[row["message_id"]].append(sources.source_of(row))
    return found


def _ledger(connection: Connection, ids: list[str]) -> dict[str, list[Usage]]:
    rows = run(
        connection,
        """
        select
            id::varchar as id, session_id::varchar as session_id, message_id::varchar as message_id,
            user_id::varchar as user_id, provider, model, host, door, input_tokens, output_tokens, reasoning_tokens,
            cached_tokens, cost_usd, method, first_token_ms, duration_ms, created_at
        from usage where session_id in (select unnest($ids::uuid[]))
        order by usage.id
        """,
        ids=ids,
    )
    found: dict[str, list[Usage]] = defaultdict(list)
    for row in rows:
        found[row["session_id"]].append(Usage(**{**row, "created_at": aware(row["created_at"])}))
    return found


def _files(connection: Connection, hashes: list[str]) -> dict[str, File]:
    rows: list[Row] = run(
        connection,
        """
        select sha256, size_bytes, mime_type, created_at from files
        where sha256 in (select unnest($hashes::varchar[]))
        """,
        hashes=hashes,
    )
    return {row["sha256"]: File(**{**row, "created_at": aware(row["created_at"])}) for row in rows}


def _people(connection: Connection, sessions: dict[str, Session], ledger: dict[str, list[Usage]]) -> dict[str, str]:
    ids = {session.owner_id for session in sessions.values()}
    ids |= {usage.user_id for found in ledger.values() for usage in found}
    rows = run(
        connection,
        "select id::varchar as id, name from users where id in (select unnest($ids::uuid[]))",
        ids=list(ids),
    )
    return {row["id"]: row["name"] for row in rows}
