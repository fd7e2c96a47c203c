"""Lists of conversations: filters, orders and pages, with counters and previews from one statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from ..errors import InvalidInput, NotFound
from ..records import Page, Session
from . import cursor as page_cursor
from .database import Database
from .ids import checked
from .ledger import UNPRICED
from .rows import Row, aware, run

__all__ = ["BY_ID", "COUNTED", "UNCOUNTED", "Filters", "Sort", "page_of", "session_of"]

Sort: TypeAlias = Literal["updated", "created", "title", "messages", "cost"]

_COLUMNS = """
    s.id::varchar as id, s.owner_id::varchar as owner_id, s.title, s.model, s.system, s.notebook,
    s.head_id::varchar as head_id, s.created_at, s.updated_at, s.tags, s.pinned, s.archived
"""
# `chosen` is put in front; the counters of all chosen sessions come from the same statement.
_COUNTS = f"""
    left join (
        select session_id, count(*) as messages from messages
        where session_id in (select id from chosen) group by session_id
    ) as m on m.session_id = s.id
    left join (
        select
            session_id, sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens,
            sum(cost_usd) as cost_usd, count(*) filter (where {UNPRICED}) as unpriced
        from usage where session_id in (select id from chosen) group by session_id
    ) as u on u.session_id = s.id
"""
COUNTED = f"""
    select
        {_COLUMNS}, coalesce(m.messages, 0) as messages, coalesce(u.input_tokens, 0) as input_tokens,
        coalesce(u.output_tokens, 0) as output_tokens, u.cost_usd, coalesce(u.unpriced, 0) as unpriced
    from chosen as s {_COUNTS}
"""
# For one session, scalar aggregates are twice as fast as joining groups.
BY_ID = f"""
    select {_COLUMNS}, m.messages, u.input_tokens, u.output_tokens, u.cost_usd, u.unpriced
    from
        sessions as s,
        (select count(*) as messages from messages where session_id = $id) as m,
        (
            select
                coalesce(sum(input_tokens), 0)::bigint as input_tokens,
                coalesce(sum(output_tokens), 0)::bigint as output_tokens,
                sum(cost_usd) as cost_usd, count(*) filter (where {UNPRICED}) as unpriced
            from usage where session_id = $id
        ) as u
    where s.id = $id
"""
UNCOUNTED = f"select {_COLUMNS} from sessions as s where s.id = $id"
# Counting all sessions is only needed to sort by the counts; the preview is read for one page alone.
_PAGE = """
    with fitting as (select * from sessions as s where {where}),
    chosen as ({chosen}),
    counted as ({counted})
    select c.*, coalesce(left(h.content, 200), '') as preview
    from counted as c left join messages as h on h.id = c.head_id::uuid
    {order}
"""
_HAS = {
    "code": "contains(content, '```')",
    "link": "(contains(content, 'http://') or contains(content, 'https://'))",
    "error": "status = 'failed'",
    "file": "id in (select message_id from sources)",
}


@dataclass(frozen=True, slots=True)
class _Order:
    key: str
    direction: str
    beyond: str
    """The comparison that leads to the next page."""
    value: Callable[[Session], Any]
    kind: type | tuple[type, ...]
    """Of the value, as a cursor gives it back."""


_ORDERS: dict[str, _Order] = {
    "updated": _Order("updated_at", "desc", "<", lambda session: session.updated_at.isoformat(), datetime),
    "created": _Order("created_at", "desc", "<", lambda session: session.created_at.isoformat(), datetime),
    "title": _Order("lower(title)", "asc", ">", lambda session: session.title.lower(), str),
    "messages": _Order("messages", "desc", "<", lambda session: session.messages, int),
    "cost": _Order(
        "coalesce(cost_usd, -1)",
        "desc",
        "<",
        lambda session: -1 if session.cost_usd is None else session.cost_usd,
        (int, float),
    ),
}
_COUNTED_ORDERS = {"messages", "cost"}
_MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Filters:
    """Which sessions fit; see `Sessions.list`."""

    owner_id: str
    query: str | None = None
    tags: tuple[str, ...] = ()
    model: str | None = None
    role: str | None = None
    has: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    archived: bool | None = False
    pinned: bool | None = None

    def conditions(self) -> tuple[list[str], Row]:
        """SQL conditions on a session, and what they bind."""
        found: dict[str, tuple[str, Any]] = {"owner": ("owner_id = $owner", checked(self.owner_id, "user"))}
        if self.query:
            titled = "contains(lower(title || chr(10) || array_to_string(tags, chr(10))), lower($query))"
            found["query"] = (titled, self.query)
        if self.tags:
            every = "list_has_all(list_transform(tags, lambda tag: lower(tag)), $tags::varchar[])"
            found["tags"] = (every, [tag.lower() for tag in self.tags])
        if self.model:
            answered = "id in (select session_id from messages where contains(lower(model), lower($model)))"
            found["model"] = (f"(contains(lower(model), lower($model)) or {answered})", self.model)
        if self.role:
            found["role"] = ("id in (select session_id from messages where role = $role)", self.role)
        for name, value, condition in (
            ("since", self.since, "updated_at >= $since"),
            ("until", self.until, "updated_at <= $until"),
            ("archived", self.archived, "archived = $archived"),
            ("pinned", self.pinned, "pinned = $pinned"),
        ):
            if value is not None:
                found[name] = (condition, value)
        conditions = [condition for condition, _ in found.values()]
        conditions += [f"id in (select session_id from messages where {_HAS[name]})" for name in self.has]
        return conditions, {name: value for name, (_, value) in found.items()}


def page_of(database: Database, filters: Filters, *, limit: int, cursor: str | None, sort: Sort) -> Page:
    """The page after `cursor`, pinned sessions first.

    Raises
    ------
    InvalidInput
        For an unknown order or property, or a cursor that is none.
    """
    if sort not in _ORDERS:
        raise InvalidInput(f"Sessions cannot be sorted by {sort!r}.", f"Use one of {', '.join(_ORDERS)}.")
    for name in filters.has:
        if name not in _HAS:
            raise InvalidInput(f"Sessions cannot be chosen by {name!r}.", f"Use one of {', '.join(_HAS)}.")
    where, bound = filters.conditions()
    order = _ORDERS[sort]
    sorting = f"order by pinned desc, {order.key} {order.direction}, id desc limit $limit"
    beyond, last = _beyond(order, cursor)
    if sort in _COUNTED_ORDERS:
        chosen, counted = "from fitting", f"from ({COUNTED}) {beyond} {sorting}"
    else:
        chosen, counted = f"from fitting {beyond} {sorting}", COUNTED
    statement = _PAGE.format(where=" and ".join(where), chosen=chosen, counted=counted, order=sorting)
    with database.lease() as connection:
        rows = run(connection, statement, **bound, **last, limit=limit + 1)
    items = tuple(session_of(row) for row in rows[:limit])
    more = len(rows) > limit and bool(items)
    end = items[-1] if more else None
    return Page(items, page_cursor.encode(sort, end.pinned, order.value(end), end.id) if end else None)


def _beyond(order: _Order, cursor: str | None) -> tuple[str, Row]:
    """The condition that leaves out the pages before, and what it binds."""
    if cursor is None:
        return "", {}
    sort, pinned, last, last_id = page_cursor.decode(cursor, size=4)
    if not isinstance(sort, str) or order is not _ORDERS.get(sort):
        raise InvalidInput("The page cursor belongs to another order.", "Start again at the first page.")
    try:
        if sort in {"updated", "created"}:
            last = datetime.fromisoformat(last)
        last_id = checked(last_id, "session")
    except (TypeError, ValueError, NotFound):
        raise page_cursor.unusable() from None
    beyond_measure = isinstance(last, int) and not -_MOST <= last <= _MOST
    if not isinstance(pinned, bool) or not isinstance(last, order.kind) or isinstance(last, bool) or beyond_measure:
        raise page_cursor.unusable()
    same = f"({order.key} {order.beyond} $last or ({order.key} = $last and id::uuid < $last_id::uuid))"
    condition = f"where (pinned < $last_pinned or (pinned = $last_pinned and {same}))"
    return condition, {"last_pinned": pinned, "last": last, "last_id": last_id}


def session_of(row: Row) -> Session:
    """The record of a row."""
    times = {"created_at": aware(row["created_at"]), "updated_at": aware(row["updated_at"])}
    return Session(**{**row, **times, "tags": tuple(row["tags"])})
