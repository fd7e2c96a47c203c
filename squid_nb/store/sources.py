"""What messages were given to read: a name and facts about it, pointing at a file by hash."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from ..records import NewSource, Source
from . import files, shelves
from .ids import new_id
from .rows import Connection, Row, aware, now, run

__all__ = ["attach", "of_messages", "source_of"]


def attach(
    connection: Connection, given: Sequence[NewSource], *, session_id: str, message_id: str
) -> tuple[Source, ...]:
    """Store sources, in their order, for a message."""
    for source in given:
        run(
            connection,
            "insert into sources values ($id, $session, $message, $kind, $name, $detail, $sha256, $at)",
            id=new_id(),
            session=session_id,
            message=message_id,
            kind=source.kind,
            name=source.name,
            detail=json.dumps(source.detail, default=str),
            sha256=files.insert(connection, source),
            at=now(),
        )
    return of_messages(connection, [message_id], text=True)[message_id] if given else ()


def of_messages(connection: Connection, message_ids: Sequence[str], *, text: bool) -> dict[str, tuple[Source, ...]]:
    """The sources of each of these messages; with the extracted text when asked for."""
    rows = run(
        connection,
        """
        select
            o.id::varchar as id, o.session_id::varchar as session_id, o.message_id::varchar as message_id,
            o.kind, o.name, o.detail, o.sha256, o.created_at, f.mime_type, f.size_bytes
        from sources as o join files as f on f.sha256 = o.sha256
        where o.message_id in (select unnest($ids::uuid[]))
        order by o.id
        """,
        ids=list(message_ids),
    )
    texts = shelves.texts_of(connection, {row["sha256"] for row in rows}) if text and rows else {}
    found: dict[str, list[Source]] = defaultdict(list)
    for row in rows:
        found[row["message_id"]].append(source_of({**row, "text": texts.get(row["sha256"])}))
    return {message_id: tuple(sources) for message_id, sources in found.items()}


def source_of(row: Row) -> Source:
    return Source(**{**row, "created_at": aware(row["created_at"]), "detail": json.loads(row["detail"])})
