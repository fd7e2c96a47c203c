"""The records of our own `json`, read with the same mistrust as any file from outside."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast, get_args

from ..errors import NotFound
from ..records import Message, Provenance, Role, Session, Source, SourceKind, Status, Usage
from ..store.ids import checked
from .loose import items, mapping, text, when
from .reading import Unreadable

__all__ = ["HASH", "call_of", "messages_of", "session_of"]

HASH = re.compile(r"[0-9a-f]{64}")
_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
_STATUSES = frozenset(get_args(Status)) - {"streaming"}
_METHODS = frozenset({"measured", "estimated", "unknown"})
_LARGEST = 1 << 62
_LARGEST_COUNT = (1 << 31) - 1
_NAME_LENGTH = 500


def session_of(record: Mapping[str, Any]) -> Session:
    """The session of a record.

    Raises
    ------
    Unreadable
        When it has no usable id.
    """
    session_id = _id(record.get("id"))
    if session_id is None:
        raise Unreadable("it has no valid id")
    created_at = when(record.get("created_at")) or _EPOCH
    return Session(
        id=session_id,
        owner_id="",
        title=text(record.get("title")),
        model=_words(record.get("model")),
        system=_words(record.get("system")),
        notebook=_words(record.get("notebook")),
        head_id=_id(record.get("head_id")),
        created_at=created_at,
        updated_at=when(record.get("updated_at")) or created_at,
        tags=tuple(dict.fromkeys(tag for tag in items(record.get("tags")) if isinstance(tag, str))),
        pinned=record.get("pinned") is True,
        archived=record.get("archived") is True,
    )


def messages_of(record: Mapping[str, Any], session_id: str) -> tuple[tuple[Message, ...], int]:
    """The messages of a record, each id once, and how many could not be read."""
    found: dict[str, Message] = {}
    given = items(record.get("messages"))
    for item in given:
        message = _message(mapping(item), session_id)
        if message is not None:
            found.setdefault(message.id, message)
    return tuple(found.values()), len(given) - len(found)


def call_of(record: Mapping[str, Any], *, session_id: str, user_id: str) -> Usage | None:
    """One call of the ledger; None when it cannot be one."""
    call_id, message_id = _id(record.get("id")), _id(record.get("message_id"))
    if call_id is None or message_id is None or record.get("method") not in _METHODS:
        return None
    return Usage(
        id=call_id,
        session_id=session_id,
        message_id=message_id,
        user_id=user_id,
        provider=text(record.get("provider")),
        model=text(record.get("model")),
        host=text(record.get("host")),
        door=text(record.get("door")),
        input_tokens=_count(record.get("input_tokens")),
        output_tokens=_count(record.get("output_tokens")),
        reasoning_tokens=_count(record.get("reasoning_tokens")),
        cached_tokens=_count(record.get("cached_tokens")),
        cost_usd=_number(record.get("cost_usd")),
        method=record["method"],
        first_token_ms=_number(record.get("first_token_ms")),
        duration_ms=_number(record.get("duration_ms")),
        created_at=when(record.get("created_at")) or _EPOCH,
    )


def _message(record: Mapping[str, Any], session_id: str) -> Message | None:
    message_id, role, content = _id(record.get("id")), record.get("role"), record.get("content")
    if message_id is None or role not in get_args(Role) or not isinstance(content, str):
        return None
    status = record.get("status")
    message = Message(
        id=message_id,
        session_id=session_id,
        parent_id=_id(record.get("parent_id")),
        role=cast("Role", role),
        content=content,
        status=cast("Status", status if status in _STATUSES else "interrupted"),
        created_at=when(record.get("created_at")) or _EPOCH,
        reasoning=text(record.get("reasoning")),
        model=_words(record.get("model")),
        provider=_words(record.get("provider")),
        host=_words(record.get("host")),
        provenance=_provenance(mapping(record.get("provenance"))),
        error=_words(record.get("error")),
        hint=_words(record.get("hint")),
    )
    sources = (_source(mapping(item), message) for item in items(record.get("sources")))
    return replace(message, sources=tuple({source.id: source for source in sources if source}.values()))


def _source(record: Mapping[str, Any], message: Message) -> Source | None:
    source_id, kind, sha256 = _id(record.get("id")), record.get("kind"), text(record.get("sha256"))
    if source_id is None or kind not in get_args(SourceKind) or not HASH.fullmatch(sha256):
        return None
    return Source(
        id=source_id,
        session_id=message.session_id,
        message_id=message.id,
        kind=cast("SourceKind", kind),
        name=text(record.get("name"))[:_NAME_LENGTH],
        sha256=sha256,
        mime_type="",
        size_bytes=0,
        created_at=when(record.get("created_at")) or message.created_at,
        detail=mapping(record.get("detail")),
    )


def _provenance(record: Mapping[str, Any]) -> Provenance:
    count = _count(record.get("execution_count"))
    return Provenance(
        door=text(record.get("door")) or "import",
        notebook=_words(record.get("notebook")),
        cell_id=_words(record.get("cell_id")),
        execution_count=count if count is not None and count <= _LARGEST_COUNT else None,
    )


def _id(value: Any) -> str | None:
    try:
        return checked(value, "record") if isinstance(value, str) else None
    except NotFound:
        return None


def _words(value: Any) -> str | None:
    # Unlike what others call words, an empty text of ours was stored as one.
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
        return None
    return float(value) if math.isfinite(value) else None
