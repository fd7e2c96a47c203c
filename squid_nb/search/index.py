"""The index on disk: one folder beside the database, in it the generation in use and perhaps one that is being built.

It is a cache. It may be deleted at any time, and what cannot be read is as good as missing. `current.json` names the
generation in use; replacing that file is how a newly built one takes over, also under the hands of other processes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy
from filelock import FileLock, Timeout

from ..store.ids import new_id
from . import words
from .fields import MARK, TOKENIZER, VERSION, mark_document, schema, shown_in

__all__ = ["Generation", "Progress", "Shelf", "is_damage"]

_SMALL_HEAP = 15_000_000
_LARGE_HEAP = 96_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an index has come: the history it was made of, and the last revision of it."""

    history: str
    number: int
    purge: bool = False
    """Whether it still holds traces of what is gone for good."""


class Generation:
    """One index, opened. Writing is only for who holds the lock of the shelf."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        if create:
            folder.mkdir(parents=True)
            self._index = tantivy.Index(schema(), str(folder), reuse=False)
        else:
            self._index = tantivy.Index.open(str(folder))
        self._index.register_tokenizer(TOKENIZER, words.analyzer())
        self._index.config_reader("manual")
        self._index.reload()

    def searcher(self) -> tantivy.Searcher:
        """What is committed, as of the last `reload`."""
        return self._index.searcher()

    def reload(self) -> None:
        """See what other processes have committed."""
        self._index.reload()

    def progress(self) -> Progress | None:
        """How far it has come; None when its first build never ended."""
        searcher = self.searcher()
        found = searcher.search(tantivy.Query.term_query(schema(), MARK, MARK, "basic"), 1, count=False).hits
        return Progress(**shown_in(searcher.doc(found[0][1]))) if found else None

    def count_messages(self) -> int:
        """How many messages it has."""
        query = tantivy.Query.term_query(schema(), "kind", "message", "basic")
        found: Any = self.searcher().search(query, 1, count=True)
        return int(found.count)

    @contextmanager
    def writing(self, progress: Progress, *, large: bool = False) -> Iterator[tantivy.IndexWriter]:
        """Change it; at the end of the block everything is committed together with `progress`."""
        writer = self._index.writer(_LARGE_HEAP if large else _SMALL_HEAP, 1)
        try:
            yield writer
            writer.delete_documents_by_term(MARK, MARK)
            facts = {"history": progress.history, "number": progress.number, "purge": progress.purge}
            writer.add_document(mark_document(facts))
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()
        self.reload()


class Shelf:
    """The folder of one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "current.json"
        self._open: Generation | None = None

    def current(self) -> Generation | None:
        """The generation in use, with all that is committed; None when there is none that can be read."""
        for _ in range(2):
            name = self._name()
            if name is None:
                return None
            try:
                if self._open is None or self._open.folder.name != name:
                    self._open = Generation(self.folder / name)
                self._open.reload()
            except BaseException as error:
                if not is_damage(error):
                    raise
                # Either damaged, or another process has just put a new one in its place.
                self._open = None
            else:
                return self._open
        return None

    def begin(self) -> Generation:
        """An empty generation beside the one in use; what earlier attempts left is cleared away."""
        for left in self.folder.glob("g-*"):
            if left.name != self._name():
                shutil.rmtree(left, ignore_errors=True)
        return Generation(self.folder / f"g-{new_id()}", create=True)

    def publish(self, generation: Generation) -> None:
        """Put a generation in use and clear the older one away."""
        older = self._name()
        draft = self._note.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"version": VERSION, "generation": generation.folder.name}), "utf-8")
        draft.replace(self._note)
        self._open = generation
        if older is not None:
            shutil.rmtree(self.folder / older, ignore_errors=True)

    def forget(self) -> None:
        """Take the generation in use out of use."""
        self._open = None
        with suppress(OSError):
            self._note.unlink()

    @contextmanager
    def lock(self, name: str, *, timeout: float) -> Iterator[bool]:
        """Whether this process may `write` or `build` now; no other one does meanwhile."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.folder / f"{name}.lock")
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _name(self) -> str | None:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            return str(note["generation"]) if note["version"] == VERSION else None
        except (OSError, ValueError, KeyError, TypeError):
            return None


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the index cannot be read, which building it anew repairs."""
    # A panic inside tantivy is no subclass of Exception, and its class cannot be imported.
    return isinstance(error, (ValueError, OSError, RuntimeError, KeyError)) or type(error).__name__ == "PanicException"
