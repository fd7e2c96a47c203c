"""Conversations: made, found, listed, changed and removed. Their messages are in `messages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from ..errors import InvalidInput, NotFound
from ..records import Page, Session
from . import cursor as page_cursor
from .database import Database
from .files import drop_unused
from .ids import checked, new_id
from .rows import Connection, Row, aware, now, one, run

__all__ = ["Sessions", "Sort", "fetch", "insert", "touch"]

Sort: TypeAlias = Literal["updated", "created", "title"]

_SHORTEST_PREFIX = 6

# `chosen` is put in front; the counters of all chosen sessions come from the same statement.
_COUNTED = """
    select
        s.id::varchar as id, s.owner_id::varchar as owner_id, s.title, s.model, s.system, s.notebook,
        s.head_id::varchar as head_id, s.created_at, s.updated_at, s.tags, s.pinned, s.archived,
        coalesce(m.messages, 0) as messages, coalesce(u.input_tokens, 0) as input_tokens,
        coalesce(u.output_tokens, 0) as output_tokens, u.cost_usd
    from chosen as s
    left join (
        select session_id, count(*) as messages from messages
        where session_id in (select id from chosen) group by session_id
    ) as m on m.session_id = s.id
    left join (
        select
            session_id, sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens,
            sum(cost_usd) as cost_usd
        from usage where session_id in (select id from chosen) group by session_id
    ) as u on u.session_id = s.id
"""
# For one session, scalar aggregates are twice as fast as joining groups.
_BY_ID = """
    select
        s.id::varchar as id, s.owner_id::varchar as owner_id, s.title, s.model, s.system, s.notebook,
        s.head_id::varchar as head_id, s.created_at, s.updated_at, s.tags, s.pinned, s.archived,
        m.messages, u.input_tokens, u.output_tokens, u.cost_usd
    from
        sessions as s,
        (select count(*) as messages from messages where session_id = $id) as m,
        (
            select
                coalesce(sum(input_tokens), 0)::bigint as input_tokens,
                coalesce(sum(output_tokens), 0)::bigint as output_tokens,
                sum(cost_usd) as cost_usd
            from usage where session_id = $id
        ) as u
    where s.id = $id
"""
_BY_PREFIX = f"with chosen as (select * from sessions where starts_with(id::varchar, $prefix) limit 2) {_COUNTED}"
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
    ) {_COUNTED}
"""
_TITLED = f"""
    with chosen as (
        select * from sessions
        where owner_id = $owner and lower(title) = lower($title)
        order by title = $title desc, updated_at desc, id desc limit 1
    ) {_COUNTED}
"""

# Sort key, and the comparison that leads to the next page.
_ORDERS: dict[str, tuple[str, str, str]] = {
    "updated": ("s.updated_at", "desc", "<"),
    "created": ("s.created_at", "desc", "<"),
    "title": ("lower(s.title)", "asc", ">"),
}


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
        since: datetime | None = None,
        until: datetime | None = None,
        archived: bool | None = False,
        sort: Sort = "updated",
    ) -> Page:
        """A page of sessions, pinned ones first.

        Parameters
        ----------
        cursor
            `Page.cursor` of the page before, with the same other arguments.
        query
            A part of the title or of a tag, in any case.
        tags
            All of which a session must have.
        since, until
            Bounds of the last change, both inclusive.
        archived
            Whether to list archived ones instead; None lists both.
        """
        if sort not in _ORDERS:
            raise InvalidInput(f"Sessions cannot be sorted by {sort!r}.", f"Use one of {', '.join(_ORDERS)}.")
        where, parameters = _filters(owner_id, query, tags, since, until, archived)
        key, direction, beyond = _ORDERS[sort]
        if cursor is not None:
            pinned, last, last_id = page_cursor.decode(cursor, size=3)
            beyond_last = f"{key} {beyond} $last or ({key} = $last and s.id < $last_id)"
            where.append(f"(s.pinned < $pinned or (s.pinned = $pinned and ({beyond_last})))")
            last = last if sort == "title" else datetime.fromisoformat(last)
            parameters |= {"pinned": pinned, "last": last, "last_id": checked(last_id, "session")}
        order = f"order by s.pinned desc, {key} {direction}, s.id desc"
        statement = f"""
            with chosen as (
                select * from sessions as s where {" and ".join(where)} {order} limit $limit
            ) {_COUNTED} {order}
        """
        with self._database.lease() as connection:
            rows = run(connection, statement, **parameters, limit=limit + 1)
        items = tuple(_session(row) for row in rows[:limit])
        return Page(items=items, cursor=_next(items[-1], sort) if len(rows) > limit else None)

    def latest(self, *, owner_id: str, notebook: str | None, cell_id: str | None = None) -> Session | None:
        """The session of this notebook, or with `cell_id` of this very cell, that was used last."""
        with self._database.lease() as connection:
            row = one(connection, _LATEST, owner=checked(owner_id, "user"), notebook=notebook, cell=cell_id)
        return _session(row) if row else None

    def titled(self, title: str, *, owner_id: str) -> Session | None:
        """The newest session of exactly this title, else of this title in other capitals."""
        with self._database.lease() as connection:
            row = one(connection, _TITLED, owner=checked(owner_id, "user"), title=title)
        return _session(row) if row else None

    def rename(self, session_id: str, title: str) -> Session:
        """Give it another title."""
        return self._set(session_id, "update sessions set title = $value where id = $id", title)

    def tag(self, session_id: str, *tags: str) -> Session:
        """Add tags; those it has stay as they are."""
        with self._database.lease() as connection:
            had = fetch(connection, session_id).tags
            new = [tag for tag in dict.fromkeys(tags) if tag not in had]
            return self._set(session_id, "update sessions set tags = $value where id = $id", [*had, *new])

    def untag(self, session_id: str, *tags: str) -> Session:
        """Remove tags; those it does not have are no error."""
        with self._database.lease() as connection:
            left = [tag for tag in fetch(connection, session_id).tags if tag not in tags]
            return self._set(session_id, "update sessions set tags = $value where id = $id", left)

    def pin(self, session_id: str, on: bool = True) -> Session:
        """Keep it at the top of lists, or not."""
        return self._set(session_id, "update sessions set pinned = $value where id = $id", on)

    def archive(self, session_id: str, on: bool = True) -> Session:
        """Keep it out of lists, or not."""
        return self._set(session_id, "update sessions set archived = $value where id = $id", on)

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
            return self._set(session_id, "update sessions set head_id = $value where id = $id", message_id)

    def delete(self, session_id: str) -> None:
        """Remove the session, its messages and sources, and files nothing else uses; the ledger stays."""
        with self._database.lease() as connection:
            key = fetch(connection, session_id).id
            hashes = run(connection, "select distinct sha256 from sources where session_id = $id", id=key)
            run(connection, "delete from messages where session_id = $id", id=key)
            run(connection, "delete from sources where session_id = $id", id=key)
            run(connection, "delete from imports where session_id = $id", id=key)
            run(connection, "delete from imported_messages where session_id = $id", id=key)
            run(connection, "delete from sessions where id = $id", id=key)
            drop_unused(connection, [row["sha256"] for row in hashes])

    def _set(self, session_id: str, statement: str, value: Any) -> Session:
        with self._database.lease() as connection:
            key = fetch(connection, session_id).id
            run(connection, statement, id=key, value=value)
            return fetch(connection, key)


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
        """
        insert into sessions (
            id, owner_id, title, model, system, notebook, tags, pinned, archived, created_at, updated_at
        ) values ($id, $owner, $title, $model, $system, $notebook, $tags::varchar[], false, false, $at, $at)
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
    return session_id


def fetch(connection: Connection, session_id: str) -> Session:
    """The session with this id.

    Raises
    ------
    NotFound
    """
    row = one(connection, _BY_ID, id=checked(session_id, "session"))
    if row is None:
        raise NotFound(f"There is no session {session_id!r}.")
    return _session(row)


def touch(connection: Connection, session_id: str, *, head_id: str | None = None, title: str | None = None) -> datetime:
    """Note that the session has been used, and its new head and title where there are new ones."""
    at = now()
    run(
        connection,
        """
        update sessions
        set updated_at = $at, title = coalesce($title, title), head_id = coalesce($head::uuid, head_id)
        where id = $id
        """,
        id=session_id,
        at=at,
        title=title,
        head=head_id,
    )
    return at


def _by_prefix(connection: Connection, prefix: str) -> Session:
    rows = run(connection, _BY_PREFIX, prefix=prefix.lower())
    if not rows:
        raise NotFound(f"There is no session {prefix!r}.")
    if len(rows) > 1:
        raise InvalidInput(f"Several sessions begin with {prefix!r}.", "Give more characters of the id.")
    return _session(rows[0])


def _filters(
    owner_id: str,
    query: str | None,
    tags: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    archived: bool | None,
) -> tuple[list[str], Row]:
    conditions = ["owner_id = $owner"]
    parameters: Row = {"owner": checked(owner_id, "user")}
    if query:
        conditions.append("contains(lower(title || chr(10) || array_to_string(tags, chr(10))), lower($query))")
        parameters["query"] = query
    if tags:
        conditions.append("list_has_all(tags, $tags::varchar[])")
        parameters["tags"] = list(tags)
    if since is not None:
        conditions.append("updated_at >= $since")
        parameters["since"] = since
    if until is not None:
        conditions.append("updated_at <= $until")
        parameters["until"] = until
    if archived is not None:
        conditions.append("archived = $archived")
        parameters["archived"] = archived
    return conditions, parameters


def _next(last: Session, sort: Sort) -> str:
    keys = {"updated": last.updated_at.isoformat(), "created": last.created_at.isoformat(), "title": last.title.lower()}
    return page_cursor.encode(last.pinned, keys[sort], last.id)


def _session(row: Row) -> Session:
    return Session(
        **{
            **row,
            "created_at": aware(row["created_at"]),
            "updated_at": aware(row["updated_at"]),
            "tags": tuple(row["tags"]),
        }
    )
