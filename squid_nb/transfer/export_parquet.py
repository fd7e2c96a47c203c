"""The format `parquet`: the tables for other tools, one Parquet file each, and the attached files as they are.

They lie in a directory, or in a zip when the path ends in `.zip`, with a `manifest.json` that says what is in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from .._version import __version__
from ..store import Store
from ..store.dump import CHOSEN, Dump, copy_of
from .target import new_directory, new_file, workplace

__all__ = ["FORMAT", "MANIFEST", "may_be_tables", "write_tables"]

FORMAT = "squid_nb.tables"
MANIFEST = "manifest.json"

# What the program needs to run is no history, and the name of a machine is nobody's business.
_INTERNAL = frozenset({"writer_host", "writer_pid", "writer_started", "heartbeat_at", "revision"})


def write_tables(
    store: Store, session_ids: Sequence[str], target: Path, *, force: bool
) -> Generator[float, None, None]:
    """Write the tables; yields how far it is, and leaves nothing behind when it is not walked to its end."""
    with ExitStack() as stack:
        if target.suffix == ".zip":
            stream = stack.enter_context(new_file(target, force=force))
            place = stack.enter_context(workplace(target))
        else:
            stream = None
            place = stack.enter_context(new_directory(target, force=force, ours=_is_ours))
        yield from _fill(place, store, session_ids)
        if stream is not None:
            with ZipFile(stream, "w", ZIP_STORED) as archive:
                for path in sorted(place.rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(place).as_posix())
    yield 1.0


def _fill(place: Path, store: Store, session_ids: Sequence[str]) -> Iterator[float]:
    copy = place / ".copy.duckdb"
    copy_of(store.database, copy)
    yield 0.1
    manifest = {
        "format": FORMAT,
        "version": 1,
        "generator": f"squid_nb {__version__}",
        "exported_at": datetime.now(UTC).isoformat(),
        "tables": {},
    }
    with Dump.open(copy) as dump:
        dump.choose(session_ids)
        for number, table in enumerate(CHOSEN, start=1):
            dump.write(table, place / f"{table}.parquet", chosen=True, plain=True, leave_out=_INTERNAL)
            yield 0.1 + 0.4 * number / len(CHOSEN)
        hashes = [row["sha256"] for row in dump.files(chosen=True)]
        (place / "files").mkdir()
        for number, sha256 in enumerate(hashes, start=1):
            data, text = dump.file(sha256)
            (place / "files" / sha256).write_bytes(data)
            if text is not None and text.encode() != data:
                (place / "files" / f"{sha256}.txt").write_text(text, "utf-8", newline="")
            yield 0.5 + 0.5 * number / len(hashes)
        manifest["tables"] = {table: dump.count(place / f"{table}.parquet") for table in CHOSEN}
    copy.unlink()
    shutil.rmtree(f"{copy}.tmp", ignore_errors=True)
    copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
    (place / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def may_be_tables(path: Path) -> bool:
    """Whether a directory is one for the tables: empty, or an earlier export."""
    return not any(path.iterdir()) or _is_ours(path)


def _is_ours(path: Path) -> bool:
    try:
        return bool(json.loads((path / MANIFEST).read_bytes())["format"] == FORMAT)
    except (OSError, ValueError, TypeError, LookupError):
        return False
