"""A backup: the whole database in one zip, and verified before anybody relies on it.

The tables lie in it as Parquet, which every DuckDB reads, the stored files as they are, and a manifest says what has
to be there, down to the SHA-256 of each member. `restore.py` takes it back; `docs/backup.md` describes the format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_STORED, ZipFile

from .._version import __version__
from ..errors import Cancelled, TransferError
from ..store import Store
from ..store.dump import Dump, Sums, copy_of, schema_version
from .manifest import FORMAT, MANIFEST, VERSION, Manifest, MemberSum, TableSum, read_manifest, verify
from .report import counted
from .target import new_file, workplace

__all__ = ["Backup", "back_up"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished, verified backup."""

    path: Path
    size_bytes: int
    rows: dict[str, int]
    files: int
    """Stored files in it."""

    def __str__(self) -> str:
        sessions = counted(self.rows.get("sessions", 0), "session")
        messages = counted(self.rows.get("messages", 0), "message")
        size = f"{self.size_bytes / 1e6:.1f} MB"
        return f"{self.path}: {sessions}, {messages}, {counted(self.files, 'file')}, {size}, verified"


def back_up(
    store: Store,
    path: str | Path,
    *,
    force: bool = False,
    progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Backup:
    """Write a backup and verify it.

    Others are kept waiting only while the database file is copied; everything else is made from the copy.

    Parameters
    ----------
    path
        The zip; an existing directory gets one named after the present time.
    force
        Replace an existing file.
    progress, cancel
        Told the fraction that is done, and asked whether to stop; then nothing is left behind.

    Raises
    ------
    TransferError
        When it cannot be written, or what was written is not what was to be written.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        target /= f"squid-{datetime.now(UTC):%Y%m%dT%H%M%S}.backup.zip"
    with new_file(target, force=force) as stream, workplace(target) as place:
        with closing(_write(store, stream, place)) as steps:
            for fraction in steps:
                if cancel is not None and cancel():
                    raise Cancelled("The backup was cancelled; nothing was written.")
                if progress is not None:
                    progress(fraction)
        stream.flush()
        with ZipFile(stream.name) as archive:
            manifest = read_manifest(archive)
            for name, expected in manifest.members.items():
                verify(archive, name, expected)
    rows = {name: table.rows for name, table in manifest.tables.items()}
    return Backup(target, target.stat().st_size, rows, rows.get("files", 0))


def _write(store: Store, stream: BinaryIO, place: Path) -> Generator[float, None, None]:
    copy = place / "copy.duckdb"
    copy_of(store.database, copy)
    yield 0.1
    members: dict[str, MemberSum] = {}
    tables: dict[str, TableSum] = {}
    with Dump.open(copy) as dump, ZipFile(stream, "w", ZIP_STORED) as archive:
        names = dump.tables()
        for number, table in enumerate(names, start=1):
            parquet = place / f"{table}.parquet"
            dump.write(table, parquet)
            sums = _verified(dump, table, parquet)
            tables[table] = TableSum(sums.rows, dump.columns(table))
            name = f"tables/{table}.parquet"
            with parquet.open("rb") as source:
                members[name] = _add(archive, name, iter(lambda: source.read(_CHUNK), b""))
            parquet.unlink()
            yield 0.1 + 0.3 * number / len(names)
        hashes = [row["sha256"] for row in dump.files()]
        for number, sha256 in enumerate(hashes, start=1):
            data, text = dump.file(sha256)
            members[f"files/{sha256}"] = _add(archive, f"files/{sha256}", [data])
            if text is not None:
                # Also where it says the same as the bytes: that cannot be told from "no text" otherwise.
                members[f"files/{sha256}.txt"] = _add(archive, f"files/{sha256}.txt", [text.encode()])
            yield 0.4 + 0.6 * number / len(hashes)
        manifest = Manifest(schema_version(), tables, members)
        archive.writestr(MANIFEST, json.dumps(_head() | asdict(manifest), indent=1))
    yield 1.0


def _verified(dump: Dump, table: str, parquet: Path) -> Sums:
    sums = dump.sums(table)
    if dump.sums(table, parquet=parquet) != sums:
        raise TransferError(
            f"The table {table} was not written as it is, so there is no backup.", "Try again, or check the disk."
        )
    return sums


def _head() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "generator": f"squid_nb {__version__}",
        "created_at": datetime.now(UTC).isoformat(),
    }


def _add(archive: ZipFile, name: str, pieces: Iterator[bytes] | list[bytes]) -> MemberSum:
    digest = hashlib.sha256()
    size = 0
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            member.write(piece)
    return MemberSum(size, digest.hexdigest())
