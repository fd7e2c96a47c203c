"""The route of attached files, by hash."""

from __future__ import annotations

from pydantic import Field

from ..records import File
from .downloads import Download, of_bytes, shown_as
from .routes import Call, Query, Route

__all__ = ["ROUTES"]


class FileQuery(Query):
    """How to hand it over."""

    name: str | None = Field(default=None, min_length=1, max_length=200, description="What to call it when saved.")
    download: bool = Field(default=False, description="Save it, also where it could be shown.")


async def get(call: Call[FileQuery, None]) -> Download:
    """The bytes of a file that one of your messages was given."""
    file: File = await call.work(lambda: call.squid.file(call.path["sha256"], data=True))
    data = file.data or b""
    mime_type, inline = shown_as(file.mime_type, text=file.text is not None and _is_text(data))
    return of_bytes(
        data,
        name=call.query.name or file.sha256[:12],
        mime_type=mime_type,
        inline=inline and not call.query.download,
        etag=f'"{file.sha256}"',
    )


def _is_text(data: bytes) -> bool:
    """Whether the bytes themselves are text; a notebook's text is made from them."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


ROUTES = (Route("GET", "files/{sha256}", get, "Fetch a file.", query=FileQuery, media="*/*", fails=(404, 416)),)
