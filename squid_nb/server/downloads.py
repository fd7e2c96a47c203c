"""Bytes for a browser: whole or a range, never in a form that it would run.

What is stored came from people and models, so only images and plain text are shown in the page; everything else is
something to save.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .refusals import Refused

__all__ = ["Download", "of_bytes", "of_file", "range_of", "shown_as"]

_SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Download:
    """Something to fetch."""

    name: str
    mime_type: str
    inline: bool
    size: int
    read: Callable[[int, int], bytes]
    """The bytes from one place to another."""
    etag: str

    def headers(self) -> dict[str, str]:
        """What a browser must know to be safe with it."""
        kind = "inline" if self.inline else "attachment"
        return {
            "Content-Type": self.mime_type,
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(self.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            "ETag": self.etag,
        }


def shown_as(mime_type: str, *, text: bool) -> tuple[str, bool]:
    """The type to send, and whether it may be shown in the page."""
    if mime_type in _SHOWN:
        return mime_type, True
    if text:
        return "text/plain; charset=utf-8", True
    return "application/octet-stream", False


def of_bytes(data: bytes, *, name: str, mime_type: str, inline: bool, etag: str) -> Download:
    """Bytes that are in memory."""
    return Download(name, mime_type, inline, len(data), lambda start, stop: data[start:stop], etag)


def of_file(path: Path, *, name: str, etag: str) -> Download:
    """A file on disk, to save."""

    def read(start: int, stop: int) -> bytes:
        with path.open("rb") as stream:
            stream.seek(start)
            return stream.read(stop - start)

    return Download(name, "application/octet-stream", inline=False, size=path.stat().st_size, read=read, etag=etag)


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The part that a `Range` header asks for, as start and stop; None for the whole.

    Raises
    ------
    Refused
        When the file has no such part.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None  # several ranges, another unit, or numbers beyond all measure: the whole is a correct answer
    first, last = found.groups()
    if first:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, stop = max(size - int(last), 0), size
    if start >= stop:
        raise Refused(416, content_range=f"bytes */{size}")
    return start, stop
