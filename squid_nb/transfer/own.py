"""Our own `json` and `html` come in again without loss: the same ids, so that what is here already is not doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeAlias, cast

from ..records import Message, Session, Usage
from ..store import Store
from ..store.files import Files
from ..store.readmission import Readmission, Readmitted
from ..store.transcripts import Transcript
from .document import Document
from .embedded import EmbeddedRecords, is_page
from .export_json import FORMAT, VERSION
from .json_items import Item
from .loose import items, mapping, text
from .own_records import call_of, messages_of, session_of
from .reading import Broken, Skipped, Unreadable
from .spool import Spool

__all__ = ["OWN", "Brought", "OwnHistory"]

_BATCH = 200
_BATCH_SIZE = 2 << 20
_LARGE = 1 << 20
"""Bytes from which a file is stored in a transaction of its own, which DuckDB holds in memory."""
_IDLE_MS = 2000
_DATABASE_MEMORY = "384MB"
_RELEASE_SIZE = 64 << 20
"""Bytes after which the database is closed, as DuckDB keeps what it has read and written in memory until then."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one session of the file."""

    title: str
    outcome: Readmitted
    notes: tuple[str, ...] = ()


Met: TypeAlias = Brought | Skipped | Broken


class OwnHistory:
    """What `json` and `html` write: it comes in under its own ids, and so by another path than other formats."""

    name = FORMAT

    def recognises(self, document: Document) -> bool:
        """Whether one of ours has written the document."""
        return is_page(document.head) or any(_is_head(value) for value in document.sample[:1])

    def bring(self, document: Document, *, store: Store, user_id: str, dry_run: bool) -> Iterator[Met]:
        """Take the sessions of a document in, a batch at a time."""
        records = _records(document)
        with Spool() as spool:
            run = _Run(store, user_id, spool, dry_run=dry_run)
            for found in records.items():
                document.consumed = min(records.consumed, document.size)
                yield from run.meet(found)
            yield from run.end()


OWN = OwnHistory()


class _Run:
    """The sessions of one document: those read and not stored yet."""

    def __init__(self, store: Store, user_id: str, spool: Spool, *, dry_run: bool) -> None:
        self._user_id = user_id
        self._user_name = store.users.get(user_id).name
        # One file is one transaction, and DuckDB would keep all of it in memory.
        self._database = store.database.for_long_work(idle_hold_ms=_IDLE_MS, memory_limit=_DATABASE_MEMORY)
        self._database.close()  # in case it is open without that limit
        self._files = Files(self._database)
        self._readmission = Readmission(self._database)
        self._spool = spool
        self._dry_run = dry_run
        self._batch: list[tuple[Transcript, tuple[str, ...]]] = []
        self._ids: set[str] = set()
        self._size = 0
        self._since_release = 0
        self._last: Session | None = None
        """The session to which further messages belong."""
        self._held: Brought | None = None
        """What became of it, which is told when all its messages have come."""

    def meet(self, found: Item | Skipped | Broken) -> Iterator[Met]:
        """Take one record."""
        if not isinstance(found, Item):
            yield from self._flush()
            yield found
            return
        record = mapping(found.value)
        kind = record.get("type")
        try:
            if kind == "file" and not self._dry_run:
                self._spool.add(record)
            elif kind == "session":
                yield from self._session(record)
            elif kind == "messages":
                yield from self._more(record)
            elif kind == "head":
                _check_version(record)
        except Unreadable as error:
            yield Skipped(found.number, found.position, str(error))

    def end(self) -> Iterator[Met]:
        """Store and tell what is left."""
        yield from self._flush()
        if self._held is not None:
            yield self._held

    def _flush(self) -> Iterator[Met]:
        """Store what has been read."""
        batch, self._batch = self._batch, []
        self._ids, self._size = set(), 0
        transcripts = [transcript for transcript, _ in batch]
        taken = self._take(transcripts)
        for (transcript, notes), outcome in zip(batch, taken, strict=True):
            if outcome.copied:
                notes = (*notes, "its ids are taken by another session here, so it got new ones")
            if self._held is not None:
                yield self._held
            self._held = Brought(transcript.session.title, outcome, notes)

    def _session(self, record: dict[str, Any]) -> Iterator[Met]:
        session = session_of(record)
        messages, unread = messages_of(record, session.id)
        ids = {session.id, *(message.id for message in messages)}
        size = sum(len(message.content) + len(message.reasoning) for message in messages)
        size += sum(min(self._spool.size(sha256), _LARGE) for sha256 in _hashes(messages))
        if self._ids & ids or self._size + size > _BATCH_SIZE or len(self._batch) >= _BATCH:
            yield from self._flush()
        calls, notes = self._calls(record, session.id)
        if unread:
            notes.append(f"{unread} of its messages could not be read")
        self._batch.append((Transcript(session, messages, files=(), ledger=calls), tuple(notes)))
        self._ids |= ids
        self._size += size
        self._last = session

    def _more(self, record: dict[str, Any]) -> Iterator[Met]:
        """Further messages of the last session."""
        yield from self._flush()
        session = self._last
        if session is None or text(record.get("session_id")) != session.id:
            raise Unreadable("its messages belong to no session before it")
        messages, unread = messages_of(record, session.id)
        transcript = Transcript(session, messages, files=(), ledger=())
        (outcome,) = self._take([transcript])
        if self._held is not None:
            notes = (f"{unread} of its messages could not be read",) if unread else ()
            told = replace(self._held.outcome, added=self._held.outcome.added + outcome.added)
            self._held = replace(self._held, outcome=told, notes=(*self._held.notes, *notes))

    def _take(self, transcripts: list[Transcript]) -> list[Readmitted]:
        if not self._dry_run:
            for transcript in transcripts:
                self._keep_large_files(transcript)
        taken = self._readmission.take(
            transcripts, owner_id=self._user_id, load=self._spool.load, dry_run=self._dry_run
        )
        self._release(_BATCH_SIZE)
        return taken

    def _keep_large_files(self, transcript: Transcript) -> None:
        for sha256 in _hashes(transcript.messages):
            size = self._spool.size(sha256)
            file = self._spool.load(sha256) if size >= _LARGE else None
            if file is not None:
                self._files.keep(file)
                self._release(size)

    def _release(self, size: int) -> None:
        self._since_release += size
        if self._since_release > _RELEASE_SIZE:
            self._since_release = 0
            self._database.close()

    def _calls(self, record: dict[str, Any], session_id: str) -> tuple[tuple[Usage, ...], list[str]]:
        """The calls that this person made; what others paid for stays out of the ledger."""
        given = [mapping(item) for item in items(record.get("calls"))]
        own = [item for item in given if item.get("user") == self._user_name]
        calls = (call_of(item, session_id=session_id, user_id=self._user_id) for item in own)
        others = len(given) - len(own)
        notes = [f"{others} model calls of other people stay out of your ledger"] if others else []
        return tuple(call for call in calls if call is not None), notes


def _hashes(messages: Sequence[Message]) -> list[str]:
    return list(dict.fromkeys(source.sha256 for message in messages for source in message.sources))


def _records(document: Document) -> Document:
    if not is_page(document.head):
        return document
    return Document(document.name, document.size, lambda: cast("BinaryIO", EmbeddedRecords(document.opener())))


def _is_head(value: Any) -> bool:
    record = mapping(value)
    return record.get("type") == "head" and record.get("format") == FORMAT


def _check_version(record: dict[str, Any]) -> None:
    version = record.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise Unreadable(
            f"a newer squid_nb has written the file (version {version!r}); what is known of it is imported"
        )
