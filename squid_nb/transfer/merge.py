"""Conversations meet what is here already: what each adds, as records with ids, and nothing twice."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..attach.files import clean_name
from ..records import Message, NewSource, Provenance, Session
from ..store.ids import new_id
from ..store.imports import Addition, Known
from ..store.rows import utf8
from ..titles import title_from
from .conversation import Attachment, Conversation, Turn
from .document import FILE_LIMIT, text_and_type
from .report import Outcome
from .tree import mend

__all__ = ["Merged", "Merger", "clean_key"]

_TITLE_LENGTH = 200
_DOOR = Provenance(door="import")


@dataclass(slots=True)
class Merged:
    """What one conversation comes to."""

    outcome: Outcome
    title: str
    session_id: str
    addition: Addition | None
    notes: list[str] = field(default_factory=list)


class Merger:
    """Works out what the conversations of one batch add.

    Parameters
    ----------
    known
        Those of them that are here, by key; grows with the batch, as one file may hold a conversation twice.
    started
        The time of what has none.
    """

    def __init__(self, known: Mapping[str, Known], *, owner_id: str, origin: str, started: datetime) -> None:
        self._known = dict(known)
        self._owner_id = owner_id
        self._origin = origin
        self._started = started

    @property
    def known(self) -> Mapping[str, Known]:
        """What is known after all that has been merged."""
        return self._known

    def merge(self, conversation: Conversation) -> Merged:
        """What this conversation adds to what is known of it."""
        turns, notes = mend(conversation.turns)
        notes = [*conversation.notes, *notes]
        key = clean_key(conversation.key)
        known = self._known.get(key)
        session = self._session(conversation, turns, known)
        addition = Addition(self._origin, key, session, known)
        ids = dict(known.messages) if known is not None else {}
        times = {turn.key: turn.created_at for turn in turns}
        for turn in turns:
            turn_key = clean_key(turn.key)
            if times[turn.key] is None:
                times[turn.key] = times.get(turn.parent or "") or session.created_at
            if turn_key not in ids:
                message = _message(turn, session.id, ids, times[turn.key] or session.created_at)
                ids[turn_key] = message.id
                addition.messages.append((turn_key, message))
                addition.sources += [(message, _fetching(attached, notes)) for attached in turn.attachments]
        if known is not None and not addition.messages:
            return Merged("already there", session.title, session.id, None)
        head = _head(conversation, turns, ids, known)
        addition.session = replace(session, head_id=head)
        self._known[key] = Known(session.id, head, addition.session.updated_at, ids)
        return Merged("imported" if known is None else "extended", session.title, session.id, addition, notes)

    def _session(self, conversation: Conversation, turns: list[Turn], known: Known | None) -> Session:
        moments = [turn.created_at for turn in turns if turn.created_at is not None]
        created = conversation.created_at or min(moments, default=conversation.updated_at or self._started)
        updated = conversation.updated_at or max(moments, default=created)
        return Session(
            id=known.session_id if known is not None else new_id(),
            owner_id=self._owner_id,
            title=_title(conversation, turns),
            model=conversation.model or next((turn.model for turn in reversed(turns) if turn.model), None),
            system=_clean(conversation.system) if conversation.system else None,
            notebook=conversation.notebook,
            head_id=None,
            created_at=created,
            updated_at=max(updated, known.updated_at) if known is not None else max(created, updated),
            tags=tuple(dict.fromkeys(_clean(tag) for tag in conversation.tags)),
            pinned=conversation.pinned,
            archived=conversation.archived,
        )


def clean_key(key: str) -> str:
    """The key as the database gives it back."""
    return _clean(key)


def _clean(words: str) -> str:
    # NUL ends a string in too many programs for it to be worth keeping.
    return utf8(words.replace("\0", "\ufffd")) if "\0" in words else utf8(words)


def _title(conversation: Conversation, turns: list[Turn]) -> str:
    given = title_from(_clean(conversation.title), limit=_TITLE_LENGTH)
    first = next((turn.content for turn in turns if turn.role == "user"), "")
    return given or title_from(_clean(first[:4000]))


def _message(turn: Turn, session_id: str, ids: Mapping[str, str], moment: datetime) -> Message:
    return Message(
        id=new_id(),
        session_id=session_id,
        parent_id=ids[clean_key(turn.parent)] if turn.parent is not None else None,
        role=turn.role,
        content=_clean(turn.content),
        # Whoever was writing it writes elsewhere.
        status="interrupted" if turn.status == "streaming" else turn.status,
        created_at=moment,
        reasoning=_clean(turn.reasoning),
        model=turn.model,
        provider=turn.provider,
        provenance=turn.provenance or _DOOR,
        error=turn.error,
    )


def _head(conversation: Conversation, turns: list[Turn], ids: Mapping[str, str], known: Known | None) -> str | None:
    """Where the visible path ends; it stays where it is when somebody has gone on with the conversation here."""
    if known is not None and known.head_id is not None and known.head_id not in known.messages.values():
        return known.head_id
    told = clean_key(conversation.head) if conversation.head is not None else ""
    return ids.get(told) or (ids[clean_key(turns[-1].key)] if turns else None)


def _fetching(attached: Attachment, notes: list[str]) -> Callable[[], NewSource | None]:
    def fetch() -> NewSource | None:
        try:
            data = attached.data if attached.load is None else attached.load()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            notes.append(f"The file {clean_name(attached.name)} cannot be read: {str(error).rstrip('.')}.")
            return None
        if len(data) > FILE_LIMIT:
            notes.append(f"The file {clean_name(attached.name)} is larger than {FILE_LIMIT >> 20} MB.")
            return None
        text, mime_type = text_and_type(data, mime_type=attached.mime_type)
        text = attached.text if attached.text is not None else text
        return NewSource(
            kind=attached.kind,
            name=clean_name(attached.name),
            mime_type=mime_type,
            data=data,
            text=_clean(text) if text is not None else None,
            detail=attached.detail,
        )

    return fetch
