"""Answers under way, told from process to process without the database: a file for each, beside it, read as it grows.

Partial text in the database is for what must not be lost. It costs an opening of the file, which pays every few
seconds and not ten times a second. Whoever watches makes the directory; where nobody ever has, nothing is written.

A file is lines of JSON: first who writes for whom, then whatever is said. It goes when the answer has ended. One that
is called `<message>.stop` asks the writer to stop.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from .writer import alive, identity

__all__ = ["Broadcast", "Ear", "Voice"]

_SUFFIX = ".jsonl"
_STOP = ".stop"
_ABOUT = frozenset({"user_id", "teller", "writer_host", "writer_pid", "writer_started"})
_LOOK_S = 1.0
"""How often a reader looks whether a writer that says nothing is still there."""


class Broadcast:
    """The directory beside a database."""

    def __init__(self, database: Path) -> None:
        self.place = database.with_name(f"{database.name}.live")

    def begin(self) -> None:
        """Somebody watches: from now on writers tell. Where that cannot be, one sees what is stored."""
        with contextlib.suppress(OSError):
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_wanted(self) -> bool:
        """Whether somebody has ever watched."""
        return self.place.is_dir()

    def ask_to_stop(self, message_id: str) -> None:
        """Leave word for the writer of an answer."""
        with contextlib.suppress(OSError):
            (self.place / f"{message_id}{_STOP}").touch(mode=0o600)


class Voice:
    """What tells of one answer."""

    def __init__(self, broadcast: Broadcast, message_id: str, *, user_id: str, teller: str) -> None:
        self._path = broadcast.place / f"{message_id}{_SUFFIX}"
        self._stop = self._path.with_suffix(_STOP)
        self._descriptor: int | None = None
        with contextlib.suppress(OSError):
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.say({**identity(), "user_id": user_id, "teller": teller})

    def say(self, *lines: dict[str, Any]) -> None:
        """Write lines; without any, only that the writer is there. A full disk is no reason to end the answer."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            if lines:
                os.write(self._descriptor, "".join(json.dumps(line) + "\n" for line in lines).encode())
            else:
                os.utime(self._path)

    def is_asked_to_stop(self) -> bool:
        """Whether somebody elsewhere wants it to end."""
        return self._stop.exists()

    def end(self) -> None:
        """Take the file away; who reads it has it open, and reads on to its end."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        for path in (self._path, self._stop):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


class Ear:
    """What hears all answers of one person that others tell of. Used by one thread at a time."""

    def __init__(self, broadcast: Broadcast, *, user_id: str, teller: str) -> None:
        self._place = broadcast.place
        self._user_id = user_id
        self._teller = teller
        self._heard: dict[str, _Telling] = {}
        self._others: set[str] = set()
        """Not for this ear."""

    def listen(self) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """What has been said since the last time, with the answer's id; None when its writer is gone."""
        there = self._there()
        self._others &= there
        for message_id in there - self._others - set(self._heard):
            self._open(message_id)
        for message_id, telling in list(self._heard.items()):
            yield from ((message_id, line) for line in telling.read())
            if message_id not in there:
                self._forget(message_id)
            elif telling.is_abandoned():
                yield message_id, None
                telling.remove()
                self._forget(message_id)

    def close(self) -> None:
        """Listen no more."""
        for message_id in list(self._heard):
            self._forget(message_id)

    def _there(self) -> set[str]:
        try:
            return {path.stem for path in self._place.iterdir() if path.suffix == _SUFFIX}
        except OSError:
            return set()

    def _open(self, message_id: str) -> None:
        try:
            telling = _Telling(self._place / f"{message_id}{_SUFFIX}")
        except OSError:
            return  # it has ended meanwhile
        about = telling.about
        if about is not None and about["user_id"] == self._user_id and about["teller"] != self._teller:
            if telling.is_alive():
                self._heard[message_id] = telling
                return
            telling.remove()
        elif about is not None:
            self._others.add(message_id)
        telling.close()

    def _forget(self, message_id: str) -> None:
        self._heard.pop(message_id).close()


class _Telling:
    """One file as it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO = path.open("rb")
        self._rest = b""
        self._news_at = time.monotonic()
        about = next(self.read(), None)
        self.about = about if about is not None and set(about) >= _ABOUT else None
        """Who writes, for whom; None when not even that is there yet."""

    def read(self) -> Iterator[dict[str, Any]]:
        """Whole lines that have not been read."""
        while (line := self._rest + self._stream.readline()).endswith(b"\n"):
            self._rest = b""
            self._news_at = time.monotonic()
            with contextlib.suppress(ValueError):  # a disk that was full
                said = json.loads(line)
                if isinstance(said, dict):
                    yield said
        self._rest = line

    def is_abandoned(self) -> bool:
        """Whether its writer has gone away without a last word; looked at when nothing is said for a while."""
        if time.monotonic() - self._news_at < _LOOK_S:
            return False
        self._news_at = time.monotonic()
        return not self.is_alive()

    def is_alive(self) -> bool:
        """Whether its writer is there."""
        try:
            touched = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except OSError:
            return True  # it has just taken the file away itself
        return self.about is not None and alive({**self.about, "heartbeat_at": touched})

    def remove(self) -> None:
        """Do what its writer could not."""
        for path in (self._path, self._path.with_suffix(_STOP)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Read no more."""
        self._stream.close()
