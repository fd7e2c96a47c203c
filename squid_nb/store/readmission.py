"""Conversations that were exported come in again, under the ids they had, with the ledger of the one who brings them.

What is here already is left as it is and only completed. Ids that belong to another session, or to somebody else,
cannot be taken: the whole session then gets ids made from its own and its new owner's, the same each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from ..records import File, Session, Source, Usage
from . import bulk, files, ledger
from .database import Database
from .revisions import bump
from .rows import Connection, aware, run
from .transcripts import Transcript
from .trash import Trash

__all__ = ["Readmission", "Readmitted"]


@dataclass(frozen=True, slots=True)
class Readmitted:
    """What became of one session."""

    session_id: str
    new: bool
    added: int
    """Messages that were not here."""
    copied: bool = False
    """Whether it got other ids, because its own are taken."""


@dataclass(frozen=True, slots=True)
class _Here:
    """What this database has of the ids in question."""

    sessions: dict[str, tuple[str, str | None, datetime]]
    """Owner, head and last change of each session."""
    messages: dict[str, str]
    """Session of each message."""


class Readmission:
    """The way back into this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(
        self,
        transcripts: Sequence[Transcript],
        *,
        owner_id: str,
        load: Callable[[str], File | None],
        dry_run: bool = False,
    ) -> list[Readmitted]:
        """Take sessions in, in one transaction.

        Parameters
        ----------
        transcripts
            Their `ledger` holds the calls that this owner made, and no others.
        load
            A file that is not here, by its hash, with its bytes and text.
        """
        with self._database.lease() as connection:
            if not dry_run:
                self._undelete(connection, transcripts, owner_id)
            here = _here(connection, transcripts)
            mine = [transcript if _fits(transcript, here, owner_id) else None for transcript in transcripts]
            copies = [_copy(given, owner_id) for given, own in zip(transcripts, mine, strict=True) if own is None]
            if copies:
                there = _here(connection, copies)
                here = _Here(here.sessions | there.sessions, here.messages | there.messages)
            rest = iter(copies)
            chosen = [own or next(rest) for own in mine]
            taken = [_missing(transcript, here) for transcript in chosen]
            if not dry_run:
                _insert(connection, taken, here, owner_id=owner_id, load=load)
        return [
            Readmitted(some.session.id, some.session.id not in here.sessions, len(some.messages), copied=own is None)
            for some, own in zip(taken, mine, strict=True)
        ]

    def _undelete(self, connection: Connection, transcripts: Sequence[Transcript], owner_id: str) -> None:
        """Bring those back that this person has deleted but that are not gone yet."""
        rows = run(
            connection,
            """
            select id::varchar as id from deleted_sessions
            where owner_id = $owner and id in (select unnest($ids::uuid[]))
            """,
            owner=owner_id,
            ids=[transcript.session.id for transcript in transcripts],
        )
        if rows:
            Trash(self._database).restore([row["id"] for row in rows])


def _here(connection: Connection, transcripts: Sequence[Transcript]) -> _Here:
    rows = run(
        connection,
        """
        select id::varchar as id, owner_id::varchar as owner, head_id::varchar as head, updated_at
        from sessions where id in (select unnest($ids::uuid[]))
        union all
        select id::varchar, owner_id::varchar, head_id::varchar, updated_at
        from deleted_sessions where id in (select unnest($ids::uuid[]))
        """,
        ids=[transcript.session.id for transcript in transcripts],
    )
    told = run(
        connection,
        """
        select id::varchar as id, session_id::varchar as session from messages
        where id in (select unnest($ids::uuid[]))
        union all
        select id::varchar, session_id::varchar from deleted_messages where id in (select unnest($ids::uuid[]))
        """,
        ids=[*{key for transcript in transcripts for key in _mentioned(transcript)}],
    )
    return _Here(
        {row["id"]: (row["owner"], row["head"], aware(row["updated_at"])) for row in rows},
        {row["id"]: row["session"] for row in told},
    )


def _mentioned(transcript: Transcript) -> Iterator[str]:
    """Every message that the session names; parents may have come with an earlier part of it."""
    if transcript.session.head_id is not None:
        yield transcript.session.head_id
    for message in transcript.messages:
        yield message.id
        if message.parent_id is not None:
            yield message.parent_id


def _fits(transcript: Transcript, here: _Here, owner_id: str) -> bool:
    """Whether its ids are free, or its own."""
    session_id = transcript.session.id
    if session_id in here.sessions and here.sessions[session_id][0] != owner_id:
        return False
    return all(here.messages.get(message.id, session_id) == session_id for message in transcript.messages)


def _copy(transcript: Transcript, owner_id: str) -> Transcript:
    """The session under ids of its own; the ledger stays where the calls were made."""
    space = UUID(owner_id)

    def other(identifier: str) -> str:
        return str(uuid5(space, identifier))

    session = transcript.session
    head = other(session.head_id) if session.head_id else None
    new_id = other(session.id)

    def moved(source: Source, message_id: str) -> Source:
        return replace(source, id=other(source.id), session_id=new_id, message_id=message_id)

    messages = tuple(
        replace(
            message,
            id=other(message.id),
            session_id=new_id,
            parent_id=other(message.parent_id) if message.parent_id else None,
            sources=tuple(moved(source, other(message.id)) for source in message.sources),
        )
        for message in transcript.messages
    )
    return replace(transcript, session=replace(session, id=new_id, head_id=head), messages=messages, ledger=())


def _missing(transcript: Transcript, here: _Here) -> Transcript:
    """The session with those messages only that are not here, each below one that is, and its head where that is."""
    session_id = transcript.session.id
    new = {message.id: message for message in transcript.messages if message.id not in here.messages}
    parents = {key: message.parent_id for key, message in new.items()}
    rooted: set[str] = set()
    for key in new:
        climbed: list[str] = []
        step: str | None = key
        while step is not None and step in parents and step not in rooted and step not in climbed:
            climbed.append(step)
            step = parents[step]
        if step is not None and step not in rooted and here.messages.get(step) != session_id:
            parents[climbed[-1]] = None  # a lost parent, or a circle
        rooted.update(climbed)
    messages = tuple(replace(message, parent_id=parents[key]) for key, message in new.items())
    head = transcript.session.head_id
    if head not in new and here.messages.get(head or "") != session_id:
        head = None
    return replace(transcript, session=replace(transcript.session, head_id=head), messages=messages)


def _insert(
    connection: Connection,
    taken: Sequence[Transcript],
    here: _Here,
    *,
    owner_id: str,
    load: Callable[[str], File | None],
) -> None:
    new = [some.session for some in taken if some.session.id not in here.sessions]
    bulk.insert_sessions(connection, new, owner_id=owner_id)
    bulk.update_heads(connection, list(_moved_on(taken, here)))
    messages = [message for some in taken for message in some.messages]
    bulk.insert_messages(connection, messages)
    for message in messages:
        for source in message.sources:
            _insert_source(connection, source)
            if not files.has(connection, source.sha256):
                file = load(source.sha256)
                if file is not None:
                    files.write(connection, file)
    _insert_ledger(connection, [call for some in taken for call in some.ledger])
    if new or messages:
        bump(connection)


def _moved_on(taken: Sequence[Transcript], here: _Here) -> Iterator[Session]:
    """The sessions that were used after what is known here of them, or that have lacked a head so far."""
    for some in taken:
        if some.session.id in here.sessions and some.session.head_id is not None:
            _, head, updated_at = here.sessions[some.session.id]
            if head is None or (some.messages and some.session.updated_at > updated_at):
                yield some.session


def _insert_source(connection: Connection, source: Source) -> None:
    run(
        connection,
        "insert into sources values ($id, $session, $message, $kind, $name, $detail, $sha256, $at)",
        id=source.id,
        session=source.session_id,
        message=source.message_id,
        kind=source.kind,
        name=source.name,
        detail=json.dumps(source.detail),
        sha256=source.sha256,
        at=source.created_at,
    )


def _insert_ledger(connection: Connection, calls: Sequence[Usage]) -> None:
    """Each call once: the ledger is never added to by what was paid for elsewhere, or has been counted."""
    rows = run(
        connection,
        "select id::varchar as id from usage where id in (select unnest($ids::uuid[]))",
        ids=[call.id for call in calls],
    )
    counted = {row["id"] for row in rows}
    for call in calls:
        if call.id not in counted:
            counted.add(call.id)
            ledger.insert(connection, call)
