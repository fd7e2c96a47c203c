"""What the process of a job is told: all it needs, and no key.

A task crosses a pipe as one line of JSON. It names the database and the person, whose rights the server has checked;
settings that concern models stay behind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["Kind", "Task", "Whose"]

Kind: TypeAlias = Literal["import", "export"]


@dataclass(frozen=True, slots=True)
class Whose:
    """A person's history, as another process can open it."""

    user: str
    database: str
    lock_timeout_s: float
    idle_hold_ms: int

    @classmethod
    def of(cls, squid: Squid) -> Self:
        """May wait for the database."""
        database = squid.config.database
        return cls(squid.user.name, str(squid.store.path), database.lock_timeout_s, database.idle_hold_ms)


@dataclass(frozen=True, slots=True)
class Task:
    """An import or an export."""

    kind: Kind
    whose: Whose
    path: str
    """The file to read; or the file to write, or the directory for it."""
    dry_run: bool = False
    """Of an import: only report."""
    format: str = "json"
    """Of an export."""
    ids: Sequence[str] | None = None
    """Of an export: these sessions; all that fit `query` when None."""
    query: str | None = None
    force: bool = False
    """Of an export: replace a file."""

    def line(self) -> bytes:
        """As it crosses the pipe."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        """The task behind a line."""
        told = json.loads(line)
        return cls(**{**told, "whose": Whose(**told["whose"])})

    @property
    def place(self) -> Path:
        """`path`."""
        return Path(self.path)
