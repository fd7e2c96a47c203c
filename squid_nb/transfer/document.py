"""One document to import: a file, or a member of a zip or a directory, with the files that came beside it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..attach.decode import decode, image_type
from ..errors import InvalidInput
from .conversation import Attachment
from .json_items import Item, items_of, lines_of
from .reading import Broken, Skipped

__all__ = ["FILE_LIMIT", "Document", "Files", "Member", "text_and_type"]

_HEAD = 1 << 16
_SAMPLE = 10
_SAMPLE_SIZE = 4 << 20
"""Bytes after which a sample that holds something is large enough."""
_BOM = b"\xef\xbb\xbf"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError)
FILE_LIMIT = 128 << 20
"""Bytes of one attachment that is taken in."""
_TEXT_LIMIT = 32 << 20
"""Bytes from which the text of an attachment is not read out: in memory it takes up to four times as much."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file beside the conversations."""

    name: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Files:
    """The files beside the conversations, found by name."""

    members: tuple[Member, ...] = ()

    def find(self, key: str) -> Member | None:
        """The member whose file name is this, or begins with it as exports do (`file-abc-photo.png`)."""
        if not key:
            return None
        exact = next((member for member in self.members if _base(member.name) == key), None)
        return exact or next((member for member in self.members if _base(member.name).startswith(key)), None)

    def attachment(self, key: str, *, name: str | None = None) -> Attachment | None:
        """The attachment, to be read when it is stored; None when it is not here or too large."""
        member = self.find(key)
        if member is None or member.size > FILE_LIMIT:
            return None
        return Attachment(name or _base(member.name), load=member.read)


@dataclass
class Document:
    """Something an importer reads conversations from."""

    name: str
    """What people call it: its path, or its path inside the zip."""
    size: int
    opener: Callable[[], BinaryIO]
    path: Path | None = None
    """Where it is on disk, when it is a file of its own."""
    files: Files = field(default_factory=Files)
    is_beside: bool = False
    """Whether it lies with an export's `conversations.json`, and need not hold any itself."""
    consumed: int = 0
    """Bytes read so far by the reader that runs."""

    @cached_property
    def head(self) -> bytes:
        """Its first bytes."""
        try:
            with self.opener() as stream:
                return stream.read(_HEAD)
        except _DAMAGE as error:
            raise InvalidInput(f"{self.name} cannot be read: {_reason(error)}.", "Download it again.") from error

    @property
    def is_json(self) -> bool:
        """Whether it begins like JSON."""
        return self.head.removeprefix(_BOM).lstrip()[:1] in {b"[", b"{"}

    @cached_property
    def sample(self) -> list[Any]:
        """The first few items of a JSON document; fewer where they are large."""
        sample: list[Any] = []
        for item in self.items() if self.is_json else ():
            if isinstance(item, Item):
                sample.append(item.value)
            if len(sample) == _SAMPLE or isinstance(item, Broken) or (sample and self.consumed > _SAMPLE_SIZE):
                break
        return sample

    def forget_sample(self) -> None:
        """Give the memory of the sample back, when it is known who reads the document."""
        self.__dict__.pop("sample", None)

    def items(self) -> Iterator[Item | Skipped | Broken]:
        """Its items, read anew from the start."""
        with _Counted(self.opener(), self) as stream:
            if self.head.startswith(_BOM):
                stream.read(len(_BOM))
            try:
                yield from (lines_of if self._is_lines else items_of)(cast("BinaryIO", stream))
            except (*_DAMAGE, OSError) as error:
                yield Broken(0, self.consumed, f"Reading stopped at byte {self.consumed:,}: {_reason(error)}.")

    @cached_property
    def _is_lines(self) -> bool:
        first, newline, rest = self.head.removeprefix(_BOM).lstrip().partition(b"\n")
        if not first.startswith(b"{"):
            return False
        if not newline:
            return self.name.endswith(".jsonl")
        return first.rstrip().endswith(b"}") and (rest.lstrip()[:1] == b"{" or self.name.endswith(".jsonl"))


def text_and_type(data: bytes, *, mime_type: str | None) -> tuple[str | None, str]:
    """What a model can read of these bytes, and their MIME type as the bytes tell it."""
    picture = image_type(data)
    if picture is not None:
        return None, picture
    decoded = decode(data) if len(data) <= _TEXT_LIMIT else None
    if decoded is None:
        return None, mime_type or "application/octet-stream"
    return decoded[0], mime_type or "text/plain"


def _reason(error: Exception) -> str:
    return str(error).rstrip(".") or "the zip file is damaged"


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


class _Counted(io.RawIOBase):
    """A stream that tells its document how far it has been read."""

    def __init__(self, stream: BinaryIO, document: Document) -> None:
        self._stream = stream
        self._document = document
        document.consumed = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._document.consumed += len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        data = self._stream.readline(-1 if size is None else size)
        self._document.consumed += len(data)
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()
