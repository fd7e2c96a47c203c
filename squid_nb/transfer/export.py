"""The path of an export: sessions are read a few at a time, written in one of the formats, and renamed when whole.

A format is one file of this package, or of another one through the entry-point group `squid_nb.exporters`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..errors import Cancelled, InvalidInput, NotFound
from ..store import Store
from ..store.transcripts import Transcript
from .export_parquet import may_be_tables, write_tables
from .exporters import Material, exporter_named
from .naming import file_name
from .target import explained, new_file
from .zipped import write_each

__all__ = ["ExportProgress", "export"]

_RELEASE_SIZE = 32 << 20
"""Bytes after which the database is closed, as DuckDB keeps what it has read in memory until then."""
_SUFFIXES = {"parquet": ".parquet.zip"}


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export has come."""

    fraction: float
    """Between 0 and 1."""
    sessions: int
    """How many are written."""


def export(
    store: Store,
    session_ids: Sequence[str],
    format: str,  # noqa: A002 - the word people look for
    path: str | Path | None = None,
    *,
    force: bool = False,
    progress: Callable[[ExportProgress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Path:
    """Write sessions to a file.

    Parameters
    ----------
    format
        `json`, `markdown`, `html`, `ipynb`, `parquet`, or one of a plugin.
    path
        The file; a directory gets a file named after the session; the working directory when None. `markdown` and
        `ipynb` with a `.zip` path make one file for each session in it; `parquet` makes a directory, or a zip.
    force
        Replace an existing file.
    progress, cancel
        Called and asked after each session; True ends the export without a trace. Interrupting does the same.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InvalidInput
        When there is nothing to export or no such format.
    TransferError
        When the file cannot be written, or is there already.
    """
    if not session_ids:
        raise InvalidInput("There is nothing to export: no session was chosen.")
    exporter = exporter_named(format) if format != "parquet" else None
    suffix = exporter.suffix if exporter is not None else _SUFFIXES[format]
    with explained(Path(path or ".")):
        target = _target(path, suffix, store, session_ids)
    if exporter is None:
        with closing(write_tables(store, session_ids, target, force=force)) as steps:
            for fraction in steps:
                _look(cancel)
                if progress is not None:
                    progress(ExportProgress(fraction, round(fraction * len(session_ids))))
        return target
    reading = _Reading(store)
    watched = _watched(reading.transcripts(session_ids), len(session_ids), progress, cancel)
    with new_file(target, force=force) as stream:
        material = Material(watched, reading.file)
        if target.suffix == ".zip" and exporter.separable:
            write_each(stream, exporter, material)
        else:
            exporter.write(stream, material)
    return target


def _watched(
    transcripts: Iterator[Transcript],
    total: int,
    progress: Callable[[ExportProgress], None] | None,
    cancel: Callable[[], bool] | None,
) -> Iterator[Transcript]:
    """The sessions, with a look at who watches after each."""
    for done, transcript in enumerate(transcripts, start=1):
        _look(cancel)
        yield transcript
        if progress is not None:
            progress(ExportProgress(done / total, done))


def _look(cancel: Callable[[], bool] | None) -> None:
    if cancel is not None and cancel():
        raise Cancelled("The export was cancelled; nothing was written.")


class _Reading:
    """What is read of the store, with a pause now and then in which it forgets what it has read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since_release = 0

    def transcripts(self, session_ids: Sequence[str]) -> Iterator[Transcript]:
        for transcript in self._store.transcripts.read(session_ids):
            yield transcript
            self._release(sum(len(message.content) + len(message.reasoning) for message in transcript.messages))

    def file(self, sha256: str) -> tuple[bytes, str | None] | None:
        try:
            file = self._store.files.get(sha256, data=True)
        except NotFound:
            return None
        self._release(file.size_bytes)
        return file.data or b"", file.text

    def _release(self, size: int) -> None:
        self._since_release += size
        if self._since_release > _RELEASE_SIZE:
            self._since_release = 0
            self._store.close()


def _target(path: str | Path | None, suffix: str, store: Store, session_ids: Sequence[str]) -> Path:
    place = Path(path).expanduser() if path is not None else Path()
    if not place.is_dir():
        return place
    if suffix == _SUFFIXES["parquet"] and path is not None and may_be_tables(place):
        return place
    title = store.sessions.get(session_ids[0]).title if len(session_ids) == 1 else ""
    return place / f"{file_name(title) or 'squid-history'}{suffix}"
