"""The sessions one person may see and change: every verb checks whose session it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from .errors import AccessDenied, InvalidInput, NotFound
from .records import Message, Page, Session
from .store import Store
from .store.sessions import Sort

__all__ = ["SessionRef", "Sessions"]

SessionRef: TypeAlias = str | Session
"""A session, its id, a unique beginning of the id (6 characters or more), or its exact title."""

_ID_LIKE = re.compile(r"[0-9a-fA-F-]{6,36}")
_TITLE_LIMIT = 200


class Sessions:
    """`squid.sessions`: create, find, rename, tag, pin, archive and delete conversations."""

    def __init__(self, store: Store, owner_id: str) -> None:
        self._store = store
        self._owner_id = owner_id

    def create(
        self, title: str = "", *, model: str | None = None, system: str | None = None, tags: Sequence[str] = ()
    ) -> Session:
        """Start an empty session."""
        return self._store.sessions.create(
            owner_id=self._owner_id, title=_clean_title(title), model=model, system=system, tags=tuple(tags)
        )

    def get(self, ref: SessionRef) -> Session:
        """The session meant by an id, a unique beginning of it, or a title (the newest of that title).

        Raises
        ------
        NotFound
            When nothing fits.
        AccessDenied
            When it is somebody else's.
        """
        if isinstance(ref, Session):
            return self._checked(self._store.sessions.get(ref.id))
        if _ID_LIKE.fullmatch(ref):
            try:
                return self._checked(self._store.sessions.get(ref))
            except NotFound:
                pass
        session = self._store.sessions.titled(ref, owner_id=self._owner_id)
        if session is None:
            raise NotFound(f"No session has the id or title {ref!r}.", "List them with `sessions`.")
        return session

    def list(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        query: str | None = None,
        tags: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        archived: bool | None = False,
        sort: Sort = "updated",
    ) -> Page:
        """A page of sessions with their counters, newest first; `page.cursor` leads to the next one."""
        return self._store.sessions.list(
            owner_id=self._owner_id,
            limit=limit,
            cursor=cursor,
            query=query,
            tags=tuple(tags),
            since=since,
            until=until,
            archived=archived,
            sort=sort,
        )

    def latest(self, *, notebook: str) -> Session | None:
        """The session last used in a notebook."""
        return self._store.sessions.latest(owner_id=self._owner_id, notebook=notebook)

    def messages(self, ref: SessionRef, *, limit: int = 50, before: str | None = None) -> Page:
        """A page of the visible conversation, oldest first; the last page when `before` is None."""
        return self._store.messages.page(self.get(ref).id, limit=limit, before=before)

    def message(self, message_id: str) -> Message:
        """One message of a session that may be seen."""
        message = self._store.messages.get(message_id)
        self._checked(self._store.sessions.get(message.session_id))
        return message

    def rename(self, ref: SessionRef, title: str) -> Session:
        """Give it another title.

        Raises
        ------
        InvalidInput
            When the title is empty.
        """
        clean = _clean_title(title)
        if not clean:
            raise InvalidInput("A title needs at least one character.")
        session = self.get(ref)
        self._store.sessions.rename(session.id, clean)
        return self.get(session.id)

    def tag(self, ref: SessionRef, *tags: str) -> Session:
        """Add tags."""
        session = self.get(ref)
        self._store.sessions.tag(session.id, *tags)
        return self.get(session.id)

    def untag(self, ref: SessionRef, *tags: str) -> Session:
        """Remove tags."""
        session = self.get(ref)
        self._store.sessions.untag(session.id, *tags)
        return self.get(session.id)

    def pin(self, ref: SessionRef, *, on: bool = True) -> Session:
        """Keep it on top of lists."""
        session = self.get(ref)
        self._store.sessions.pin(session.id, on=on)
        return self.get(session.id)

    def archive(self, ref: SessionRef, *, on: bool = True) -> Session:
        """Take it out of lists without deleting anything."""
        session = self.get(ref)
        self._store.sessions.archive(session.id, on=on)
        return self.get(session.id)

    def delete(self, ref: SessionRef) -> Session:
        """Delete its messages, attachments and unreferenced file bytes; the ledger's numbers stay."""
        session = self.get(ref)
        self._store.sessions.delete(session.id)
        return session

    def _checked(self, session: Session) -> Session:
        if session.owner_id != self._owner_id:
            raise AccessDenied("This session belongs to somebody else.")
        return session


def _clean_title(title: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in title)
    return " ".join(printable.split())[:_TITLE_LIMIT]
