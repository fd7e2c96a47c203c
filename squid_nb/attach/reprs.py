"""A bounded `repr`: never the whole of something large, never trapped by recursion or a hostile `__repr__`.

`reprlib` bounds exact builtins only; a subclass of dict with a million keys, or a dataclass that holds one, would be
printed in full before being cut. This walk looks at no more items than it shows.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from .kinds import frame_kind, type_name
from .secrets import HIDDEN, is_secret, mask

__all__ = ["bounded_repr", "cut_middle"]

_DEPTH = 5
_ITEMS = 40
_STRING = 400
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_BRACKETS: tuple[tuple[type[Any], str, str], ...] = (
    (list, "[", "]"),
    (tuple, "(", ")"),
    (set, "{", "}"),
    (frozenset, "frozenset({", "})"),
    (deque, "deque([", "])"),
)


def bounded_repr(value: Any, *, length: int) -> str:
    """The `repr` of a value in at most `length` characters, keys and passwords left out."""
    # Addresses differ from run to run, and the same value has to read the same.
    return cut_middle(mask(_ADDRESS.sub("", _Walk(length).show(value, 0))), length)


def cut_middle(text: str, length: int) -> str:
    """The text, or its beginning and end with a note of what is missing."""
    if len(text) <= length:
        return text
    note = f" … [{len(text) - length:,} characters left out] … "
    head = max(0, (length - len(note)) * 2 // 3)
    tail = max(0, length - len(note) - head)
    return f"{text[:head]}{note}{text[len(text) - tail :]}"


class _Walk:
    """One walk through a value: what is open (for recursion), and how many characters are left."""

    def __init__(self, length: int) -> None:
        self._left = length
        self._open: set[int] = set()

    def show(self, value: Any, depth: int) -> str:
        if id(value) in self._open:
            return "…"
        self._open.add(id(value))
        try:
            shown = self._show(value, depth)
        finally:
            self._open.discard(id(value))
        return shown

    def _show(self, value: Any, depth: int) -> str:
        if isinstance(value, (str, bytes, bytearray)):
            return self._text(value)
        if frame_kind(value) is not None:
            return f"<{type_name(value)} {safely(lambda: f'shape={value.shape}')}>"
        if isinstance(value, os._Environ):
            return self._environment(value, depth)
        if isinstance(value, dict):
            return self._mapping(value, depth)
        for kind, opening, closing in _BRACKETS:
            if isinstance(value, kind):
                return self._items(value, kind, opening, closing, depth)
        if _has_generated_repr(value):
            return self._fields(value, depth)
        return self._leaf(value)

    def _text(self, value: str | bytes | bytearray) -> str:
        # Sliced before quoting, so that a gigabyte is never copied.
        shown = repr(value[:_STRING]) if len(value) > _STRING else safely(lambda: repr(value))
        more = f"… [{len(value):,} long]" if len(value) > _STRING else ""
        self._left -= len(shown)
        return shown + more

    def _leaf(self, value: Any) -> str:
        shown = cut_middle(safely(lambda: repr(value)), _STRING)
        self._left -= len(shown)
        return shown

    def _environment(self, value: os._Environ[Any], depth: int) -> str:
        return "environ(" + self._mapping(dict.fromkeys(value, _Hidden()), depth) + ")"

    def _mapping(self, value: dict[Any, Any], depth: int) -> str:
        # dict.items and not value.items(): a subclass may do anything there.
        pairs = ((key, item) for key, item in dict.items(value))
        shown = (f"{self.show(key, depth + 1)}: {self._named(key, item, depth + 1)}" for key, item in pairs)
        body = self._join(shown, len(value) if type(value) is dict else dict.__len__(value), depth)
        name = "" if type(value) is dict else type(value).__name__
        return f"{name}({{{body}}})" if name else f"{{{body}}}"

    def _items(self, value: Any, kind: type[Any], opening: str, closing: str, depth: int) -> str:
        names = getattr(type(value), "_fields", None)
        iterator: Iterable[Any] = kind.__iter__(value)
        if kind is tuple and isinstance(names, tuple):
            pairs = zip(names, iterator, strict=False)
            shown = (f"{name}={self._named(name, item, depth + 1)}" for name, item in pairs)
            return f"{type(value).__name__}({self._join(shown, len(names), depth)})"
        body = self._join((self.show(item, depth + 1) for item in iterator), kind.__len__(value), depth)
        comma = "," if kind is tuple and kind.__len__(value) == 1 else ""
        return f"{opening}{body}{comma}{closing}"

    def _fields(self, value: Any, depth: int) -> str:
        names = [field.name for field in dataclasses.fields(value) if field.repr]
        shown = (f"{name}={self._named(name, getattr(value, name, None), depth + 1)}" for name in names)
        return f"{type(value).__qualname__}({self._join(shown, len(names), depth)})"

    def _named(self, name: Any, value: Any, depth: int) -> str:
        return HIDDEN if is_secret(name, value) else self.show(value, depth)

    def _join(self, shown: Iterable[str], total: int, depth: int) -> str:
        """As many items as the room allows, and how many are missing."""
        if total and (depth >= _DEPTH or self._left <= 0):
            return f"… {total:,} items"
        parts: list[str] = []
        for item in islice(shown, _ITEMS):
            parts.append(item)
            self._left -= 2
            if self._left <= 0:
                break
        if len(parts) < total:
            parts.append(f"… {total - len(parts):,} more")
        return ", ".join(parts)


class _Hidden:
    def __repr__(self) -> str:
        return HIDDEN


def safely(show: Callable[[], str]) -> str:
    """What `show` returns, or one phrase about why it could not: code of the person's own classes runs in there."""
    try:
        return show()
    except Exception as error:  # noqa: BLE001 - so may any `__repr__`
        return f"<its repr raised {type(error).__name__}>"


def _has_generated_repr(value: Any) -> bool:
    """Whether a dataclass shows itself field by field, so that its fields can be bounded one by one."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return False
    return "__create_fn__" in getattr(type(value).__repr__, "__qualname__", "") or hasattr(
        type(value).__repr__, "__wrapped__"
    )
