"""A conversation outside the database: what every importer yields, and what our own JSON mirrors.

It knows nothing of a format and nothing of the store. Turns are linked by `parent`, in any order; whoever takes
conversations in has to expect lost parents, repeated keys and circles, and `tree.mend` puts them right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..records import Provenance, Role, SourceKind, Status, Usage

__all__ = ["Attachment", "Conversation", "Turn"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a turn was given to read."""

    name: str
    data: bytes = b""
    load: Callable[[], bytes] | None = None
    """Fetches the bytes when they are needed, so that a hundred pictures are never in memory at once."""
    mime_type: str | None = None
    """Told by the bytes when None."""
    text: str | None = None
    """What the model read, when the bytes alone do not say it."""
    kind: SourceKind = "file"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message, with its place in the tree."""

    key: str
    """Unique in its conversation, and the same in every later export."""
    parent: str | None
    """Key of the message before it; None for a first one."""
    role: Role
    content: str
    created_at: datetime | None = None
    reasoning: str = ""
    status: Status = "complete"
    error: str | None = None
    model: str | None = None
    provider: str | None = None
    attachments: tuple[Attachment, ...] = ()
    provenance: Provenance | None = None
    usage: Usage | None = None
    """Told by our own exports. Imports never add it to the ledger."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A session with all its turns."""

    key: str
    """Unique in its origin, and the same in every later export."""
    turns: tuple[Turn, ...]
    title: str = ""
    """Made from the first question when empty."""
    head: str | None = None
    """Key of the last turn of the visible path; the last turn when None."""
    model: str | None = None
    system: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived: bool = False
    notebook: str | None = None
    notes: tuple[str, ...] = ()
    """One sentence for each thing that could not be kept."""
