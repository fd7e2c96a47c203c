"""Values out of JSON that may hold anything: each function gives what was hoped for, or nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

__all__ = ["identifier", "items", "joined", "mapping", "text", "when", "words"]

_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138, as milliseconds 1973."""
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_KEY_LENGTH = 200


def mapping(value: Any) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def words(value: Any) -> str | None:
    """The string unless it is blank."""
    return value if isinstance(value, str) and value.strip() else None


def identifier(value: Any) -> str | None:
    """A usable id: a short string, or a whole number as one."""
    if isinstance(value, str):
        return value if 0 < len(value) <= _KEY_LENGTH else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return str(value)
    return None


def when(value: Any) -> datetime | None:
    """A time given as ISO 8601 or as seconds or milliseconds since 1970; UTC when it names no zone."""
    try:
        if isinstance(value, str):
            moment = _from_text(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            moment = datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC)
        else:
            return None
        return moment if _EARLIEST <= moment <= _LATEST else None
    except (ValueError, OverflowError, OSError):
        return None


def joined(parts: Iterator[str] | list[str], separator: str = "\n\n") -> str:
    """The parts that say something, with a blank line between them."""
    return separator.join(part for part in parts if part.strip())


def _from_text(value: str) -> datetime:
    if value.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(value) / (1000 if float(value) > _MILLISECONDS_FROM else 1), UTC)
    moment = datetime.fromisoformat(value.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
