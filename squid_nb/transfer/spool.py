"""Attached files on their way in: kept on disk until the session that uses them is stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..records import File
from .loose import text, when
from .own_records import HASH
from .reading import Unreadable

__all__ = ["Spool"]

_LARGEST = 256 << 20


class Spool:
    """A directory of files by hash, which is gone after the block."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="squid-")
        self._place = Path(self._directory.name)
        self._known: dict[str, File] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._directory.cleanup()

    def add(self, record: Mapping[str, Any]) -> None:
        """Keep one part of a file; the last one makes it known.

        Raises
        ------
        Unreadable
            When the bytes are not those of the hash.
        """
        sha256 = text(record.get("sha256"))
        if not HASH.fullmatch(sha256):
            raise Unreadable("the file has no valid hash")
        path, words = self._place / sha256, self._place / f"{sha256}.txt"
        part, parts = record.get("part", 1), record.get("parts", 1)
        try:
            data = base64.b64decode(text(record.get("data")), validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("the bytes of the file are not base64") from None
        if part == 1:
            path.unlink(missing_ok=True)
            told = record.get("text")
            words.write_text(told, "utf-8", "replace", "") if isinstance(told, str) else words.unlink(missing_ok=True)
        if (path.stat().st_size if path.exists() else 0) + len(data) > _LARGEST:
            raise Unreadable(f"the file is larger than {_LARGEST >> 20} MB")
        with path.open("ab") as stream:
            stream.write(data)
        if part == parts:
            self._finish(record, sha256)

    def size(self, sha256: str) -> int:
        """The size of a file; 0 when it has not been in the file that is read."""
        return self._known[sha256].size_bytes if sha256 in self._known else 0

    def load(self, sha256: str) -> File | None:
        """A file with its bytes and its text; None when it has not been in the file that is read."""
        file = self._known.get(sha256)
        if file is None:
            return None
        data = (self._place / sha256).read_bytes()
        words = self._place / f"{sha256}.txt"
        if words.exists():
            told: str | None = words.read_bytes().decode("utf-8", "replace")
        else:
            told = data.decode("utf-8", "replace") if file.text == "" else None
        return File(file.sha256, len(data), file.mime_type, file.created_at, text=told, data=data)

    def _finish(self, record: Mapping[str, Any], sha256: str) -> None:
        path = self._place / sha256
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            path.unlink()
            raise Unreadable("the bytes of the file are not those of its hash")
        self._known[sha256] = File(
            sha256,
            path.stat().st_size,
            text(record.get("mime_type")) or "application/octet-stream",
            when(record.get("created_at")) or datetime.now(UTC),
            # Marks that the text is the bytes.
            text="" if record.get("text_is_data") is True else None,
        )
