"""Routes of messages: read, ask without streaming, edit, ask again, go on, stop, turn to another version, delete."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ..conversing.questions import source_of
from ..errors import InvalidInput
from ..records import Answer, Message, NewSource, Page, Provenance, Session
from ..store.removals import Removal
from .routes import Body, Call, Query, Route
from .schemas import Listed

__all__ = ["ROUTES"]

Id = Annotated[str, Field(max_length=40)]


class MessagesQuery(Query):
    """Which part of the visible conversation."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: Id | None = Field(
        default=None, description="Without it the newest messages; with the `cursor` of a page, those before it."
    )


class Attachment(Body):
    """A file, or text taken from a notebook."""

    name: str = Field(min_length=1, max_length=500)
    data_base64: str
    mime_type: str = Field(default="", max_length=200)
    kind: Literal["file", "variable", "cell", "page"] = "file"
    detail: dict[str, Any] = Field(default_factory=dict)


class Ask(Body):
    """A question. The words are sent as they are: nothing in them is looked up."""

    prompt: str = Field(default="", max_length=2_000_000)
    again: Id | None = Field(default=None, description="A question to answer once more, instead of words.")
    edit: Id | None = Field(default=None, description="A question that these words replace; both are kept.")
    go_on: Id | None = Field(
        default=None, description="An answer that was stopped or broke off, to go on with, instead of words."
    )
    model: str | None = Field(default=None, max_length=500)
    system: str | None = Field(default=None, max_length=100_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    history: bool = True
    notebook: str | None = Field(default=None, max_length=1000)
    attachments: list[Attachment] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _asks_something(self) -> Ask:
        if bool(self.prompt.strip()) + (self.again is not None) + (self.go_on is not None) != 1:
            raise ValueError("give one of a prompt, the id of a question to ask again, or of an answer to go on with")
        return self


@dataclass(frozen=True, slots=True)
class Stopped:
    """Whether there was an answer to stop."""

    stopped: bool


async def page(call: Call[MessagesQuery, None]) -> Page:
    """A page of the visible conversation, oldest first."""
    query = call.query
    return await call.look(lambda: call.squid.messages(call.path["session_id"], limit=query.limit, before=query.cursor))


async def ask(call: Call[None, Ask]) -> Answer:
    """Ask in a session and wait for the whole answer."""
    asked = call.body
    session = await call.work(lambda: call.squid.sessions.get(call.path["session_id"]))
    sources = await call.work(lambda: [_source(call, one) for one in asked.attachments])
    return await call.squid.aask(
        asked.prompt,
        sources=sources,
        session=session,
        again=asked.again,
        edit=asked.edit,
        go_on=asked.go_on,
        model=asked.model,
        system=asked.system,
        temperature=asked.temperature,
        max_tokens=asked.max_tokens,
        history=asked.history,
        provenance=Provenance("server", notebook=asked.notebook),
    )


def _source(call: Call[None, Ask], one: Attachment) -> NewSource:
    try:
        data = base64.b64decode(one.data_base64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"The bytes of {one.name[:80]!r} are not base64.") from None
    return source_of({"name": one.name, "kind": one.kind, "detail": one.detail}, data, config=call.squid.config)


async def get(call: Call[None, None]) -> Message:
    """One message."""
    return await call.look(lambda: call.squid.sessions.message(call.path["message_id"]))


async def versions(call: Call[None, None]) -> Page:
    """The versions of a question, or all answers to one."""
    return Page(tuple(await call.look(lambda: call.squid.sessions.versions(call.path["message_id"]))))


async def show(call: Call[None, None]) -> Session:
    """Make the newest conversation through this message the visible one: how one turns to another version."""

    def work() -> Session:
        sessions = call.squid.sessions
        message = sessions.message(call.path["message_id"])
        return sessions.show(message.session_id, message.id)

    return await call.work(work)


async def delete(call: Call[None, None]) -> Removal:
    """Delete a question with its answers, or an answer; `removals/{removal_id}/restore` undoes it."""
    return await call.work(lambda: call.squid.sessions.remove_message(call.path["message_id"]))


async def restore(call: Call[None, None]) -> Session:
    """Undo the deletion of a message, by the id that the deletion gave."""

    def work() -> Session:
        sessions = call.squid.sessions
        return sessions.get(sessions.restore_message(call.path["removal_id"]))

    return await call.work(work)


async def stop(call: Call[None, None]) -> Stopped:
    """Stop an answer, also one that another process writes; what has arrived is kept."""
    message = await call.work(lambda: call.squid.sessions.message(call.path["message_id"]))
    return Stopped(call.squid.stop(message.id))


ROUTES = (
    Route(
        "GET", "sessions/{session_id}/messages", page, "Read a conversation.", Listed[Message],
        query=MessagesQuery, fails=(404,),
    ),
    Route(
        "POST", "sessions/{session_id}/messages", ask, "Ask, edit, ask again or go on; wait for the answer.", Answer,
        body=Ask, status=201, takes="attachments", fails=(402, 404, 502),
    ),
    Route("GET", "messages/{message_id}", get, "Get a message.", Message, fails=(404,)),
    Route("GET", "messages/{message_id}/versions", versions, "All in its place.", Listed[Message], fails=(404,)),
    Route("POST", "messages/{message_id}/show", show, "Turn to this version.", Session, fails=(404,)),
    Route("DELETE", "messages/{message_id}", delete, "Delete it; can be undone.", Removal, fails=(404,)),
    Route("POST", "removals/{removal_id}/restore", restore, "Undo a message's deletion.", Session, fails=(404,)),
    Route("POST", "messages/{message_id}/stop", stop, "Stop an answer.", Stopped, fails=(404,)),
)  # fmt: skip
