"""Conversations: made, found, changed and removed. Lists are in `session_pages.py`, messages in `messages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..errors import InvalidInput, NotFound
from ..records import Page, Session
from .database import Database
from .ids import checked, new_id
from .revisions import NEXT, bump
from .rows import Connection, Row, now, one, run
from .session_pages import BY_ID, COUNTED, UNCOUNTED, Filters, Sort, page_of, session_of
from .trash import remove

__all__ = ["Sessions", "Sort", "fetch", "fetch_uncounted", "insert", "touch"]

_SHORTEST_PREFIX = 6

_BY_PREFIX = f"with chosen as (select * from sessions where starts_with(id::varchar, $prefix) limit 2) {COUNTED}"
_LATEST = f"""
    with chosen as (
        select * from sessions
        where owner_id = $owner and not archived and (
            ($cell is null and notebook is not distinct from $notebook)
            or ($cell is not null and id in (
                select session_id from messages where notebook is not distinct from $notebook and cell_id = $cell
            ))
        )
        order by updated_at desc, id desc limit 1
    ) {COUNTED}
"""
_TITLED = f"""
    with chosen as (
        select * from sessions
        where owner_id = $owner and lower(title) = lower($title)
        order by title = $title desc, updated_at desc, id desc limit 1
    ) {COUNTED}
"""


class Sessions:
    """The conversations of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        *,
        owner_id: str,
        title: str = "",
        model: str | None = None,
        system: str | None = None,
        notebook: str | None = None,
        tags: Sequence[str] = (),
    ) -> Session:
        """An empty session."""
        with self._database.lease() as connection:
            session_id = insert(
                connection, owner_id=owner_id, title=title, model=model, system=system, notebook=notebook, tags=tags
            )
            return fetch(connection, session_id)

    def get(self, session_id: str) -> Session:
        """The session with this id, or with a unique beginning of it of at least six characters.

        Raises
        ------
        NotFound
            When there is none.
        InvalidInput
            When the beginning fits several.
        """
        with self._database.lease() as connection:
            if _SHORTEST_PREFIX <= len(session_id) < 36:
                return _by_prefix(connection, session_id)
            return fetch(connection, session_id)

    def list(
        self,
        *,
        owner_id: str,
        limit: int = 50,
        cursor: str | None = None,
        query: str | None = None,
        tags: Sequence[str] = (),
        model: str | None = None,
        role: str | None = None,
        has: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        archived: bool | None = False,
        pinned: bool | None = None,
        sort: Sort = "updated",
    ) -> Page:
        """A page of sessions, pinned ones first, with counters and the beginning of the last message.

        Parameters
        ----------
        cursor
            `Page.cursor` of the page before, with the same other arguments.
        query
            A part of the title or of a tag, in any case.
        tags
            All of which a session must have, in any case.
        model
            A part of the name of the session's model, or of a model that answered in it.
        role, has
            A session fits with one message of this role, and with one of each of `code`, `file`, `link`, `error`.
        since, until
            Bounds of the last change, both inclusive.
        archived
            Whether to list archived ones instead; None lists both.
        sort
            `updated`, `created`, `title`, `messages` or `cost`; unknown costs come last.
        """
        filters = Filters(owner_id, query, tuple(tags), model, role, tuple(has), since, until, archived, pinned)
        return page_of(self._database, filters, limit=limit, cursor=cursor, sort=sort)

    def latest(self, *, owner_id: str, notebook: str | None, cell_id: str | None = None) -> Session | None:
        """The session of this notebook, or with `cell_id` of this very cell, that was used last."""
        with self._database.lease() as connection:
            row = one(connection, _LATEST, owner=checked(owner_id, "user"), notebook=notebook, cell=cell_id)
        return session_of(row) if row else None

    def titled(self, title: str, *, owner_id: str) -> Session | None:
        """The newest session of exactly this title, else of this title in other capitals."""
        with self._database.lease() as connection:
            row = one(connection, _TITLED, owner=checked(owner_id, "user"), title=title)
        return session_of(row) if row else None

    def rename(self, session_id: str, title: str, *, unless_renamed: str | None = None) -> Session:
        """Give it another title; with `unless_renamed`, only while it still has that one."""
        with self._database.lease() as connection:
            if unless_renamed is None or fetch(connection, session_id).title == unless_renamed:
                self.change([session_id], title=title)
            return fetch(connection, session_id)

    def tag(self, session_id: str, *tags: str) -> Session:
        """Add tags; those it has stay as they are."""
        return self._changed(session_id, tag=tags)

    def untag(self, session_id: str, *tags: str) -> Session:
        """Remove tags; those it does not have are no error."""
        return self._changed(session_id, untag=tags)

    def pin(self, session_id: str, *, on: bool = True) -> Session:
        """Keep it at the top of lists, or not."""
        return self._changed(session_id, pinned=on)

    def archive(self, session_id: str, *, on: bool = True) -> Session:
        """Keep it out of lists, or not."""
        return self._changed(session_id, archived=on)

    def change(
        self,
        session_ids: Sequence[str],
        *,
        title: str | None = None,
        tag: Sequence[str] = (),
        untag: Sequence[str] = (),
        pinned: bool | None = None,
        archived: bool | None = None,
    ) -> None:
        """Change several sessions in one transaction; None stays as it is, and so does `updated_at`."""
        with self._database.lease() as connection:
            run(
                connection,
                f"""
                update sessions set
                    title = coalesce($title, title), pinned = coalesce($pinned, pinned),
                    archived = coalesce($archived, archived), revision = {NEXT},
                    tags = list_filter(tags, lambda tag: not list_contains($untag::varchar[], tag))
                        || list_filter($tag::varchar[], lambda tag: not list_contains(tags, tag))
                where id in (select unnest($ids::uuid[]))
                """,
                ids=[checked(session_id, "session") for session_id in session_ids],
                title=title,
                tag=list(dict.fromkeys(tag)),
                untag=list(untag),
                pinned=pinned,
                archived=archived,
            )
            bump(connection)

    def set_head(self, session_id: str, message_id: str | None) -> Session:
        """Make the path to this message the visible conversation.

        Raises
        ------
        NotFound
            When the message is not in the session.
        """
        with self._database.lease() as connection:
            if message_id is not None:
                ids = {"id": checked(message_id, "message"), "session": checked(session_id, "session")}
                if not one(
                    connection, "select 1 as found from messages where id = $id and session_id = $session", **ids
                ):
                    raise NotFound(f"There is no message {message_id!r} in session {session_id!r}.")
            key = fetch(connection, session_id).id
            run(connection, "update sessions set head_id = $head where id = $id", id=key, head=message_id)
            return fetch(connection, key)

    def delete(self, session_id: str) -> None:
        """Remove it at once and for good; what can be undone is `store.trash.put`. The ledger stays."""
        with self._database.lease() as connection:
            remove(connection, [fetch(connection, session_id).id])

    def _changed(self, session_id: str, **changes: Any) -> Session:
        with self._database.lease() as connection:
            self.change([session_id], **changes)
            return fetch(connection, session_id)


def insert(
    connection: Connection,
    *,
    owner_id: str,
    title: str = "",
    model: str | None = None,
    system: str | None = None,
    notebook: str | None = None,
    tags: Sequence[str] = (),
) -> str:
    """Insert an empty session and return its id."""
    session_id = new_id()
    run(
        connection,
        f"""
        insert into sessions (
            id, owner_id, title, model, system, notebook, tags, pinned, archived, created_at, updated_at, revision
        ) values ($id, $owner, $title, $model, $system, $notebook, $tags::varchar[], false, false, $at, $at, {NEXT})
        """,
        id=session_id,
        owner=checked(owner_id, "user"),
        title=title,
        model=model,
        system=system,
        notebook=notebook,
        tags=list(dict.fromkeys(tags)),
        at=now(),
    )
    bump(connection)
    return session_id


def fetch(connection: Connection, session_id: str) -> Session:
    """The session with this id.

    Raises
    ------
    NotFound
    """
    return _known(one(connection, BY_ID, id=checked(session_id, "session")), session_id)


def fetch_uncounted(connection: Connection, session_id: str) -> Session:
    """The session with this id, without what is counted and summed over all of it.

    Raises
    ------
    NotFound
    """
    return _known(one(connection, UNCOUNTED, id=checked(session_id, "session")), session_id)


def _known(row: Row | None, session_id: str) -> Session:
    if row is None:
        raise NotFound(f"There is no session {session_id!r}.")
    return session_of(row)


def touch(connection: Connection, session_id: str, *, head_id: str | None = None, title: str | None = None) -> datetime:
    """Note that the session has been used, and its new head and title where there are new ones."""
    given: Row = {"updated_at": now()}
    if head_id is not None:
        given["head_id"] = head_id
    if title:
        given["title"] = title
    changes = [f"{name} = ${name}" for name in given]
    if title:
        # Only a new title concerns the search index.
        changes.append(f"revision = case when title is distinct from $title then {NEXT} else revision end")
    run(connection, f"update sessions set {', '.join(changes)} where id = $id", id=session_id, **given)
    at: datetime = given["updated_at"]
    return at


def _by_prefix(connection: Connection, prefix: str) -> Session:
    rows = run(connection, _BY_PREFIX, prefix=prefix.lower())
    if not rows:
        raise NotFound(f"There is no session {prefix!r}.")
    if len(rows) > 1:
        raise InvalidInput(f"Several sessions begin with {prefix!r}.", "Give more characters of the id.")
    return session_of(rows[0])
