"""A JSON file of any size as a stream of its items, each with its place in the file.

An item is an element of the outermost array, or each outermost value where there is none, or a line of JSON Lines. It
is found by counting brackets outside strings and only then parsed, so that memory is bounded by the largest item that
is allowed, one damaged item does not end the others, and where a file breaks off is known to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from .reading import Broken, Skipped

__all__ = ["Item", "items_of", "lines_of"]

_CHUNK = 1 << 20
ITEM_LIMIT = 48 << 20
"""Bytes of one item. As text in memory they may take up four times as much, twice over."""
DEPTH_LIMIT = 900
"""Brackets within brackets; Python's parser gives up at about a thousand."""
_VALUES_LIMIT = 4_000_000
"""Values of one item: a few bytes of JSON can be a hundred bytes in memory."""

# Both are possessive, so that no input makes them try twice.
_QUIET = re.compile(rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+', re.DOTALL)
"""Everything up to a bracket or to a string that does not end in this chunk."""
_INSIDE = re.compile(rb"(?:[^\"\\]++|\\.)*+", re.DOTALL)
_OPENING, _CLOSING, _QUOTE, _BACKSLASH = b"[{", b"]}", 0x22, 0x5C
_BETWEEN = b" \t\r\n,"
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Item:
    """A parsed item."""

    number: int
    """Counted from 1."""
    position: int
    """Its first byte."""
    value: Any


def items_of(stream: BinaryIO) -> Iterator[Item | Skipped | Broken]:
    """The items of a JSON document; ends with a `Broken` when the document does not end as it should."""
    splitter = _Splitter()
    while chunk := stream.read(_CHUNK):
        yield from splitter.feed(chunk)
    yield from splitter.end()


def lines_of(stream: BinaryIO) -> Iterator[Item | Skipped | Broken]:
    """The items of a JSON Lines document, one a line."""
    position = number = 0
    while line := stream.readline(ITEM_LIMIT + 1):
        start, number = position, number + 1
        position += len(line)
        if len(line) > ITEM_LIMIT and not line.endswith(b"\n"):
            while rest := stream.readline(_CHUNK):
                position += len(rest)
                if rest.endswith(b"\n"):
                    break
            yield Skipped(number, start, f"line {number} is longer than {ITEM_LIMIT >> 20} MB")
        elif line.strip():
            item: Item | Skipped | Broken = _line(line, number, start)
            torn = isinstance(item, Skipped) and not line.endswith(b"\n")
            if torn:
                item = Broken(number, position, f"The file breaks off in line {number}, at byte {position:,}.")
            yield item


def _line(line: bytes, number: int, start: int) -> Item | Skipped:
    if line.count(b"[") + line.count(b"{") > DEPTH_LIMIT:
        # Only brackets outside strings count, and only the splitter can tell.
        splitter = _Splitter(levels=0)
        found = next(iter([*splitter.feed(line), *splitter.end()]), None)
        if isinstance(found, Item):
            return Item(number, start, found.value)
        return Skipped(number, start, found.reason if found is not None else "it holds no object")
    return _parsed(line, number, start)


class _Splitter:
    """Where items begin and end, fed with one chunk after the other."""

    def __init__(self, levels: int | None = None) -> None:
        self._level = levels
        """How many brackets are open around an item; None until the first byte that says it."""
        self._depth = 0
        self._offset = 0
        self._in_string = False
        self._escaped = False
        self._number = 0
        self._start = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._problem = ""
        self._garbage_at: int | None = None

    def feed(self, chunk: bytes) -> Iterator[Item | Skipped]:
        """The items that are complete with this chunk."""
        begin = at = self._resume(chunk)
        if self._inside:
            begin = 0
        length = len(chunk)
        while at < length:
            quiet = _QUIET.match(chunk, at)
            stop = quiet.end() if quiet else at
            if not self._inside:
                self._look_between(chunk[at:stop], at)
            if stop >= length:
                break
            if chunk[stop] == _QUOTE:
                at = self._enter_string(chunk, stop)
                continue
            at = stop + 1
            if chunk[stop] in _OPENING:
                begin = self._open(chunk, stop, begin)
            elif self._close():
                self._keep(chunk[begin:at])
                yield self._finish()
        if self._inside:
            self._keep(chunk[begin:])
        self._offset += length

    def end(self) -> Iterator[Broken]:
        """What is wrong with how the document ends, if anything."""
        place = f"The file breaks off at byte {self._offset:,}"
        if self._inside or self._in_string:
            number = self._number or 1
            reason = f"{place}, in item {number}, which began at byte {self._start:,}."
            yield Broken(number, self._offset, reason)
        elif self._depth:
            yield Broken(self._number + 1, self._offset, f"{place}, after item {self._number}.")
        elif self._garbage_at is not None:
            reason = f"What stands at byte {self._garbage_at:,} is no item, and was left out."
            yield Broken(self._number, self._garbage_at, reason)

    @property
    def _inside(self) -> bool:
        return self._level is not None and self._depth > self._level

    def _resume(self, chunk: bytes) -> int:
        """Where to go on in this chunk: after a string or an escape that the last one left open."""
        if not self._in_string:
            return 0
        at = 1 if self._escaped else 0
        self._escaped = False
        return self._leave_string(chunk, at)

    def _enter_string(self, chunk: bytes, quote: int) -> int:
        self._in_string = True
        return self._leave_string(chunk, quote + 1)

    def _leave_string(self, chunk: bytes, at: int) -> int:
        inside = _INSIDE.match(chunk, at)
        stop = inside.end() if inside else at
        if stop >= len(chunk):
            return len(chunk)
        if chunk[stop] == _BACKSLASH:
            self._escaped = True
            return len(chunk)
        self._in_string = False
        return stop + 1

    def _open(self, chunk: bytes, at: int, begin: int) -> int:
        if self._level is None:
            self._level = 1 if chunk[at] == _OPENING[0] else 0
        self._depth += 1
        if self._depth == self._level + 1:
            self._number += 1
            self._start = self._offset + at
            self._parts, self._size, self._problem = [], 0, ""
            return at
        if self._depth - self._level > DEPTH_LIMIT and not self._problem:
            self._problem = f"it is nested more than {DEPTH_LIMIT} levels deep"
        return begin

    def _close(self) -> bool:
        """Whether this bracket closes an item."""
        ends = self._inside and self._depth - 1 == self._level
        self._depth = max(0, self._depth - 1)
        return ends

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > ITEM_LIMIT and not self._problem:
            self._problem = f"it is larger than {ITEM_LIMIT >> 20} MB"
        if self._problem:
            self._parts = []
        else:
            self._parts.append(part)

    def _finish(self) -> Item | Skipped:
        parts, self._parts = self._parts, []
        if self._problem:
            return Skipped(self._number, self._start, self._problem)
        return _parsed(b"".join(parts), self._number, self._start)

    def _look_between(self, between: bytes, at: int) -> None:
        if self._garbage_at is None and self._number and between.strip(_BETWEEN):
            self._garbage_at = self._offset + at


def _parsed(data: bytes, number: int, start: int) -> Item | Skipped:
    if data.count(b",") > _VALUES_LIMIT:
        return Skipped(number, start, f"it holds more than {_VALUES_LIMIT:,} values")
    try:
        content = data.decode()
    except UnicodeDecodeError:
        content = data.decode("utf-8", "replace")
    del data
    try:
        return Item(number, start, _DECODER.decode(content))
    except json.JSONDecodeError as error:
        return Skipped(number, start, f"it is not valid JSON ({error.msg} at byte {start + error.pos:,})")
    except (ValueError, RecursionError):
        # A number with more digits than Python reads; more levels than the stack that is left allows.
        return Skipped(number, start, "it is nested too deep, or holds a number that is too long")
