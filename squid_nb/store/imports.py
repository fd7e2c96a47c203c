"""Conversations that come from elsewhere: in bulk, and never twice.

What is remembered of each is where it came from (its origin and its keys there), so that a later import of the same
file adds nothing and a later export only what is new. The ledger is never written: nobody here paid for these.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import InvalidInput
from ..records import Message, NewSource, Session
from . import bulk, files
from .database import Database
from .ids import new_id
from .revisions import bump
from .rows import Connection, aware, now, run

__all__ = ["Addition", "Imports", "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation that an earlier import brought here."""

    session_id: str
    head_id: str | None
    updated_at: datetime
    messages: dict[str, str] = field(default_factory=dict)
    """Id of each message that is still here, by its key in the origin."""


@dataclass(slots=True)
class Addition:
    """What one conversation adds; its messages come parents first."""

    origin: str
    key: str
    session: Session
    """Of a known conversation only `id`, `head_id` and `updated_at` are looked at."""
    known: Known | None = None
    messages: list[tuple[str, Message]] = field(default_factory=list)
    """Each with its key in the origin."""
    sources: list[tuple[Message, Callable[[], NewSource | None]]] = field(default_factory=list)
    """Fetched one at a time as they are stored; None for one that turns out to be unreadable."""


class Imports:
    """The imported conversations of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, keys: Sequence[str], *, owner_id: str, origin: str) -> dict[str, Known]:
        """Those of these conversations that are here, by key; what was deleted since is not here."""
        with self._database.lease() as connection:
            found = run(
                connection,
                """
                select i.key, i.session_id::varchar as session_id, s.head_id::varchar as head_id, s.updated_at
                from imports as i join sessions as s on s.id = i.session_id
                where i.owner_id = $owner and i.origin = $origin and i.key in (select unnest($keys::varchar[]))
                order by i.imported_at
                """,
                owner=owner_id,
                origin=origin,
                keys=list(keys),
            )
            messages = _message_ids(connection, [row["session_id"] for row in found])
        return {
            row["key"]: Known(row["session_id"], row["head_id"], aware(row["updated_at"]), messages[row["session_id"]])
            for row in found
        }

    def add(self, additions: Sequence[Addition], *, owner_id: str) -> None:
        """Store these conversations in one transaction.

        Raises
        ------
        InvalidInput
            When a message or a head is not where the tree of its session needs it; nothing is stored then.
        """
        for addition in additions:
            _check(addition)
        with self._database.lease() as connection:
            _insert_sessions(connection, [item for item in additions if item.known is None], owner_id)
            bulk.update_heads(connection, [item.session for item in additions if item.known is not None])
            _insert_messages(connection, additions)
            for addition in additions:
                for message, fetch in addition.sources:
                    source = fetch()
                    if source is not None:
                        _insert_source(connection, message, source)
            bump(connection)


def _message_ids(connection: Connection, session_ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if not session_ids:
        return found
    rows = run(
        connection,
        """
        select i.session_id::varchar as session_id, i.key, i.message_id::varchar as message_id
        from imported_messages as i
        where
            i.session_id in (select unnest($ids::uuid[]))
            and i.message_id in (select id from messages where session_id in (select unnest($ids::uuid[])))
        """,
        ids=session_ids,
    )
    for row in rows:
        found[row["session_id"]][row["key"]] = row["message_id"]
    return found


def _check(addition: Addition) -> None:
    """The promises a turn keeps by how it is made, for messages that others have put together."""
    here = set(addition.known.messages.values()) if addition.known else set()
    for _, message in addition.messages:
        if message.session_id != addition.session.id or (message.parent_id and message.parent_id not in here):
            raise InvalidInput(f"A message of the conversation {addition.key!r} hangs on one that is not there.")
        here.add(message.id)
    head = addition.session.head_id
    kept = addition.known is not None and head == addition.known.head_id
    if not kept and (head not in here if here else head is not None):
        raise InvalidInput(f"The conversation {addition.key!r} ends in a message that is not there.")


def _insert_sessions(connection: Connection, additions: list[Addition], owner_id: str) -> None:
    if not additions:
        return
    sessions = [addition.session for addition in additions]
    bulk.insert_sessions(connection, sessions, owner_id=owner_id)
    run(
        connection,
        """
        insert into imports (owner_id, origin, key, session_id, imported_at)
        select $owner::uuid, unnest($origins::varchar[]), unnest($keys::varchar[]), unnest($ids::uuid[]), $at
        """,
        owner=owner_id,
        origins=[addition.origin for addition in additions],
        keys=[addition.key for addition in additions],
        ids=[session.id for session in sessions],
        at=now(),
    )


def _insert_messages(connection: Connection, additions: Sequence[Addition]) -> None:
    pairs = [pair for addition in additions for pair in addition.messages]
    if not pairs:
        return
    messages = [message for _, message in pairs]
    bulk.insert_messages(connection, messages)
    run(
        connection,
        """
        insert into imported_messages (session_id, key, message_id)
        select unnest($sessions::uuid[]), unnest($keys::varchar[]), unnest($ids::uuid[])
        """,
        ids=[message.id for message in messages],
        sessions=[message.session_id for message in messages],
        keys=[key for key, _ in pairs],
    )


def _insert_source(connection: Connection, message: Message, source: NewSource) -> None:
    run(
        connection,
        "insert into sources values ($id, $session, $message, $kind, $name, $detail, $sha256, $at)",
        id=new_id(),
        session=message.session_id,
        message=message.id,
        kind=source.kind,
        name=source.name,
        detail=json.dumps(source.detail, default=str),
        sha256=files.insert(connection, source),
        at=message.created_at,
    )
