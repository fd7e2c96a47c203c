"""The records of `json` out of an exported page, as one stream of JSON."""

from __future__ import annotations

import io
import re
from typing import BinaryIO

__all__ = ["EmbeddedRecords", "is_page"]

_OPEN = re.compile(rb"<script\b[^>]{0,200}\bclass=[\"']?squid-nb[\"']?[^>]{0,200}>")
_CLOSE = b"</script>"
_END = b"</html>"
_CHUNK = 1 << 20
_LONGEST_TAG = 512


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a page that `html` has written."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:100].lower()
    return start.startswith((b"<!doctype html", b"<html")) and b'name="generator" content="squid_nb' in head


class EmbeddedRecords(io.RawIOBase):
    """Reads a page, gives the array that `json` would have been.

    No angle bracket is left in a record, so a record cannot hold the end of its element, and text of the page, in
    which they are all escaped, cannot hold a beginning.
    """

    def __init__(self, page: BinaryIO) -> None:
        self._page = page
        self._seen = b""
        self._inside = False
        self._records = 0
        self._ended = False
        self._ready = bytearray(b"[\n")

    def read(self, size: int = -1, /) -> bytes:
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._advance()
        taken = bytes(self._ready) if size < 0 else bytes(self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def close(self) -> None:
        self._page.close()
        super().close()

    def _advance(self) -> None:
        chunk = self._page.read(_CHUNK)
        self._seen += chunk
        last = not chunk
        while self._step(last=last):
            pass
        if last:
            self._ended = True
            # A page that breaks off gives an array that breaks off.
            if not self._inside and _END in self._seen:
                self._ready += b"\n]\n"

    def _step(self, *, last: bool) -> bool:
        """Pass one border between page and record; False when the next one has not been read yet."""
        if self._inside:
            end = self._seen.find(_CLOSE)
            if end < 0:
                keep = 0 if last else len(_CLOSE) - 1
                border = max(0, len(self._seen) - keep)
                self._ready += self._seen[:border]
                self._seen = self._seen[border:]
                return False
            self._ready += self._seen[:end]
            self._seen = self._seen[end + len(_CLOSE) :]
            self._inside = False
            return True
        found = _OPEN.search(self._seen)
        if found is None:
            self._seen = self._seen[-_LONGEST_TAG:]
            return False
        self._ready += b",\n" if self._records else b""
        self._records += 1
        self._seen = self._seen[found.end() :]
        self._inside = True
        return True
