"""Titles and tags as people give them, and as they are kept: one line, printable, not too long."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import InvalidInput

__all__ = ["clean_tags", "clean_title"]

_LIMIT = 200
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian, Indian scripts and emoji are spelt."""


def clean_title(title: str) -> str:
    """May be empty."""
    kept = "".join(one if one.isprintable() or one in _JOINERS else " " for one in title)
    return " ".join(kept.split())[:_LIMIT]


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order.

    Raises
    ------
    InvalidInput
        When one of them is empty.
    """
    clean = tuple(dict.fromkeys(map(clean_title, tags)))
    if not all(clean):
        raise InvalidInput("A tag needs at least one character.")
    return clean
