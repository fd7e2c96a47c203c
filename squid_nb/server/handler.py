"""From HTTP to a route and back: limits, body, conditional and compressed answers. It holds no rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from .access import Access, guarded
from .dispatch import answer
from .downloads import Download, range_of
from .encoding import encode, is_small, takes_gzip
from .incoming import Incoming
from .refusals import Refused
from .routes import Method, Reply, Route

if TYPE_CHECKING:
    from asyncio import Future

    from .state import State

__all__ = ["RestHandler"]

_MB = 1 << 20
_SMALL = 4 * _MB
_LARGEST_UPLOAD = 8 << 30
_CHUNK = 1 * _MB
_SLACK = 64 * _MB
_OF_JUPYTER = {"token", "_xsrf", "no_track_activity"}


@web.stream_request_body
class RestHandler(Access, APIHandler):
    """All methods of one path."""

    def initialize(self, routes: Mapping[Method, Route], state: State) -> None:
        """Tornado's constructor."""
        self.routes = routes
        self.state = state
        self.where = next(iter(routes.values())).path if routes else "unknown"
        self._incoming = Incoming(0, state.pool)
        self._body_read = False

    async def prepare(self) -> None:  # type: ignore[override]  # as Jupyter's own APIHandler does
        """Let in or refuse, before the body is read."""
        await super().prepare()
        if self.request.method == "OPTIONS":
            return
        if self.current_user is None:
            raise web.HTTPError(403)
        person = self.person()
        config = person.squid.config
        wait_s = self.state.rates.take(person.name, per_minute=config.performance.rate_limit_requests_per_minute)
        if wait_s:
            raise Refused(429, hint=f"Try again in {wait_s} s.", retry_after=str(wait_s))
        route = self._route()
        limit = _limit_of(route, file_mb=config.files.max_file_size_mb, files=config.files.max_files_per_message)
        if int(self.request.headers.get("Content-Length") or 0) > limit:
            raise Refused(413, f"The body is larger than the {limit / _MB:.0f} MB that this address takes.")
        # Beyond this, tornado would hang up without a word; what comes is told before.
        self.request.connection.set_max_body_size(limit + _SLACK)  # type: ignore[union-attr]  # it is HTTP/1.1
        self._incoming = Incoming(limit, self.state.pool)
        if route.takes == "upload":
            if not await self.may("write"):
                raise web.HTTPError(403)
            self.state.jobs.refuse_too_many(person.name)
            await self._incoming.keep_in(self.state.jobs.scratch.upload)

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        await self._incoming.take(chunk)
        if self._incoming.hopeless and not self._finished:
            refused = self._incoming.refused
            self.send_error(500, exc_info=(type(refused), refused, None))

    def on_finish(self) -> None:
        """Leave no upload behind that nobody has taken."""
        self._incoming.drop()
        super().on_finish()

    def on_connection_close(self) -> None:
        """The browser went away in the middle of an upload."""
        self._incoming.drop()
        super().on_connection_close()

    @guarded("read")
    async def get(self, **path: str) -> None:
        """Answer a GET."""
        await self._respond(path)

    @guarded("read")
    async def head(self, **path: str) -> None:
        """Answer as to a GET; tornado leaves the body out."""
        await self._respond(path)

    @guarded("write")
    async def post(self, **path: str) -> None:
        """Answer a POST."""
        await self._respond(path)

    @guarded("write")
    async def put(self, **path: str) -> None:
        """Answer a PUT, which no route knows."""
        await self._respond(path)

    @guarded("write")
    async def patch(self, **path: str) -> None:
        """Answer a PATCH."""
        await self._respond(path)

    @guarded("write")
    async def delete(self, **path: str) -> None:
        """Answer a DELETE."""
        await self._respond(path)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """As everywhere, with what this handler knows."""
        if status_code == 405:
            self.set_header("Allow", self._allowed())
        if not self._body_read:
            # Tornado closes a connection whose body nobody has read, and the other side should know.
            self.set_header("Connection", "close")
        super().write_error(status_code, **kwargs)

    def finish(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """As Jupyter's, which would call everything JSON."""
        kind = self._headers.get("Content-Type", "application/json")
        return super().finish(*args, set_content_type=kind, **kwargs)

    async def _respond(self, path: Mapping[str, str]) -> None:
        if self._finished:
            return  # the answer was a refusal
        self._body_read = True
        if self._incoming.refused is not None:
            raise self._incoming.refused
        reply = await answer(
            self._route(),
            person=self.person(),
            state=self.state,
            path=path,
            query=self._query(),
            body=bytes(self._incoming.data),
            upload=await self._incoming.upload(),
        )
        if isinstance(reply, Download):
            await self._hand_over(reply)
        else:
            await self._send(reply)

    def _route(self) -> Route:
        method = "GET" if self.request.method == "HEAD" else self.request.method
        route = next((route for known, route in self.routes.items() if known == method), None)
        if route is None and not self.routes:
            raise Refused(404)
        if route is None:
            raise Refused(405, allow=self._allowed())
        return route

    def _allowed(self) -> str:
        return ", ".join([*self.routes, *(["HEAD"] if "GET" in self.routes else []), "OPTIONS"])

    def _query(self) -> dict[str, list[str]]:
        try:
            return {
                name: [value.decode("utf-8") for value in values]
                for name, values in self.request.query_arguments.items()
                if name not in _OF_JUPYTER
            }
        except UnicodeDecodeError:
            raise Refused(400, "The query is not UTF-8.") from None

    async def _send(self, reply: Reply) -> None:
        self.begin(reply)
        if reply.status == 204:
            self.clear_header("Content-Type")
            await super().finish()
            return
        self.set_header("Vary", "Accept-Encoding")
        config = self.person().squid.config.performance
        compress = config.enable_compression and takes_gzip(self.request.headers.get("Accept-Encoding", ""))
        if is_small(reply.value):
            # A thread would take longer to get its turn than this takes.
            data, compressed = encode(reply.value, compress=compress)
        else:
            data, compressed = await self.state.pool.work(lambda: encode(reply.value, compress=compress))
        if compressed:
            self.set_header("Content-Encoding", "gzip")
        await self.finish(data)

    async def _hand_over(self, download: Download) -> None:
        """Send a file a piece at a time, or the part of it that was asked for."""
        for name, value in download.headers().items():
            self.set_header(name, value)
        if self.check_etag_header():
            self.set_status(304)
            await self.finish()
            return
        condition = self.request.headers.get("If-Range")
        wanted = self.request.headers.get("Range") if condition in (None, download.etag) else None
        part = range_of(wanted, download.size)
        start, stop = part or (0, download.size)
        if part is not None:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{stop - 1}/{download.size}")
        self.set_header("Content-Length", str(stop - start))
        if self.request.method != "HEAD":
            for place in range(start, stop, _CHUNK):
                read = partial(download.read, place, min(place + _CHUNK, stop))
                self.write(await self.state.pool.work(read))
                await self.flush()
        await self.finish()


def _limit_of(route: Route, *, file_mb: float, files: int) -> int:
    """How many bytes the body of a route may have."""
    if route.takes == "upload":
        return _LARGEST_UPLOAD
    if route.takes == "attachments":
        return _SMALL + int(file_mb * files * _MB * 4 / 3)
    return _SMALL
