"""Keeping the index as new as the history: catching up, building, and knowing when there is nothing to do.

Readers never wait for a build that only tidies up, and writers of the history never wait for the index: it reads the
database in short pieces.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import tantivy

from .. import ending
from ..errors import SearchError, SquidError
from ..store import Store
from ..store.changes import Delta, Entry
from ..store.database import Stamp
from .fields import document
from .index import Generation, Progress, Shelf

__all__ = ["Reading", "Report", "Upkeep"]

T = TypeVar("T")
Report: TypeAlias = Callable[[int, int], None]
"""Is told how many messages of how many are indexed."""

_BATCH = 1000
_LARGE = 5000
_WAIT_S = 2.0
"""How long a search waits for another process to catch up before it makes do with what is there."""
_BUILD_WAIT_S = 60.0
_LEAVE_S = 10.0
_ROUNDS = 4
"""How often a search runs after a history that others keep changing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An index to search in."""

    searcher: tantivy.Searcher
    certain: bool
    """Whether it is what the history was a moment ago; else what it finds has to be looked up there."""


class Upkeep:
    """The index of one store, in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelf = Shelf(store.path.with_name(f"{store.path.name}.search"))
        self._mutex = threading.RLock()
        self._seen: Stamp | None = None
        self._rebuilt = False
        self._tidying: threading.Thread | None = None
        self._ending = threading.Event()
        ending.to_close(self._leave)

    def reading(self, report: Report | None = None) -> Reading:
        """The index, caught up with the history.

        Raises
        ------
        SearchError
            When it cannot be written, or another process builds it for too long.
        """
        with self._mutex:
            generation = self._shelf.current()
            if generation is not None and self._unchanged():
                return Reading(generation.searcher(), certain=True)
            generation, certain = self._caught_up(generation, report)
            self._tidy_if_needed(generation)
            return Reading(generation.searcher(), certain)

    def rebuild(self, report: Report | None = None) -> None:
        """Build the index anew, whatever there is."""
        with self._mutex:
            self._seen = None
            self._build(report, unless=lambda: False)

    def discard(self) -> None:
        """Forget an index that turned out to be damaged; the next reading builds it."""
        with self._mutex:
            self._seen = None
            self._shelf.forget()

    def close(self) -> None:
        """End work in the background."""
        self._ending.set()
        tidying = self._tidying
        if tidying is not None and tidying is not threading.current_thread():
            tidying.join()

    def _leave(self) -> None:
        """At the end of the process, wait for who is inside tantivy."""
        self._ending.set()
        tidying = self._tidying
        if tidying is not None:
            tidying.join(_LEAVE_S)
        if self._mutex.acquire(timeout=_LEAVE_S):
            self._mutex.release()
        else:
            ending.guard()

    def _unchanged(self) -> bool:
        # A file that is open may have changes that its time and size do not tell yet.
        database = self._store.database
        return self._seen is not None and not database.is_open() and database.stamp() == self._seen

    def _caught_up(self, generation: Generation | None, report: Report | None) -> tuple[Generation, bool]:
        """The generation in use, and whether it has everything."""
        for _ in range(_ROUNDS):
            if generation is None:
                generation = self._build(report, unless=lambda: self._shelf.current() is not None)
            progress = generation.progress()
            stamp, delta = self._look(progress)
            if delta is None or self._lost_count(generation, delta):
                self._rebuilt = True
                generation = self._build(report, unless=lambda: False)
                continue
            if _is_empty(delta):
                self._seen = stamp
                return generation, True
            with self._shelf.lock("write", timeout=_WAIT_S) as mine:
                latest = self._shelf.current()
                if mine and latest is generation and generation.progress() == progress:
                    self._apply(generation, delta, report)
                    self._seen = stamp
                    return generation, True
                generation = latest  # another process was faster, or has not come to an end
                if generation is not None and not mine:
                    break
        if generation is None:
            raise SearchError(
                "The search index is damaged again and again.", f"Delete the folder {self._shelf.folder}."
            )
        return generation, False

    def _look(self, progress: Progress | None) -> tuple[Stamp | None, Delta | None]:
        """The state of the file, and what changed since; None when the index was made of another history."""
        with self._store.database.lease():
            stamp = self._store.database.stamp()
            if progress is None:
                return stamp, None
            delta = self._store.changes.since(progress.number)
        same = delta.mark.history == progress.history and delta.mark.number >= progress.number
        return stamp, delta if same else None

    def _lost_count(self, generation: Generation, delta: Delta) -> bool:
        """Whether rows came or went without a revision; building once is all that can be done about it."""
        return _is_empty(delta) and not self._rebuilt and generation.count_messages() != delta.mark.messages

    def _apply(self, generation: Generation, delta: Delta, report: Report | None) -> None:
        before = generation.progress()
        purge = delta.purged or (before is not None and before.purge)
        progress = Progress(delta.mark.history, delta.mark.number, purge)
        with generation.writing(progress, large=len(delta.messages) > _LARGE) as writer:
            for session_id in {*delta.deleted, *delta.sessions}:
                writer.delete_documents_by_term("session", session_id)
            for message_id in delta.messages:
                writer.delete_documents_by_term("message", message_id)
            self._add(writer, delta, report if len(delta.messages) > _LARGE else None)

    def _add(self, writer: tantivy.IndexWriter, delta: Delta, report: Report | None) -> None:
        for ids in _batches(delta.sessions):
            _write(writer, self._store.changes.titles(ids))
        done = 0
        for ids in _batches(delta.messages):
            _write(writer, self._store.changes.messages(ids))
            done += len(ids)
            if report is not None:
                report(done, len(delta.messages))
            ending.visit()
            if ending.mine():
                raise SearchError("The search index was not finished because the process ends.", "Search again.")
            if self._ending.is_set() and threading.current_thread() is self._tidying:
                raise _Ended

    def _build(self, report: Report | None, *, unless: Callable[[], bool]) -> Generation:
        """A new generation from everything there is; what changes meanwhile is added before it is put in use."""
        with self._shelf.lock("build", timeout=_BUILD_WAIT_S) as mine:
            if not mine:
                raise SearchError("Another process is building the search index.", "Try again in a minute.")
            if unless() and (ready := self._shelf.current()) is not None:
                return ready
            generation = self._shelf.begin()
            everything = self._store.changes.everything()
            progress = Progress(everything.mark.history, everything.mark.number)
            with generation.writing(progress, large=True) as writer:
                self._add(writer, everything, report)
            with self._shelf.lock("write", timeout=_BUILD_WAIT_S):
                _, delta = self._look(generation.progress())
                if delta is not None and not _is_empty(delta):
                    self._apply(generation, delta, None)
                self._shelf.publish(generation)
            return generation

    def _tidy_if_needed(self, generation: Generation) -> None:
        """Words of purged sessions stay in files of the index until it is built anew; nobody waits for that."""
        progress = generation.progress()
        if progress is not None and progress.purge and self._tidying is None and not self._ending.is_set():
            self._tidying = threading.Thread(target=self._tidy, name="squid-search", daemon=True)
            self._tidying.start()

    def _tidy(self) -> None:
        try:
            self._build(None, unless=self._is_tidy)
        except (_Ended, SquidError, OSError):
            pass  # another search tries again; nobody waits for an answer here
        finally:
            self._tidying = None

    def _is_tidy(self) -> bool:
        generation = self._shelf.current()
        progress = generation.progress() if generation is not None else None
        return progress is not None and not progress.purge


class _Ended(Exception):
    """The process ends; the index is tidied another time."""


def _is_empty(delta: Delta) -> bool:
    return not (delta.deleted or delta.sessions or delta.messages)


def _batches(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _write(writer: tantivy.IndexWriter, entries: Sequence[Entry]) -> None:
    for entry in entries:
        writer.add_document(document(entry))
