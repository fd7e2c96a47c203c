"""The path of an import: a file is opened, its format recognised, its conversations merged and stored in batches.

Each batch is one transaction, so a file that breaks off, a cancel or a power cut leaves whole conversations, and
importing the same file again goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidInput, StoreError
from ..store import Store
from ..store.database import Database
from ..store.imports import Imports, Known
from ..store.rows import now
from .conversation import Conversation
from .detect import IMPORTERS, importer_of
from .document import Document
from .importer import Format, Importer
from .merge import Merged, Merger, clean_key
from .opening import opened
from .own import Brought, OwnHistory
from .reading import Broken, Skipped
from .report import Outcome, Report, ReportItem
from .unknown import why_unknown

__all__ = ["Progress", "import_file"]

_BATCH = 500
_BATCH_SIZE = 2 << 20
"""Characters; a conversation larger than this is a batch of its own."""
_IDLE_MS = 2000
_DATABASE_MEMORY = "384MB"
_MORE_MEMORY = "640MB"
"""What DuckDB may take where neighbours among the conversations are so large that it cannot tidy its file otherwise."""
_IS_STORED = "Transaction COMMIT succeeded and is durable"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come."""

    fraction: float
    """Of the bytes of all files; between 0 and 1."""
    conversations: int
    messages: int


def import_file(
    path: str | Path,
    *,
    store: Store,
    user_id: str,
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Report:
    """Bring the conversations of a file, a zip or a directory into the history.

    Parameters
    ----------
    dry_run
        Only report what would be imported.
    progress
        Called after each batch.
    cancel
        Asked between conversations; True ends the import and keeps what is stored. Interrupting does the same.

    Raises
    ------
    InvalidInput
        When there is no such file, or its format is not known.
    """
    place = Path(path).expanduser()
    run = _Run(Report(str(path), dry_run=dry_run), store, user_id, progress, cancel)
    with opened(place) as found:
        run.total = max(1, sum(document.size for document in found.documents))
        try:
            _import_all(found.documents, run)
            for sentence in found.refused:
                run.skip(_in_a_row(sentence))
        except (KeyboardInterrupt, _Cancelled):
            run.report.cancelled = True
        finally:
            run.close()
    if progress is not None and not run.report.cancelled:
        progress(Progress(1.0, run.report.imported + run.report.extended, run.report.messages))
    run.report.items.sort(key=lambda item: item.number)  # what is skipped is told before the batch around it
    return run.report


def _import_all(documents: list[Document], run: _Run) -> None:
    unknown: list[tuple[Document, InvalidInput]] = []
    known = ", ".join(importer.name for importer in IMPORTERS)
    for document in documents:
        importer = importer_of(document)
        document.forget_sample()
        if importer is not None:
            run.read(document, importer)
        elif isinstance(reason := why_unknown(document, known), Broken):
            run.report.broken.append(reason.reason)
        else:
            unknown.append((document, reason))
        run.done += document.size
    if documents and len(unknown) == len(documents):
        raise unknown[0][1]
    for document, reason in unknown:
        if not document.is_beside:
            run.skip(_in_a_row(reason.message))


def _in_a_row(sentence: str) -> str:
    """A sentence that goes on after "was skipped:"."""
    return sentence[:1].lower() + sentence[1:].rstrip(".") if sentence.startswith("The ") else sentence.rstrip(".")


class _Cancelled(Exception):
    pass


class _Run:
    """One import: what has been read and not stored yet, and the report."""

    def __init__(
        self,
        report: Report,
        store: Store,
        user_id: str,
        progress: Callable[[Progress], None] | None,
        cancel: Callable[[], bool] | None,
    ) -> None:
        self.report = report
        self.total = 1
        self.done = 0
        self._store = store
        self._database = self._opened(_DATABASE_MEMORY)
        self._imports = Imports(self._database)
        self._user_id = user_id
        self._progress = progress
        self._cancel = cancel
        self._started = now()
        self._number = 0
        self._batch: list[tuple[int, Conversation]] = []
        self._batch_size = 0
        self._tried: dict[tuple[str, str], Known] = {}
        """What a dry run would have stored so far, by origin and key."""

    def read(self, document: Document, importer: Importer | OwnHistory) -> None:
        """Import one document."""
        if importer.name not in self.report.formats:
            self.report.formats.append(importer.name)
        if isinstance(importer, OwnHistory):
            self._bring(document, importer)
            return
        for found in importer.read(document):
            if self._cancel is not None and self._cancel():
                raise _Cancelled
            if isinstance(found, Broken):
                self.report.broken.append(found.reason)
            elif isinstance(found, Skipped):
                self.skip(found.reason)
            else:
                self._take(found, document, importer)
        self._flush(document, importer)

    def _bring(self, document: Document, own: OwnHistory) -> None:
        """Import a document of our own, whose sessions keep their ids."""
        for found in own.bring(document, store=self._store, user_id=self._user_id, dry_run=self.report.dry_run):
            if isinstance(found, Broken):
                self.report.broken.append(found.reason)
            elif isinstance(found, Skipped):
                self.skip(found.reason)
            else:
                self._tell_brought(found)
            if self._cancel is not None and self._cancel():
                raise _Cancelled
            self._flush(document, own)
        self._flush(document, own)

    def _tell_brought(self, brought: Brought) -> None:
        self._number += 1
        outcome = brought.outcome
        what: Outcome = "imported" if outcome.new else "extended" if outcome.added else "already there"
        session_id = None if self.report.dry_run and outcome.new else outcome.session_id
        notes = "; ".join(brought.notes)
        self.report.add(ReportItem(self._number, what, brought.title, session_id, outcome.added, notes))

    def close(self) -> None:
        """Give the database to others."""
        self._database.close()

    def skip(self, reason: str) -> None:
        """Report an item that is left out."""
        self._number += 1
        self.report.add(ReportItem(self._number, "skipped", reason=reason))

    def _take(self, conversation: Conversation, document: Document, importer: Importer) -> None:
        self._number += 1
        size = sum(len(turn.content) + len(turn.reasoning) for turn in conversation.turns)
        if self._batch_size + size > _BATCH_SIZE:
            self._flush(document, importer)
        self._batch.append((self._number, conversation))
        self._batch_size += size
        if len(self._batch) >= _BATCH or self._batch_size > _BATCH_SIZE:
            self._flush(document, importer)

    def _flush(self, document: Document, form: Format) -> None:
        batch, self._batch = self._batch, []
        if batch:
            for number, merged in self._store_batch(batch, form.name):
                self._tell(number, merged)
        self._batch_size = 0
        if self._progress is not None:
            fraction = min(1.0, (self.done + document.consumed) / self.total)
            self._progress(Progress(fraction, self.report.imported + self.report.extended, self.report.messages))

    def _store_batch(self, batch: list[tuple[int, Conversation]], origin: str) -> list[tuple[int, Merged]]:
        merged: list[tuple[int, Merged]] = []
        try:
            self._add(batch, origin, merged)
        except StoreError as error:
            if _IS_STORED not in error.message:
                raise
            self._database.close()
            self._database = self._opened(_MORE_MEMORY)
            self._imports = Imports(self._database)
        return merged

    def _add(self, batch: list[tuple[int, Conversation]], origin: str, merged: list[tuple[int, Merged]]) -> None:
        # One lease, so that two imports of one file at the same time cannot both find it missing.
        with self._database.lease():
            keys = [clean_key(conversation.key) for _, conversation in batch]
            known = self._imports.known(keys, owner_id=self._user_id, origin=origin)
            known |= {key: self._tried[origin, key] for key in keys if (origin, key) in self._tried}
            merger = Merger(known, owner_id=self._user_id, origin=origin, started=self._started)
            merged += [(number, merger.merge(conversation)) for number, conversation in batch]
            if self.report.dry_run:
                self._tried |= {(origin, key): found for key, found in merger.known.items()}
            else:
                additions = [one.addition for _, one in merged if one.addition is not None]
                self._imports.add(additions, owner_id=self._user_id)

    def _opened(self, memory: str) -> Database:
        """The database for long work, within so much memory."""
        # Opening and closing the file around each batch would cost more than the batch, and DuckDB would otherwise
        # keep as much of what it has written in memory as there is.
        database = self._store.database.for_long_work(idle_hold_ms=_IDLE_MS, memory_limit=memory)
        database.close()  # in case it is open without that limit
        return database

    def _tell(self, number: int, merged: Merged) -> None:
        added = len(merged.addition.messages) if merged.addition is not None else 0
        session_id = None if self.report.dry_run and merged.outcome == "imported" else merged.session_id
        self.report.add(ReportItem(number, merged.outcome, merged.title, session_id, added, " ".join(merged.notes)))
