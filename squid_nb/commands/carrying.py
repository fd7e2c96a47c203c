"""How conversations get out and in: in this process, unless a door has somebody who does it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from ..moving import Chosen
    from ..squid import Squid
    from ..transfer import Report

__all__ = ["Carrier", "Here", "Tell"]

Tell: TypeAlias = Callable[[float, str], None]
"""Gets how far something is, between 0 and 1, and what it is."""


class Carrier(Protocol):
    """Takes conversations out and brings them in. `cancel` is asked now and then, and true once it is to end."""

    def export(
        self,
        chosen: Chosen,
        format: str,  # noqa: A002 - the word people look for
        path: Path,
        *,
        force: bool,
        tell: Tell,
        cancel: Callable[[], bool],
    ) -> Path:
        """Write sessions to a file, or to one in a directory; the file."""

    def import_(self, path: Path, *, dry_run: bool, tell: Tell, cancel: Callable[[], bool]) -> Report:
        """Bring in what is in a file."""


@dataclass(frozen=True, slots=True)
class Here:
    """Does it in this process and thread."""

    squid: Squid

    def export(
        self,
        chosen: Chosen,
        format: str,  # noqa: A002 - the word people look for
        path: Path,
        *,
        force: bool,
        tell: Tell,
        cancel: Callable[[], bool],
    ) -> Path:
        """Write sessions to a file."""
        return self.squid.export(
            chosen, format, path, force=force, progress=lambda at: tell(at.fraction, "Exporting"), cancel=cancel
        )

    def import_(self, path: Path, *, dry_run: bool, tell: Tell, cancel: Callable[[], bool]) -> Report:
        """Bring in what is in a file."""
        return self.squid.import_(
            path,
            dry_run=dry_run,
            progress=lambda at: tell(at.fraction, f"Importing, {at.messages:,} messages"),
            cancel=cancel,
        )
