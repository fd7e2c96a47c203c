"""Opening a DuckDB file, and what it means when that fails.

No instance can reach other files or the network, load extensions or change its settings: the history needs none of
that, and SQL written by people runs on the same instance.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ..errors import SquidError, StoreBusy, StoreDamaged, StoreError, StoreNewer
from .lock import Owner
from .rows import Connection

__all__ = ["QUIET", "Locked", "bare", "busy", "concerns_file", "connect", "explain", "explained", "unusable"]

_BARE: dict[str, str] = {
    # DuckDB 2.x would otherwise write files that 1.5 cannot read.
    "storage_compatibility_version": "v1.5.0",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_SETTINGS: dict[str, str] = {**_BARE, "enable_external_access": "false"}
QUIET = "set enable_progress_bar = false"
"""In a notebook DuckDB would draw a bar below whatever cell runs while a statement takes more than two seconds."""
_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_LOCKED = ("Could not set lock on file", "being used by another process")
_FULL = os.strerror(errno.ENOSPC)
_OPEN_HERE = "Unique file handle conflict"
_NEWER = "newer version of DuckDB"
_DAMAGED = (
    "not a valid DuckDB database",
    "Corrupt database file",
    "Could not read enough bytes",
    "Failure while replay",
)


class Locked(Exception):
    """A program other than squid_nb has the file open."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__(str(owner))
        self.owner = owner


def connect(path: Path, *, memory_limit: str | None = None) -> Connection:
    """Open the file, or make it; DuckDB uses no more than `memory_limit`, when there is one.

    Raises
    ------
    Locked
        When another program has it open.
    StoreError
        When it cannot be opened at all; says what to do.
    """
    # DuckDB's config parameter is typed for values of several types.
    limits: dict[str, str] = {"memory_limit": memory_limit} if memory_limit is not None else {}
    with explained(path):
        connection = duckdb.connect(str(path), config={**_SETTINGS, **limits})
        connection.execute(f"{QUIET}; set lock_configuration = true")
        return connection


def bare() -> Connection:
    """An instance without a file; what it may do is for the caller to restrict."""
    connection = duckdb.connect(config=dict(_BARE))
    connection.execute(QUIET)
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Tell what went wrong with the opening of the file.

    Raises
    ------
    Locked
    StoreError
    """
    try:
        yield
    except duckdb.Error as error:
        # DuckDB refuses a second instance on a file, or one with other settings, in one process.
        if isinstance(error, duckdb.ConnectionException) or _OPEN_HERE in str(error):
            raise Locked(Owner(pid=os.getpid(), name="this process itself, through duckdb.connect")) from None
        if any(words in str(error) for words in _LOCKED):
            raise Locked(_holder(str(error))) from None
        raise explain(error, path) from error


def concerns_file(error: duckdb.Error) -> bool:
    """Whether the error came from the file, after which the instance is of no more use."""
    if isinstance(error, (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)):
        return True
    return any(words in str(error) for words in (*_DAMAGED, _FULL))


def explain(error: duckdb.Error, path: Path) -> SquidError:
    """The error that a caller can act on, for one that came from the file rather than from a statement."""
    text = str(error)
    if _NEWER in text:
        return StoreNewer(
            f"The database {path} was written by a newer DuckDB than {duckdb.__version__}.",
            "Upgrade with `pip install -U duckdb`, or set database.path to another file.",
        )
    if any(words in text for words in _DAMAGED):
        return StoreDamaged(
            f"The file {path} is damaged or not a DuckDB database.",
            "Restore a backup over it, or move it away and start with an empty history.",
        )
    if _FULL in text:
        return StoreError(
            f"The disk with the database {path} is full, so nothing more was stored.",
            "Make room on it, or set database.path to a file on another disk.",
        )
    return unusable(path, text.removeprefix("IO Error: ").splitlines()[0] if text else type(error).__name__)


def unusable(path: Path, reason: str) -> StoreError:
    """The error for a place that cannot be read or written."""
    return StoreError(
        f"The database {path} cannot be used: {reason[:1].lower()}{reason[1:].rstrip('.')}.",
        "Check the disk and the permissions of the file and its directory, or set database.path to another one.",
    )


def busy(path: Path, owner: Owner | None, *, waited_s: float) -> StoreBusy:
    """The error that names who holds the file."""
    who = str(owner) if owner else "another process"
    return StoreBusy(
        f"The database {path} is in use by {who} and did not come free within {waited_s:g} s.",
        "Close the file there or stop that process, then try again; database.lock_timeout_s sets how long to wait.",
    )


def _holder(text: str) -> Owner | None:
    found = _HOLDER.search(text)
    return Owner(pid=int(found["pid"]), name=Path(found["program"]).name) if found else None
