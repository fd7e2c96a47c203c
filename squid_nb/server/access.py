"""What every handler of the extension has in common: who is asking, what they may do, and a log without content."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.iostream import StreamClosedError

from ..defects import log_defect
from .people import Person
from .refusals import refusal, refusal_of
from .routes import Reply

if TYPE_CHECKING:
    from types import TracebackType

    from .state import State

__all__ = ["RESOURCE", "Access", "guarded"]

Handle: TypeAlias = Callable[..., Awaitable[None]]

RESOURCE = "squid"
"""What an Authorizer is asked about; the actions are `read`, `write` and, for the WebSocket, `execute`."""
_log = logging.getLogger(__name__)


def guarded(action: str) -> Callable[[Handle], Handle]:
    """Only for those who are signed in, and whom the Authorizer allows this action on `squid`."""

    def guard(handle: Handle) -> Handle:
        return cast("Handle", web.authenticated(authorized(action=action, resource=RESOURCE)(handle)))

    return guard


class Access(JupyterHandler):
    """A handler that knows its person."""

    auth_resource = RESOURCE
    state: State
    where = ""
    """The route, for the log: its pattern, never its values."""

    def person(self) -> Person:
        """Who is asking. Only for requests that have been let in."""
        username = self.current_user.username
        return Person(self.state.people.name_of(username), self.state.people.squid_of(username), self.may)

    async def may(self, action: str) -> bool:
        """Whether the Authorizer allows this."""
        allowed = self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)
        return bool(await allowed if inspect.isawaitable(allowed) else allowed)

    def begin(self, reply: Reply) -> None:
        """Say how it ended, and what the bytes will be."""
        self.set_status(reply.status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "private, no-cache")
        for name, value in reply.headers.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error is JSON, and says no more than its status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        reply = (refusal_of(error) if isinstance(error, Exception) else None) or refusal(status_code)
        self.begin(reply)
        self.finish(json.dumps(reply.value))

    def _log(self) -> None:
        # Tornado calls this at the end of each request; the usual line would hold the query, and so what is searched.
        status = self.get_status()
        level = logging.DEBUG if status < 400 else logging.INFO if status < 500 else logging.ERROR
        took_ms = round(1000 * self.request.request_time(), 1)
        line = {"event": "request", "method": self.request.method, "route": self.where, "status": status, "ms": took_ms}
        _log.log(level, json.dumps(line))

    def log_exception(
        self,
        typ: type[BaseException] | None,  # noqa: ARG002 - tornado's signature
        value: BaseException | None,
        tb: TracebackType | None,  # noqa: ARG002
    ) -> None:
        """Defects without their words; refusals are in the line of the request."""
        # Who has gone away before the answer came is no defect either.
        meant = isinstance(value, (web.HTTPError, StreamClosedError))
        if isinstance(value, Exception) and not meant and refusal_of(value) is None:
            log_defect(self.where, value)

    def compute_etag(self) -> str | None:
        """An entity tag that the route has set, or one of the bytes."""
        known = self._headers.get("ETag")
        return known if known is not None else super().compute_etag()
