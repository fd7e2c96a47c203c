"""A backup becomes the database again: built beside it, verified, and only then put in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from ..errors import Cancelled, StoreDamaged, StoreError, TransferError
from ..store import Store
from ..store.dump import Dump, build
from ..store.replacing import holds_something, put_in_place
from .manifest import Manifest, opened, read_bytes, unpack
from .report import counted
from .target import workplace

__all__ = ["Restored", "restore"]

_BATCH_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, and where the replaced database is now."""

    path: Path
    kept: Path | None
    rows: dict[str, int]

    def __str__(self) -> str:
        kept = f"; the replaced database is kept as {self.kept}" if self.kept else ""
        sessions = counted(self.rows.get("sessions", 0), "session")
        return f"{sessions}, {counted(self.rows.get('messages', 0), 'message')} restored{kept}"


def restore(
    store: Store,
    path: str | Path,
    *,
    force: bool = False,
    progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Restored:
    """Replace the database by a backup; the replaced file is kept beside it.

    Parameters
    ----------
    force
        Replace a database that holds something, or that cannot be read.

    Raises
    ------
    TransferError
        When the backup is damaged, unsafe, or not what its manifest says; the database is as it was.
    StoreError
        When there is a history already and `force` was not given.
    StoreNewer
        When a newer squid_nb has made the backup.
    """
    backup = Path(path).expanduser()
    with opened(backup) as (archive, manifest):
        _refuse_loss(store, force=force)
        store.path.parent.mkdir(parents=True, exist_ok=True)
        with workplace(store.path) as place:
            made = place / "restored.duckdb"
            _Rebuilding(archive, manifest, place, progress, cancel).run(made)
            kept = put_in_place(store.database, made, stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%S}")
    return Restored(store.path, kept, {name: table.rows for name, table in manifest.tables.items()})


def _refuse_loss(store: Store, *, force: bool) -> None:
    if force:
        return
    try:
        full = holds_something(store.database)
    except StoreDamaged as error:
        raise StoreDamaged(
            error.message, "Give --force (`force=True` in Python) to put the backup in its place; it is kept beside it."
        ) from error
    if full:
        raise StoreError(
            f"The database {store.path} holds a history already.",
            "Give --force (`force=True` in Python) to replace it; the replaced file is kept beside it.",
        )


class _Rebuilding:
    """The making of one database from one backup."""

    def __init__(
        self,
        archive: ZipFile,
        manifest: Manifest,
        place: Path,
        progress: Callable[[float], None] | None,
        cancel: Callable[[], bool] | None,
    ) -> None:
        self._archive = archive
        self._manifest = manifest
        self._place = place
        self._progress = progress
        self._cancel = cancel

    def run(self, target: Path) -> None:
        """Make it and compare it with the backup."""
        build(target, version=self._manifest.schema)
        with Dump.open(target) as dump:
            unknown = set(self._manifest.tables) - set(dump.tables())
            if unknown:
                raise TransferError(f"The backup has an unknown table {min(unknown)!r}.", "Use another backup.")
            for number, table in enumerate(self._manifest.tables, start=1):
                self._fill(dump, table)
                self._tell(0.4 * number / len(self._manifest.tables))
            dump.renew()

    def _fill(self, dump: Dump, table: str) -> None:
        parquet = self._place / f"{table}.parquet"
        name = f"tables/{table}.parquet"
        unpack(self._archive, name, self._manifest.members[name], parquet)
        if table == "files":
            self._files(dump, parquet)
        else:
            dump.read(table, parquet)
        found, told = dump.sums(table), dump.sums(table, parquet=parquet)
        if found != told or found.rows != self._manifest.tables[table].rows:
            raise TransferError(
                f"The table {table} does not come out of the backup as it went in.", "Use another backup."
            )
        parquet.unlink()

    def _files(self, dump: Dump, parquet: Path) -> None:
        rows = dump.read_files(parquet)
        dump.execute("begin transaction")
        waiting = 0
        for number, row in enumerate(rows, start=1):
            key = f"files/{row['sha256']}"
            if key not in self._manifest.members:
                raise TransferError("A stored file is missing in the backup.", "Use another backup.")
            data = read_bytes(self._archive, key, self._manifest.members[key])
            words = self._manifest.members.get(f"{key}.txt")
            text = read_bytes(self._archive, f"{key}.txt", words).decode() if words is not None else None
            dump.add_file(row, data=data, text=text)
            waiting += len(data)
            if waiting > _BATCH_BYTES:
                dump.execute("commit; checkpoint; begin transaction")
                waiting = 0
            self._tell(0.4 + 0.6 * number / len(rows))
        dump.execute("commit")

    def _tell(self, fraction: float) -> None:
        if self._cancel is not None and self._cancel():
            raise Cancelled("Restoring was cancelled; the database is as it was.")
        if self._progress is not None:
            self._progress(fraction)
