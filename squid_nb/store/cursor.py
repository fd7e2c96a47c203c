"""Where the next page of a sorted list starts, as an opaque piece of text."""

from __future__ import annotations

import base64
import json
from typing import Any

from ..errors import InvalidInput

__all__ = ["decode", "encode", "unusable"]


def encode(*keys: Any) -> str:
    """The sort keys of the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode(cursor: str, *, size: int) -> list[Any]:
    """The sort keys behind a cursor.

    Raises
    ------
    InvalidInput
        When it is not one of ours.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        json.dumps(keys, ensure_ascii=False).encode()  # halves of surrogate pairs are no text
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, list) or len(keys) != size:
        raise unusable()
    return keys


def unusable() -> InvalidInput:
    """What is raised for a cursor that nobody has given."""
    return InvalidInput("The page cursor is not valid.", "Start again at the first page.")
