"""The nouns of the history: who said what, in which session, from which sources, at what price.

Frozen dataclasses without SQL or behaviour. Ids are UUIDv7 strings, times are timezone-aware UTC datetimes,
sizes are bytes, costs are US dollars. `to_dict` gives the JSON-ready form (times as ISO 8601 with offset).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias

__all__ = [
    "Answer",
    "File",
    "Hit",
    "Message",
    "ModelInfo",
    "NewSource",
    "Page",
    "Provenance",
    "Role",
    "Session",
    "Share",
    "Source",
    "SourceKind",
    "Status",
    "Turn",
    "Usage",
    "User",
    "to_dict",
]

Role: TypeAlias = Literal["user", "assistant", "system"]
Status: TypeAlias = Literal["streaming", "complete", "stopped", "failed", "interrupted"]
SourceKind: TypeAlias = Literal["file", "variable", "cell", "page"]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody whose history this is."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation. The counters are sums over all its messages and ledger rows."""

    id: str
    owner_id: str
    title: str
    model: str | None
    system: str | None
    notebook: str | None
    """Path of the notebook in which it began."""
    head_id: str | None
    """Last message of the visible path; None for an empty session."""
    created_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived: bool = False
    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """What is known of it; None when no call has a price, as those of models on this machine."""
    unpriced: int = 0
    """Calls of models elsewhere whose price nobody knows."""
    preview: str = field(default="", compare=False)
    """Beginning of the last message of the visible path; filled in lists."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a message came from."""

    door: str = "python"
    """`python`, `magic`, `cli`, `widget` or `server`."""
    notebook: str | None = None
    cell_id: str | None = None
    execution_count: int | None = None


@dataclass(frozen=True, slots=True)
class NewSource:
    """An attachment that is not stored yet."""

    kind: SourceKind
    name: str
    """What the person called it: a file name, a variable name."""
    mime_type: str
    data: bytes
    """What is stored, once for each SHA-256: a file's bytes, a variable's description as UTF-8."""
    text: str | None
    """What the model reads; None when no text could be extracted."""
    detail: dict[str, Any] = field(default_factory=dict)
    """JSON-ready facts: a path; a variable's type, shape and content hash."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a message was given to read. The bytes are in the file with this hash."""

    id: str
    session_id: str
    message_id: str
    kind: SourceKind
    name: str
    sha256: str
    mime_type: str
    size_bytes: int
    created_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    text: str | None = None
    """Extracted text; filled where the caller asked for it."""


@dataclass(frozen=True, slots=True)
class File:
    """Bytes stored once, keyed by SHA-256 (lower-case hex)."""

    sha256: str
    size_bytes: int
    mime_type: str
    created_at: datetime
    text: str | None = None
    data: bytes | None = None
    """Filled where the caller asked for it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Messages of a session form a tree by `parent_id`."""

    id: str
    session_id: str
    parent_id: str | None
    role: Role
    content: str
    status: Status
    created_at: datetime
    reasoning: str = ""
    model: str | None = None
    provider: str | None = None
    host: str | None = None
    provenance: Provenance = Provenance()
    error: str | None = None
    """One sentence about what went wrong, when `status` is `failed`."""
    hint: str | None = None
    sources: tuple[Source, ...] = ()
    usage: Usage | None = None
    siblings: int = 1
    """How many messages share this parent, this one included; counted where the message is read."""
    version: int = 1
    """Which of these siblings it is, the oldest being 1; known where a conversation is read."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the window, as the model reads it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One row of the ledger: one model call. Rows are never changed or removed."""

    id: str
    session_id: str
    message_id: str
    user_id: str
    provider: str
    model: str
    host: str
    door: str
    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    method: Literal["measured", "estimated", "unknown"]
    first_token_ms: float | None
    duration_ms: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """A revocable, read-only token for one session."""

    id: str
    session_id: str
    token_hash: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint offers."""

    id: str
    provider: str
    host: str
    context_tokens: int | None = None
    loaded: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records and where the next one starts; `cursor` is None on the last page."""

    items: tuple[Any, ...]
    cursor: str | None = None

    def _repr_html_(self) -> str | None:
        """In a notebook hits and sessions are a table."""
        from .page_html import table

        return table(self.items, has_more=self.cursor is not None)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search has found."""

    session_id: str
    title: str
    """Of the session."""
    message_id: str | None
    """None for a title; for a file, the message it was given to."""
    kind: Literal["message", "title", "file"]
    role: Role | None
    created_at: datetime
    score: float
    """Greater is better; only comparable within one search, and 0 where only filters were given."""
    snippet: str
    """A passage as HTML: matches in `<mark>`, everything else escaped."""
    name: str = ""
    """Of a file, what the person called it."""
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` returns: the stored answer with what it took."""

    text: str
    session_id: str
    message_id: str
    question_id: str
    model: str
    status: Status
    usage: Usage | None = None
    reasoning: str = ""

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """In a notebook the answer itself, in which nothing loads or runs by itself."""
        from .untrusted import safe_html, safe_markdown

        return {"text/plain": self.text, "text/markdown": safe_markdown(self.text), "text/html": safe_html(self.text)}


def to_dict(record: Any) -> Any:
    """The JSON-ready form of a record: nested records and tuples too, bytes left out."""
    if isinstance(record, datetime):
        return record.isoformat()
    if isinstance(record, (list, tuple)):
        return [to_dict(item) for item in record]
    if hasattr(record, "__dataclass_fields__"):
        return {item.name: to_dict(getattr(record, item.name)) for item in fields(record) if item.name != "data"}
    return record
