"""A path becomes documents: a file is one, a zip or a directory holds several, and a directory may hold zips.

Nothing is ever unpacked to disk and no name from inside is used as a path, so a hostile one leads nowhere.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import InvalidInput
from .document import FILE_LIMIT, Document, Files, Member
from .embedded import is_page

__all__ = ["Opened", "opened"]

_CONVERSATIONS = re.compile(r"conversations(-\d+)?\.json", re.IGNORECASE)
_OTHERS = re.compile(r".+\.(json|jsonl|chat|db|sqlite3?|html?)", re.IGNORECASE)
_PAGES = re.compile(r"\.html?$", re.IGNORECASE)
_ZIPS_LIMIT = 100
"""Zips of one directory: each is kept open until the end."""
_MEMBERS_LIMIT = 200_000
_DIRECTORY_LIMIT = 64 << 20
"""Bytes of a zip's table of contents; Python holds about ten times as much."""
_BOMB_RATIO = 150
_BOMB_SIZE = 64 << 20
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a path holds."""

    documents: list[Document]
    refused: list[str] = field(default_factory=list)
    """A sentence for each zip of a directory that cannot be opened."""


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The documents at this path, in the order of their names.

    Raises
    ------
    InvalidInput
        When there is nothing there, it may not be read, or it is a zip that cannot be opened safely.
    """
    try:
        with ExitStack() as archives:
            if path.is_dir():
                yield _in_directory(path, archives)
            elif not path.is_file():
                raise InvalidInput(f"There is no file {path}.", "Check the path.")
            elif _begins_with(path, b"PK"):
                yield Opened(_in_zip(path.name, archives.enter_context(_zip(path))))
            else:
                yield Opened([Document(path.name, path.stat().st_size, lambda: path.open("rb"), path)])
    except ValueError as error:
        # A NUL in the path.
        raise InvalidInput(f"There is no file {str(path)!r}.", "Check the path.") from error
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror or 'input/output error'}.", "Check the path and its permissions."
        ) from error


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _in_directory(path: Path, archives: ExitStack) -> Opened:
    members = []
    for found in sorted(path.rglob("*")):
        # A link could lead out of the directory.
        if found.is_file() and not found.is_symlink():
            members.append(Member(str(found.relative_to(path)), found.stat().st_size, found.read_bytes))
        if len(members) > _MEMBERS_LIMIT:
            raise InvalidInput(f"{path} holds more than {_MEMBERS_LIMIT:,} files.", "Give the directory of one export.")
    files = Files(tuple(members))

    def document(member: Member) -> Document:
        place = path / member.name
        return Document(member.name, member.size, lambda: place.open("rb"), place, files)

    opened_here = Opened(_marked([document(member) for member in members if _usable(member)]))
    zips = [member.name for member in members if member.name.lower().endswith(".zip")]
    for name in zips[:_ZIPS_LIMIT]:
        try:
            opened_here.documents.extend(_in_zip(name, archives.enter_context(_zip(path / name))))
        except InvalidInput as error:
            opened_here.refused.append(error.message)
    if len(zips) > _ZIPS_LIMIT:
        opened_here.refused.append(
            f"{len(zips) - _ZIPS_LIMIT:,} more zip files were not opened; import them one at a time."
        )
    if not opened_here.documents and not opened_here.refused:
        raise InvalidInput(f"{path} holds no conversations.", "An export holds a conversations.json.")
    return opened_here


def _in_zip(name: str, archive: zipfile.ZipFile) -> list[Document]:
    infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    members = [Member(inside, info.file_size, _reader(archive, info)) for inside, info in infos.items()]
    files = Files(tuple(members))
    documents = []
    for member in sorted(filter(_usable, members), key=lambda member: member.name):
        info = infos[member.name]
        if info.file_size > _BOMB_SIZE and info.file_size > _BOMB_RATIO * max(info.compress_size, 1):
            raise InvalidInput(
                f"{member.name} in {name} would unpack to {info.file_size >> 20:,} MB from "
                f"{info.compress_size >> 10:,} KB: this looks like a zip bomb.",
                "If you trust it, unpack it yourself and import the file.",
            )
        documents.append(Document(f"{name}/{member.name}", member.size, _opener(archive, info), files=files))
    documents = _marked(documents)
    if not documents:
        raise InvalidInput(f"{name} holds no conversations.", "An export holds a conversations.json.")
    return documents


def _usable(member: Member) -> bool:
    """Whether a member could hold conversations, by its name."""
    return not member.name.startswith("__MACOSX") and _OTHERS.fullmatch(_split(member.name)[1]) is not None


def _marked(documents: list[Document]) -> list[Document]:
    """The documents, of pages only our own; those that lie beside an export's conversations know that they do."""
    split = [_split(document.name) for document in documents]
    places = {place for place, name in split if _CONVERSATIONS.fullmatch(name)}
    for document, (place, name) in zip(documents, split, strict=True):
        document.is_beside = place in places and not _CONVERSATIONS.fullmatch(name)
    return [document for document in documents if not _is_other_page(document)]


def _is_other_page(document: Document) -> bool:
    return _PAGES.search(document.name) is not None and (document.is_beside or not is_page(document.head))


def _split(name: str) -> tuple[str, str]:
    """Where something lies, and how it is called there."""
    place, _, base = name.replace("\\", "/").rpartition("/")
    return place, base


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    if _contents_size(path) > _DIRECTORY_LIMIT:
        raise InvalidInput(f"{path.name} lists too many files to be an export.", "Unpack it and import the files.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeError) as error:
        raise InvalidInput(
            f"{path.name} is a damaged zip file: {str(error).rstrip('.')}.",
            "Download it again, or unpack what is left and import the conversations.json in it.",
        ) from error
    with archive:
        yield archive


def _contents_size(path: Path) -> int:
    """How large a zip says its table of contents is; 0 where it does not say."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 17)))
        tail = stream.read()
    large = tail.rfind(_END_64)
    if large >= 0 and len(tail) >= large + 48:
        return int(struct.unpack_from("<Q", tail, large + 40)[0])
    end = tail.rfind(_END)
    return int(struct.unpack_from("<L", tail, end + 12)[0]) if end >= 0 and len(tail) >= end + 16 else 0


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        try:
            return cast("BinaryIO", archive.open(info))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            reason = "it is encrypted" if info.flag_bits & 1 else str(error).rstrip(".")
            raise InvalidInput(f"{info.filename} in the zip file cannot be read: {reason}.") from error

    return open_member


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with _opener(archive, info)() as stream:
            return stream.read(FILE_LIMIT)

    return read
