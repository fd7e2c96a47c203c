"""Routes of sessions: list, create, change, delete with undo, many at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ..errors import InvalidInput
from ..records import Page, Role, Session
from ..selection import Selection
from ..store.session_pages import Sort
from ..store.trash import DeletedSession
from .routes import Body, Call, Query, Reply, Route
from .schemas import Done, Listed

__all__ = ["ROUTES"]

Cursor = Annotated[str, Field(max_length=2000, description="`cursor` of the page before.")]
Title = Annotated[str, Field(max_length=2000)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Ids = Annotated[
    list[Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]], Field(max_length=10_000)
]


class SessionsQuery(Query):
    """Which sessions, and in which order; pinned ones come first."""

    limit: int = Field(default=50, ge=1, le=500)
    cursor: Cursor | None = None
    query: str | None = Field(default=None, max_length=2000, description="As typed into a search box.")
    role: Role | None = None
    model: str | None = Field(default=None, max_length=500)
    tags: Tags = Field(default_factory=list)
    since: str | None = Field(default=None, max_length=40, description="A date, `yesterday`, `7d`; inclusive.")
    until: str | None = Field(default=None, max_length=40)
    archived: Literal["true", "false", "any"] = "false"
    sort: Sort = "updated"


class DeletedQuery(Query):
    """Which part of what was deleted."""

    limit: int = Field(default=50, ge=1, le=500)
    cursor: Cursor | None = None


class NewSession(Body):
    """A session before its first message."""

    title: Title = ""
    model: Name | None = None
    system: Annotated[str, Field(max_length=100_000)] | None = None
    tags: Tags = Field(default_factory=list)


class SessionChange(Body):
    """What is to be different; what is left out stays."""

    title: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    tags: Tags | None = Field(default=None, description="All of its tags from now on.")
    pinned: bool | None = None
    archived: bool | None = None
    head_id: str | None = Field(default=None, description="Show the newest conversation through this message.")


class Bulk(Body):
    """One change to many sessions."""

    action: Literal["tag", "untag", "pin", "unpin", "archive", "unarchive", "delete", "restore"]
    ids: Ids | None = None
    query: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None,
        description="All that fit this query, instead of ids; archived ones with `is:archived`, or to unarchive.",
    )
    tags: Tags = Field(default_factory=list)

    @model_validator(mode="after")
    def _chosen(self) -> Bulk:
        if (self.ids is None) == (self.query is None):
            raise ValueError("give either ids or a query")
        if self.query is not None and not self.query.strip():
            raise ValueError("an empty query fits everything; give one that says which")
        if self.action == "restore" and self.ids is None:
            raise ValueError("what is restored is named by its ids")
        return self


async def list_sessions(call: Call[SessionsQuery, None]) -> Page:
    """A page of sessions with their counters."""
    query = call.query
    return await call.look(
        lambda: call.squid.sessions.list(
            limit=query.limit,
            cursor=query.cursor,
            query=query.query,
            role=query.role,
            model=query.model,
            tags=query.tags,
            since=query.since,
            until=query.until,
            archived={"true": True, "false": False, "any": None}[query.archived],
            sort=query.sort,
        )
    )


async def create(call: Call[None, NewSession]) -> Session:
    """Start an empty session."""
    new = call.body
    return await call.work(
        lambda: call.squid.sessions.create(new.title, model=new.model, system=new.system, tags=new.tags)
    )


async def get(call: Call[None, None]) -> Session:
    """One session."""
    return await call.look(lambda: call.squid.sessions.get(call.path["session_id"]))


async def change(call: Call[None, SessionChange]) -> Session:
    """Change a session, all at once or not at all, and give it as it is then."""
    # What is None stays, there as here.
    return await call.work(lambda: call.squid.sessions.change(call.path["session_id"], **dict(call.body)))


async def delete(call: Call[None, None]) -> Session:
    """Delete a session; `deleted/{session_id}/restore` undoes it."""
    return await call.work(lambda: call.squid.sessions.delete(call.path["session_id"]))


async def bulk(call: Call[None, Bulk]) -> dict[str, Any]:
    """Change many sessions in one go: all of them, or none when one is not there. `restore` undoes `delete`."""
    asked = call.body

    def work() -> Selection:
        sessions = call.squid.sessions
        if asked.action == "restore":
            return sessions.restore_all(asked.ids or [])
        chosen = sessions.select(*(asked.ids or ()), query=asked.query, archived=asked.action == "unarchive")
        _apply(chosen, asked)
        return chosen

    chosen = await call.work(work)
    return {"count": len(chosen), "ids": list(chosen)}


def _apply(chosen: Selection, asked: Bulk) -> None:
    if asked.action in ("tag", "untag") and not asked.tags:
        raise InvalidInput("No tags are given.", "Put them into `tags`.")
    match asked.action:
        case "tag":
            chosen.tag(*asked.tags)
        case "untag":
            chosen.untag(*asked.tags)
        case "pin" | "unpin":
            chosen.pin(on=asked.action == "pin")
        case "archive" | "unarchive":
            chosen.archive(on=asked.action == "archive")
        case "delete":
            chosen.delete()


async def deleted(call: Call[DeletedQuery, None]) -> Page:
    """A page of what can still be restored, latest deletion first."""
    query = call.query
    return await call.look(lambda: call.squid.sessions.deleted_page(limit=query.limit, cursor=query.cursor))


async def restore(call: Call[None, None]) -> Session:
    """Undo a deletion."""
    return await call.work(lambda: call.squid.sessions.restore(call.path["session_id"]))


async def purge(call: Call[None, None]) -> Reply:
    """Let a deleted session be gone for good."""
    await call.work(lambda: call.squid.sessions.purge(call.path["session_id"]))
    return Reply(None, 204)


ROUTES = (
    Route("GET", "sessions", list_sessions, "List sessions.", Listed[Session], query=SessionsQuery),
    Route("POST", "sessions", create, "Create a session.", Session, body=NewSession, status=201, takes="json"),
    Route("POST", "sessions/bulk", bulk, "Change many.", Done, body=Bulk, takes="json", fails=(404,)),
    Route("GET", "sessions/{session_id}", get, "Get a session.", Session, fails=(404,)),
    Route(
        "PATCH", "sessions/{session_id}", change, "Change it.", Session, body=SessionChange, takes="json", fails=(404,)
    ),
    Route("DELETE", "sessions/{session_id}", delete, "Delete it; can be undone.", Session, fails=(404,)),
    Route("GET", "deleted", deleted, "List deleted sessions.", Listed[DeletedSession], query=DeletedQuery),
    Route("POST", "deleted/{session_id}/restore", restore, "Undo a deletion.", Session, fails=(404,)),
    Route("DELETE", "deleted/{session_id}", purge, "Remove it for good.", status=204, fails=(404,)),
)
