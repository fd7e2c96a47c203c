"""What a route is: a method, a path, what it takes and gives, and the function behind it. Nothing here knows tornado.

Handlers, the batch route and the OpenAPI description are all made from these declarations.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from ..squid import Squid
    from .people import Person
    from .state import State

__all__ = ["PATTERNS", "Body", "Call", "Method", "Query", "Reply", "Route", "regex_of"]

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
Q = TypeVar("Q")
B = TypeVar("B")
T = TypeVar("T")

UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
PATTERNS = {
    "session_id": UUID,
    "message_id": UUID,
    "removal_id": UUID,
    "job_id": r"[0-9a-f]{32}",
    "sha256": r"[0-9a-f]{64}",
}
"""What the parts of a path look like; another path is not found."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Query(BaseModel):
    """Parameters after the `?`; an unknown one is an error, so that a slip of the pen is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """A JSON body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One request on its way to the function of its route."""

    person: Person
    state: State
    path: Mapping[str, str]
    query: Q
    body: B
    where: str = ""
    """The route: its method and its pattern."""
    upload: Path | None = None
    """Where the uploaded bytes are, for routes that take them; the file is the function's to keep or to remove."""

    @property
    def squid(self) -> Squid:
        """Whose history it is about."""
        return self.person.squid

    async def work(self, call: Callable[[], T]) -> T:
        """Do something that may wait for the database, away from the event loop."""
        return await self.state.pool.run(call, patience_s=self.squid.config.database.lock_timeout_s)

    async def look(self, call: Callable[[], T]) -> T:
        """The one look of a route that changes nothing: requests that ask the same at the same time share it."""
        # The same person may have got another history meanwhile.
        key = (id(self.squid), self.where, tuple(self.path.items()), str(self.query))
        return await self.state.pool.run(call, patience_s=self.squid.config.database.lock_timeout_s, key=key)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is more than a value with the usual status."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    method: Method
    path: str
    """Below `squid/api/`, with `{placeholders}` of `PATTERNS`."""
    run: Callable[[Call[Any, Any]], Awaitable[Any]]
    summary: str
    reply: Any = None
    """Type of the answer; None where there is no JSON."""
    query: type[Query] | None = None
    body: type[Body] | None = None
    status: int = 200
    media: str = "application/json"
    """Of the answer."""
    takes: Literal["nothing", "json", "attachments", "upload"] = "nothing"
    """What the body may hold, and so how large it may be."""
    fails: tuple[int, ...] = ()
    """Statuses of errors besides those that every route has."""

    def match(self, path: str) -> dict[str, str] | None:
        """The parts of a path of this route."""
        found = re.fullmatch(regex_of(self.path), path)
        return {name: unquote(part) for name, part in found.groupdict().items()} if found else None


def regex_of(path: str) -> str:
    """The path as a regular expression with named groups."""
    return _PLACEHOLDER.sub(lambda match: f"(?P<{match[1]}>{PATTERNS[match[1]]})", path.replace(".", r"\."))
