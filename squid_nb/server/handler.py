"""From HTTP to a route and back: limits, body, conditional and compressed answers. It holds no rules."""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from .access import Access, guarded
from .dispatch import answer
from .downloads import Download, range_of
from .refusals import Refused, refusal, refusal_of
from .routes import Method, Reply, Route

if TYPE_CHECKING:
    from asyncio import Future

    from .state import State

__all__ = ["RestHandler"]

_MB = 1 << 20
_SMALL = 4 * _MB
_LARGEST_UPLOAD = 8 << 30
_CHUNK = 1 * _MB
_WORTH_COMPRESSING = 1024
_FEW = 20
_SHORT = 500
_OF_JUPYTER = {"token", "_xsrf", "no_track_activity"}


@web.stream_request_body
class RestHandler(Access, APIHandler):
    """All methods of one path."""

    def initialize(self, routes: Mapping[Method, Route], state: State) -> None:
        """Tornado's constructor."""
        self.routes = routes
        self.state = state
        self.where = next(iter(routes.values())).path if routes else "unknown"
        self._body = bytearray()
        self._upload: Any = None
        self._uploaded_bytes = 0
        self._too_large = False
        self._body_read = False
        self._limit = 0

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
        self._limit = _limit_of(route, file_mb=config.files.max_file_size_mb, files=config.files.max_files_per_message)
        if int(self.request.headers.get("Content-Length") or 0) > self._limit:
            raise Refused(413, f"The body is larger than the {self._limit / _MB:.0f} MB that this address takes.")
        self.request.connection.set_max_body_size(self._limit + _MB)  # type: ignore[union-attr]  # it is HTTP/1.1
        if route.takes == "upload":
            if not await self.may("write"):
                raise web.HTTPError(403)
            self._upload = tempfile.NamedTemporaryFile(prefix="squid-upload-", delete=False)  # noqa: SIM115

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        self._limit -= len(chunk)
        self._too_large = self._too_large or self._limit < 0
        if self._too_large:
            return
        if self._upload is not None:
            self._uploaded_bytes += await self.state.pool.work(lambda: self._upload.write(chunk))
        else:
            self._body += chunk

    def on_finish(self) -> None:
        """Leave no upload behind that nobody has taken."""
        self._drop_upload()
        super().on_finish()

    def on_connection_close(self) -> None:
        """The browser went away in the middle of an upload."""
        self._drop_upload()
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
        """Every error is JSON, and says no more than its status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        reply = refusal_of(error) if isinstance(error, Exception) else None
        self._begin(reply or refusal(status_code))
        if status_code == 405 or self.get_status() == 405:
            self.set_header("Allow", ", ".join([*self.routes, *(["HEAD"] if "GET" in self.routes else []), "OPTIONS"]))
        if not self._body_read:
            # Tornado closes a connection whose body nobody has read, and the other side should know.
            self.set_header("Connection", "close")
        self.finish(json.dumps((reply or refusal(status_code)).value))

    def finish(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """As Jupyter's, which would call everything JSON."""
        kind = self._headers.get("Content-Type", "application/json")
        return super().finish(*args, set_content_type=kind, **kwargs)

    async def _respond(self, path: Mapping[str, str]) -> None:
        self._body_read = True
        if self._too_large:
            raise Refused(413)
        reply = await answer(
            self._route(),
            person=self.person(),
            state=self.state,
            path=path,
            query=self._query(),
            body=bytes(self._body),
            upload=await self._uploaded(),
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
            raise Refused(405)
        return route

    def _query(self) -> dict[str, list[str]]:
        try:
            return {
                name: [value.decode("utf-8") for value in values]
                for name, values in self.request.query_arguments.items()
                if name not in _OF_JUPYTER
            }
        except UnicodeDecodeError:
            raise Refused(400, "The query is not UTF-8.") from None

    async def _uploaded(self) -> Path | None:
        if self._upload is None:
            return None
        await self.state.pool.work(self._upload.close)
        return Path(self._upload.name) if self._uploaded_bytes else None

    def _drop_upload(self) -> None:
        if self._upload is not None:
            with contextlib.suppress(OSError):
                self._upload.close()
                Path(self._upload.name).unlink(missing_ok=True)

    def _begin(self, reply: Reply) -> None:
        self.set_status(reply.status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "private, no-cache")
        for name, value in reply.headers.items():
            self.set_header(name, value)

    async def _send(self, reply: Reply) -> None:
        self._begin(reply)
        if reply.status == 204:
            self.clear_header("Content-Type")
            await super().finish()
            return
        self.set_header("Vary", "Accept-Encoding")
        config = self.person().squid.config.performance
        compress = config.enable_compression and "gzip" in self.request.headers.get("Accept-Encoding", "")
        if _is_small(reply.value):
            # A thread would take longer to get its turn than this takes.
            data, compressed = _encode(reply.value, compress=compress)
        else:
            data, compressed = await self.state.pool.work(lambda: _encode(reply.value, compress=compress))
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


def _is_small(value: Any) -> bool:
    """A few plain values, such as `health` says."""
    return isinstance(value, dict) and len(value) <= _FEW and not any(map(_may_be_long, value.values()))


def _may_be_long(value: Any) -> bool:
    return isinstance(value, (list, dict)) or (isinstance(value, str) and len(value) > _SHORT)


def _encode(value: Any, *, compress: bool) -> tuple[bytes, bool]:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if compress and len(data) >= _WORTH_COMPRESSING:
        return gzip.compress(data, 5, mtime=0), True
    return data, False
