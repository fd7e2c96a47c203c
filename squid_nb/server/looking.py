"""Routes that look across sessions: search and usage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ..records import Hit, Page, Role
from .routes import Call, Query, Route
from .schemas import Listed, UsageRow
from .sessions import Cursor

__all__ = ["ROUTES"]

Keys = Literal["hour", "day", "week", "month", "session", "model", "provider", "host", "door", "notebook", "tag"]


def _whole(text: str) -> datetime:
    if "T" not in text.upper():
        raise ValueError("a time is written as 2026-01-31T12:00:00Z")
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is in no calendar") from None


Time = Annotated[datetime, BeforeValidator(_whole)]
Moment = Annotated[str, Field(max_length=40)]


class SearchQuery(Query):
    """What is looked for; `q` knows filters such as `tag:work before:2026`."""

    q: str = Field(min_length=1, max_length=2000)
    limit: int = Field(default=20, ge=1, le=200)
    cursor: Cursor | None = None
    role: Role | None = None
    model: str | None = Field(default=None, max_length=500)
    tags: list[str] = Field(default_factory=list, max_length=100)
    since: Moment | None = None
    until: Moment | None = None
    session: str | None = Field(default=None, max_length=200)
    archived: bool | None = None


class UsageQuery(Query):
    """By what the ledger is summed up, and over which time."""

    by: Keys = "day"
    since: Time | None = None
    until: Time | None = None


async def search(call: Call[SearchQuery, None]) -> Page:
    """A page of hits, best first; `snippet` is HTML with matches in `<mark>`."""
    query = call.query
    return await call.look(
        lambda: call.squid.search(
            query.q,
            limit=query.limit,
            cursor=query.cursor,
            role=query.role,
            model=query.model,
            tags=query.tags,
            since=query.since,
            until=query.until,
            session=query.session,
            archived=query.archived,
        )
    )


async def usage(call: Call[UsageQuery, None]) -> list[dict[str, Any]]:
    """Tokens and cost from the ledger; deleted sessions still count."""
    query = call.query

    def work() -> list[dict[str, Any]]:
        frame = call.squid.history.usage(query.by, since=query.since, until=query.until)
        # Missing values of a frame are of several kinds, and none of them is JSON.
        rows = frame.rename(columns={query.by: "key"}).astype(object).where(frame.notna().to_numpy(), None)
        return [{str(name): _plain(value) for name, value in row.items()} for row in rows.to_dict("records")]

    return await call.look(work)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


ROUTES = (
    Route("GET", "search", search, "Search messages, titles and files.", Listed[Hit], query=SearchQuery, fails=(404,)),
    Route("GET", "usage", usage, "Tokens and cost.", list[UsageRow], query=UsageQuery),
)
