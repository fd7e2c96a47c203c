"""What a backup says is in it, and whether a zip can be taken for one at all.

A backup may come from anywhere, so nothing in it is trusted: members have to bear one of two kinds of names, none
is ever unpacked to where its name says, and none may grow beyond the size that its manifest declares.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ..errors import TransferError

__all__ = [
    "FORMAT",
    "MANIFEST",
    "VERSION",
    "Manifest",
    "MemberSum",
    "TableSum",
    "opened",
    "read_bytes",
    "read_manifest",
    "unpack",
    "verify",
]

FORMAT = "squid_nb.backup"
VERSION = 1
MANIFEST = "manifest.json"

_NAME = re.compile(r"tables/[a-z_][a-z0-9_]{0,62}\.parquet|files/[0-9a-f]{64}(?:\.txt)?")
_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MANIFEST_LIMIT = 256 << 20
_RATIO_LIMIT = 200
"""Ours are stored, not compressed; a person who packs one again gets a tenth at most."""
_RATIO_FROM = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class MemberSum:
    """Size and SHA-256 of one member of the zip."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows a table has, and the names and types of its columns."""

    rows: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What has to be in a backup."""

    schema: int
    tables: dict[str, TableSum]
    members: dict[str, MemberSum]


@contextmanager
def opened(path: Path) -> Iterator[tuple[ZipFile, Manifest]]:
    """A backup and its manifest.

    Raises
    ------
    TransferError
        When it is no backup, is damaged, or is not safe to unpack; nothing has been unpacked then.
    """
    try:
        with ZipFile(path) as archive:
            yield archive, read_manifest(archive)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise TransferError(f"{path} is damaged or no backup: {error}.", "Use another backup.") from error
    except OSError as error:
        reason = (error.strerror or "the disk reports an error").lower()
        raise TransferError(f"{path} cannot be read: {reason}.", "Check the path and its permissions.") from error


def read_manifest(archive: ZipFile) -> Manifest:
    """The manifest, after a look at all members.

    Raises
    ------
    TransferError
        When the zip is no backup, or not one that can be unpacked safely.
    """
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()):
        raise _refused("two of its members have the same name")
    if MANIFEST not in infos or infos[MANIFEST].file_size > _MANIFEST_LIMIT:
        raise TransferError("This zip is no backup of squid_nb: it has no manifest.", "Give the path of a backup.")
    for info in infos.values():
        if info.file_size > _RATIO_FROM and info.file_size > _RATIO_LIMIT * max(info.compress_size, 1):
            raise _refused(f"{info.filename} would grow to {info.file_size >> 20:,} MB, like a zip bomb")
    try:
        manifest = _parsed(json.loads(archive.read(MANIFEST)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TransferError("The manifest of the backup cannot be read.", "Use another backup.") from error
    for name, expected in manifest.members.items():
        if not _NAME.fullmatch(name):
            raise _refused(f"{name[:80]!r} is no name of a member")
        if name not in infos or infos[name].file_size != expected.size:
            raise TransferError(f"{name} is missing in the backup, or has another size.", "Use another backup.")
    return manifest


def read_bytes(archive: ZipFile, name: str, expected: MemberSum) -> bytes:
    """The bytes of a member.

    Raises
    ------
    TransferError
        When they are not those of the manifest.
    """
    return b"".join(_pieces(archive, name, expected))


def unpack(archive: ZipFile, name: str, expected: MemberSum, target: Path) -> None:
    """Write a member to a path of our own choice.

    Raises
    ------
    TransferError
        When it is not what the manifest says.
    """
    with target.open("wb") as stream:
        for piece in _pieces(archive, name, expected):
            stream.write(piece)


def verify(archive: ZipFile, name: str, expected: MemberSum) -> None:
    """Read a member to its end and compare it with the manifest.

    Raises
    ------
    TransferError
        When it differs.
    """
    for _ in _pieces(archive, name, expected):
        pass


def _pieces(archive: ZipFile, name: str, expected: MemberSum) -> Iterator[bytes]:
    digest = hashlib.sha256()
    left = expected.size
    with archive.open(name) as member:
        while piece := member.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                raise _differs(name)
            digest.update(piece)
            yield piece
    if left or digest.hexdigest() != expected.sha256:
        raise _differs(name)


def _parsed(told: dict[str, Any]) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError("another format")
    if told["version"] > VERSION:
        raise TransferError("The backup was made by a newer squid_nb.", "Upgrade with `pip install -U squid-nb`.")
    tables = {
        name: TableSum(int(table["rows"]), {str(key): str(kind) for key, kind in table["columns"].items()})
        for name, table in told["tables"].items()
    }
    members = {name: MemberSum(int(one["size"]), str(one["sha256"])) for name, one in told["members"].items()}
    if not all(_TABLE.fullmatch(name) for name in tables) or any(one.size < 0 for one in members.values()):
        raise ValueError("a table or a size that cannot be")
    if not all(_HASH.fullmatch(one.sha256) for one in members.values()):
        raise ValueError("a hash that cannot be")
    if not all(f"tables/{name}.parquet" in members for name in tables):
        raise ValueError("a table without its file")
    return Manifest(int(told["schema"]), tables, members)


def _refused(reason: str) -> TransferError:
    return TransferError(f"The backup is refused: {reason}.", "Use a backup that squid_nb has made.")


def _differs(name: str) -> TransferError:
    return TransferError(f"{name} in the backup is damaged: it is not what was written.", "Use another backup.")
