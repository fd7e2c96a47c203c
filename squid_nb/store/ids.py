"""Ids of records: UUIDv7 strings, which sort by the time they were made.

They are UUIDs inside the database (half the size, five times faster to find than text) and strings outside it.
"""

from __future__ import annotations

import threading
from uuid import UUID

import uuid6

from ..errors import NotFound

__all__ = ["checked", "new_id"]

_lock = threading.Lock()


def new_id() -> str:
    """A new id, greater than every id this process made before."""
    # uuid6 keeps its last timestamp in an unguarded global.
    with _lock:
        return str(uuid6.uuid7())


def checked(value: str, noun: str) -> str:
    """The id in its stored form.

    Raises
    ------
    NotFound
        When it is no id at all: then nothing can have it.
    """
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise NotFound(f"There is no {noun} {value!r}.") from None
