"""What a call of the browser side is given, each argument checked when it is read: pages come in many versions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidInput

__all__ = ["maybe_text", "maybe_texts", "number", "text", "texts", "whole"]

_MOST = 1 << 31
"""Further than any list goes, and within what a query can be given."""


def text(args: Mapping[str, Any], name: str) -> str:
    """A text that has to be there.

    Raises
    ------
    InvalidInput
        Here and below: when it is something else.
    """
    value = args.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"{name!r} is missing.")
    return value


def maybe_text(args: Mapping[str, Any], name: str) -> str | None:
    """A text; None for one that is empty or missing."""
    value = args.get(name) or None
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{name!r} has to be a text.")
    return value


def texts(args: Mapping[str, Any], name: str) -> list[str]:
    """One text or more."""
    value = maybe_texts(args, name)
    if not value:
        raise InvalidInput(f"{name!r} has to be a list of texts.")
    return value


def maybe_texts(args: Mapping[str, Any], name: str) -> list[str]:
    """Texts, perhaps none."""
    value = args.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidInput(f"{name!r} has to be a list of texts.")
    return value


def whole(args: Mapping[str, Any], name: str, default: int, *, least: int = 0, most: int = _MOST) -> int:
    """A whole number, brought between two others."""
    return int(min(max(number(args, name, default), least), most))


def number(args: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    """A number."""
    value = args.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInput(f"{name!r} has to be a number.")
    return value
