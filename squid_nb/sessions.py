"""The sessions one person may see and change: every verb checks whose session it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from . import links
from .errors import AccessDenied, InvalidInput, NotFound
from .labels import clean_tags, clean_title
from .links import Link
from .records import Message, Page, Role, Session
from .selection import Selection, Stop
from .store import Store
from .store.removals import Removal
from .store.sessions import Sort
from .store.trash import DeletedSession

if TYPE_CHECKING:
    from .search import When

__all__ = ["SessionRef", "Sessions"]

SessionRef: TypeAlias = str | Session
"""A session, its id, a unique beginning of the id (6 characters or more), its exact title, or a `squid:` link to it."""

_ID_LIKE = re.compile(r"[0-9a-fA-F-]{6,36}")
_WHOLE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_SELECTED = 100_000


class Sessions:
    """`squid.sessions`: create, find, rename, tag, pin, archive, delete and restore conversations."""

    def __init__(
        self,
        store: Store,
        owner_id: str,
        *,
        undo: Callable[[], timedelta] = lambda: timedelta(days=7),
        changed: Callable[[], None] = lambda: None,
        stop: Stop = lambda _: None,
    ) -> None:
        self._store = store
        self._stop = stop
        self._owner_id = owner_id
        self._undo = undo
        self._changed = changed

    def create(
        self, title: str = "", *, model: str | None = None, system: str | None = None, tags: Sequence[str] = ()
    ) -> Session:
        """Start an empty session."""
        session = self._store.sessions.create(
            owner_id=self._owner_id, title=clean_title(title), model=model, system=system, tags=clean_tags(tags)
        )
        return self._told(session)

    def get(self, ref: SessionRef) -> Session:
        """The session meant by an id, a unique beginning of it, a title (the newest of that title), or a `squid:` link.

        A link to a message means the session of that message.

        Raises
        ------
        NotFound
            When nothing fits.
        AccessDenied
            When it is somebody else's.
        """
        if isinstance(ref, Session):
            return self._checked(self._store.sessions.get(ref.id))
        link = links.read(ref)
        if link is not None:
            return self.follow(link)[0]
        if _ID_LIKE.fullmatch(ref):
            try:
                return self._checked(self._store.sessions.get(ref))
            except NotFound:
                pass
        session = self._store.sessions.titled(ref, owner_id=self._owner_id)
        if session is None:
            raise NotFound(
                f"No session has the id or title {ref!r}.",
                "List them with `/sessions`, or in Python with `squid.sessions.list()`.",
            )
        return session

    def follow(self, link: Link) -> tuple[Session, Message | None]:
        """What a link leads to: a session, and the message in it when the link is to one.

        Raises
        ------
        NotFound
            When it is not there, or not any more.
        AccessDenied
            When it is somebody else's.
        """
        try:
            if link.kind == "session":
                return self._checked(self._store.sessions.get(link.id)), None
            message = self._store.messages.get(link.id)
            return self._checked(self._store.sessions.get(message.session_id)), message
        except NotFound:
            what = "conversation" if link.kind == "session" else "message"
            raise NotFound(
                f"The {what} of the link {link} is not in this history.", "It may have been deleted."
            ) from None

    def list(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        query: str | None = None,
        role: Role | None = None,
        model: str | None = None,
        tags: Sequence[str] = (),
        since: When | None = None,
        until: When | None = None,
        archived: bool | None = False,
        sort: Sort = "updated",
    ) -> Page:
        """A page of sessions with their counters and previews, pinned ones first.

        Parameters
        ----------
        cursor
            `Page.cursor` of the page before, with the same other arguments.
        query
            A part of the title or of a tag, and the filters that `search` knows: `plans tag:work has:code before:2026`.
        role, model, tags, since, until, archived
            The same filters as arguments; both bounds, of the last change, are inclusive.
        sort
            `updated`, `created`, `title`, `messages` or `cost`.
        """
        from .search import moment, parse  # the parts of search load when something is looked for

        typed = parse(query or "")
        filters = typed.filters
        lower = [at for at in (filters.since, moment(since, end=False)) if at is not None]
        upper = [at for at in (filters.until, moment(until, end=True)) if at is not None]
        return self._store.sessions.list(
            owner_id=self._owner_id,
            limit=limit,
            cursor=cursor,
            query=typed.text or None,
            role=role or next(iter(filters.roles), None),
            model=model or next(iter(filters.models), None),
            tags=(*filters.tags, *([tags] if isinstance(tags, str) else tags)),
            has=sorted(filters.has),
            since=max(lower, default=None),
            until=min(upper, default=None),
            archived=archived if filters.archived is None else filters.archived,
            sort=sort,
        )

    def select(self, *refs: SessionRef, query: str | None = None, archived: bool | None = False) -> Selection:
        """Sessions to change together: those that are named, or all that fit a query of `list`.

        Raises
        ------
        NotFound, AccessDenied
            When one of the named ones is not there, or is somebody else's.
        """
        if query is not None:
            found = self.list(query=query, archived=archived, limit=_MOST_SELECTED)
            return self._selected([session.id for session in found.items])
        # Whole ids are looked up together: somebody may have chosen thousands.
        ids = [ref for ref in refs if isinstance(ref, str) and _WHOLE_ID.fullmatch(ref)]
        own = self._store.changes.visible(owner_id=self._owner_id, session_ids=ids, message_ids=[]) if ids else set()
        return self._selected([ref if isinstance(ref, str) and ref in own else self.get(ref).id for ref in refs])

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

    def versions(self, message_id: str) -> Sequence[Message]:
        """The versions of a question, or the answers to one: all messages in this one's place, oldest first."""
        return self._store.messages.versions(self.message(message_id).id)

    def show(self, ref: SessionRef, message_id: str) -> Session:
        """Make the newest conversation through this message the visible one.

        Raises
        ------
        NotFound
            When it is no message of this session.
        """
        session = self.get(ref)
        if self.message(message_id).session_id != session.id:
            raise NotFound(f"There is no message {message_id!r} in this session.")
        return self._told(self._store.sessions.set_head(session.id, self._store.messages.newest_below(message_id)))

    def is_shown(self, message: Message) -> bool:
        """Whether the message is in the visible conversation of its session."""
        return self._store.messages.shown_until(message.session_id, message.id) is not None

    def hidden(self, ref: SessionRef) -> int:
        """How many of its messages are other versions, or follow one, and so are not in the visible conversation."""
        session = self.get(ref)
        shown = self._store.messages.depth(session.head_id) if session.head_id is not None else 0
        return session.messages - shown

    def containing(self, ref: SessionRef, text: str) -> Sequence[str]:
        """Ids of the messages of the visible conversation with this text in them, oldest first."""
        return self._store.messages.containing(self.get(ref).id, text) if text else ()

    def remove_message(self, message_id: str) -> Removal:
        """Delete a question with its answers, or an answer; what followed stays, and so do the ledger's numbers.

        `restore_message` undoes it until `session.undo_days` are over.
        """
        message = self.message(message_id)
        self._stop(lambda run: message.id in (run.message_id, run.question_id))
        removal = self._store.removals.remove(message.id, keep=self._undo())
        self._changed()
        return removal

    def restore_message(self, removal_id: str) -> Session:
        """Undo `remove_message`, by the id of what it returned.

        Raises
        ------
        NotFound
            When it is gone for good.
        """
        session = self.get(self._store.removals.session_of(removal_id))
        self._store.removals.restore(removal_id)
        return self._told(session)

    def rename(self, ref: SessionRef, title: str) -> Session:
        """Give it another title.

        Raises
        ------
        InvalidInput
            When the title is empty.
        """
        clean = clean_title(title)
        if not clean:
            raise InvalidInput("A title needs at least one character.")
        return self._told(self._store.sessions.rename(self.get(ref).id, clean))

    def tag(self, ref: SessionRef, *tags: str) -> Session:
        """Add tags.

        Raises
        ------
        InvalidInput
            When one of them is empty.
        """
        return self._told(self._store.sessions.tag(self.get(ref).id, *clean_tags(tags)))

    def untag(self, ref: SessionRef, *tags: str) -> Session:
        """Remove tags."""
        return self._told(self._store.sessions.untag(self.get(ref).id, *tags))

    def set_tags(self, ref: SessionRef, tags: Sequence[str]) -> Session:
        """Give it exactly these tags."""
        session, clean = self.get(ref), clean_tags(tags)
        with self._store.database.lease():
            self.untag(session, *(tag for tag in session.tags if tag not in clean))
            return self.tag(session, *clean)

    def pin(self, ref: SessionRef, *, on: bool = True) -> Session:
        """Keep it on top of lists."""
        return self._told(self._store.sessions.pin(self.get(ref).id, on=on))

    def archive(self, ref: SessionRef, *, on: bool = True) -> Session:
        """Take it out of lists without deleting anything."""
        return self._told(self._store.sessions.archive(self.get(ref).id, on=on))

    def change(
        self,
        ref: SessionRef,
        *,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        pinned: bool | None = None,
        archived: bool | None = None,
        head_id: str | None = None,
    ) -> Session:
        """Several changes of one session: all of them, or none when one is refused. What is None stays."""
        session = self.get(ref)
        with self._store.database.lease():
            if title is not None:
                self.rename(session, title)
            if tags is not None:
                self.set_tags(session, tags)
            if pinned is not None:
                self.pin(session, on=pinned)
            if archived is not None:
                self.archive(session, on=archived)
            if head_id is not None:
                self.show(session, head_id)
            return self.get(session)

    def delete(self, ref: SessionRef) -> Session:
        """Delete it with its messages and attachments; `restore` undoes it until `session.undo_days` are over.

        Then rows and unreferenced file bytes are gone for good. The ledger's numbers stay.
        """
        session = self.get(ref)
        self._stop(lambda run: run.session_id == session.id)
        self._store.trash.put([session.id], keep=self._undo())
        return self._told(session)

    def deleted(self) -> tuple[DeletedSession, ...]:
        """What can still be restored, latest deletion first."""
        return self._store.trash.list(owner_id=self._owner_id)

    def deleted_page(self, *, limit: int = 50, cursor: str | None = None) -> Page:
        """A page of `deleted`."""
        return self._store.trash.page(owner_id=self._owner_id, limit=limit, cursor=cursor)

    def restore(self, ref: str) -> Session:
        """Undo a deletion, by id, a unique beginning of it, or title (the latest of that title).

        Raises
        ------
        NotFound
            When it is not among the deleted ones.
        """
        found = self._deleted(ref)
        self._store.trash.restore([found.id])
        return self._told(self._store.sessions.get(found.id))

    def restore_all(self, ids: Sequence[str]) -> Selection:
        """Undo the deletion of several sessions in one transaction.

        Raises
        ------
        NotFound
            When one of them is not among the deleted ones; none is restored then.
        """
        there = {one.id for one in self.deleted()}
        missing = [one for one in ids if one not in there]
        if missing:
            raise NotFound(f"No deleted session has the id {missing[0]!r}.", "It may be gone for good.")
        return self._selected(ids).restore()

    def purge(self, ref: str) -> DeletedSession:
        """Let a deleted session be gone for good at once; `ref` as for `restore`."""
        found = self._deleted(ref)
        self._store.trash.purge([found.id])
        return found

    def _deleted(self, ref: str) -> DeletedSession:
        there = self.deleted()
        by_id = [one for one in there if _ID_LIKE.fullmatch(ref) and one.id.startswith(ref.lower())]
        if len(by_id) > 1:
            raise InvalidInput(f"Several deleted sessions begin with {ref!r}.", "Give more characters of the id.")
        found = by_id or [one for one in there if one.title.lower() == ref.lower()]
        if not found:
            raise NotFound(f"No deleted session has the id or title {ref!r}.", "It may be gone for good.")
        return found[0]

    def _selected(self, ids: Sequence[str]) -> Selection:
        return Selection(
            self._store, tuple(dict.fromkeys(ids)), keep=self._undo(), changed=self._changed, stop=self._stop
        )

    def _told(self, session: Session) -> Session:
        self._changed()
        return session

    def _checked(self, session: Session) -> Session:
        if session.owner_id != self._owner_id:
            raise AccessDenied("This session belongs to somebody else.")
        return session
