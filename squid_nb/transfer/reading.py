"""What reading a file yields besides conversations: items that had to be left out, and the place where it broke."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Broken", "Skipped", "Unreadable"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """One item that is left out; the next ones are read."""

    number: int
    """Counted from 1."""
    position: int | None
    """Its first byte, where that is known."""
    reason: str
    """Goes on after "item 3 was skipped:"."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the file breaks off; everything complete before it has been read."""

    number: int
    """The item in which it breaks, counted from 1."""
    position: int | None
    reason: str
    """A sentence."""


class Unreadable(Exception):
    """An item is no conversation of its format; says why, to go on after "item 3 was skipped:"."""
