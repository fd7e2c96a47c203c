"""What a list of sessions shows: one statement over `v_sessions`, as rows of a window and as SQL to take away.

The statement that fills the list and the text that people copy are the same; only the values are bound in one and
written out in the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..errors import InvalidInput
from ..records import Session
from . import ledger, writer
from .database import Database
from .rows import Row, now, run
from .session_pages import session_of

__all__ = ["SORTS", "Facet", "Group", "SessionViews", "View", "Window"]

_ORDERS = {
    "updated": "pinned desc, updated_at desc",
    "created": "pinned desc, created_at desc",
    "title": "pinned desc, lower(title)",
    "messages": "pinned desc, messages desc",
    "cost": "pinned desc, cost_usd desc nulls last",
    "match": "list_position($found::varchar[], session_id)",
}
SORTS = tuple(_ORDERS)
_DATED = {"updated": "updated_at", "created": "created_at"}
_NAME = re.compile(r"\$(\w+)")
_DROPPED = ("session_id", "owner")


@dataclass(frozen=True, slots=True)
class View:
    """Which sessions, in which order."""

    owner: str
    """Name of the person."""
    sort: str = "updated"
    """One of `SORTS`; `match` keeps the order of `found`."""
    tags: tuple[str, ...] = ()
    """All of these, in any case."""
    model: str | None = None
    """Exactly this model is the session's, or has answered in it."""
    pinned: bool = False
    """Only pinned ones."""
    archived: bool | None = False
    """Whether archived ones instead; None for both."""
    files: bool = False
    """Only those that were given something to read."""
    found: tuple[str, ...] | None = None
    """Only these ids."""

    def statement(self) -> tuple[str, Row]:
        """The query with `$names`, and what they bind.

        Raises
        ------
        InvalidInput
            For an unknown order.
        """
        if self.sort not in _ORDERS or (self.sort == "match" and self.found is None):
            raise InvalidInput(f"Sessions cannot be sorted by {self.sort!r}.", f"Use one of {', '.join(SORTS)}.")
        parts: list[tuple[bool, str]] = [
            (True, "owner = $owner"),
            (self.archived is not None, "archived" if self.archived else "not archived"),
            (self.pinned, "pinned"),
            (bool(self.tags), "list_has_all(list_transform(tags, lambda tag: lower(tag)), $tags::varchar[])"),
            (
                self.model is not None,
                "(model = $model or session_id in (select session_id::varchar from messages where model = $model))",
            ),
            (self.files, "session_id in (select session_id::varchar from sources)"),
            (self.found is not None, "list_contains($found::varchar[], session_id)"),
        ]
        conditions = "\n  and ".join(condition for wanted, condition in parts if wanted)
        statement = f"select * from v_sessions\nwhere {conditions}\norder by {_ORDERS[self.sort]}, session_id desc"
        values = {
            "owner": self.owner,
            "tags": [tag.lower() for tag in self.tags],
            "model": self.model,
            "found": list(self.found or ()),
        }
        return statement, {name: values[name] for name in _NAME.findall(statement)}

    def sql(self) -> str:
        """The query with its values written out, to be run anywhere."""
        statement, bound = self.statement()
        return _NAME.sub(lambda name: _literal(bound[name[1]]), statement)


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours in the list under one heading.

    `key` is `pinned`, `today`, `yesterday`, `week` (seven days), `month` (thirty days), a month such as `2026-03`, or
    `rest` where the order is not one of dates.
    """

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the list, and the shape of the whole."""

    items: tuple[Session, ...]
    total: int
    groups: tuple[Group, ...]
    answering: dict[str, str]
    """Session id → the model that is answering in it now, in whatever process."""


@dataclass(frozen=True, slots=True)
class Facet:
    """Something to filter by, and how many sessions have it."""

    name: str
    count: int


class SessionViews:
    """Lists of sessions, read a window at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def window(self, view: View, *, offset: int, limit: int, zone: timedelta = timedelta()) -> Window:
        """Rows from `offset` on; `zone` is the reader's distance from UTC and decides what is today."""
        statement, bound = view.statement()
        grouped, more = _grouped(view, statement, zone)
        with self._database.lease() as connection:
            rows = run(connection, f"{statement}\nlimit $limit offset $offset", **bound, limit=limit, offset=offset)
            groups = tuple(Group(**row) for row in run(connection, grouped, **bound, **more))
            answering = writer.answering(connection)
            unpriced = ledger.unpriced(connection, [row["session_id"] for row in rows])
        items = tuple(_session({**row, "unpriced": unpriced.get(row["session_id"], 0)}) for row in rows)
        return Window(items, sum(group.count for group in groups), groups, answering)

    def ids(self, view: View, *, offset: int = 0, limit: int | None = None) -> list[str]:
        """The ids of a part of the list, or of all of it."""
        statement, bound = view.statement()
        with self._database.lease() as connection:
            rows = run(connection, f"{statement}\nlimit $limit offset $offset", **bound, limit=limit, offset=offset)
        return [row["session_id"] for row in rows]

    def tags(self, owner: str, *, among: Sequence[str] | None = None) -> tuple[Facet, ...]:
        """The tags in use, most used first; `among` looks at these sessions only."""
        return self._facets(
            """
            select tag as name, count(*) as count
            from (
                select unnest(tags) as tag from v_sessions
                where owner = $owner and ($among::varchar[] is null or list_contains($among::varchar[], session_id))
            )
            group by tag order by count desc, lower(tag)
            """,
            owner=owner,
            among=None if among is None else list(among),
        )

    def models(self, owner: str) -> tuple[Facet, ...]:
        """The models that have answered, or are meant to, most used first."""
        return self._facets(
            """
            with named as (
                select session_id, model from v_sessions where owner = $owner
                union
                select session_id, model from v_messages where owner = $owner
            )
            select model as name, count(*) as count from named where model is not null
            group by model order by count desc, lower(model)
            """,
            owner=owner,
        )

    def _facets(self, statement: str, **bound: Any) -> tuple[Facet, ...]:
        with self._database.lease() as connection:
            return tuple(Facet(**row) for row in run(connection, statement, **bound))


def _grouped(view: View, statement: str, zone: timedelta) -> tuple[str, Row]:
    """The statement that counts the list's groups in their order."""
    if view.sort not in _DATED:
        pinned = "case when pinned then 'pinned' else 'rest' end" if view.sort != "match" else "'rest'"
        return (
            f"select {pinned} as key, count(*) as count from ({statement}) group by all order by key",
            {},
        )
    at = f"({_DATED[view.sort]} + to_seconds($zone))"
    today = (now() + zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": 1, "week": 7, "month": 30}
    cases = " ".join(f"when {at} >= ${name}::timestamp then '{name}'" for name in days)
    grouped = f"""
        select
            case when pinned then 'pinned' {cases} else strftime({at}, '%Y-%m') end as key, count(*) as count
        from ({statement}) group by key order by bool_or(pinned) desc, max({at}) desc
    """
    return grouped, {name: today - timedelta(days=back) for name, back in days.items()} | {"zone": zone.total_seconds()}


def _session(row: Row) -> Session:
    record = {name: value for name, value in row.items() if name not in _DROPPED}
    return session_of({"id": row["session_id"], **record})


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return "'" + str(value).replace("'", "''") + "'"
