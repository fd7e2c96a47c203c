"""The fenced code blocks of a Markdown text, and the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Piece", "pieces"]

_OPENING = re.compile(r"(?P<indent> {0,3})(?P<mark>`{3,}|~{3,})(?P<info>.*)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines: text, or what stands inside a fence."""

    text: str
    language: str | None = None
    """The word after the fence, in lower case, empty when there is none; None for text."""


def pieces(text: str) -> Iterator[Piece]:
    """Text and code in turn, without blank pieces; joined they say what the text says."""
    lines: list[str] = []
    fence: re.Match[str] | None = None
    for line in text.split("\n"):
        if fence is not None:
            if _closes(line, fence["mark"]):
                yield Piece("\n".join(lines), _language(fence))
                lines, fence = [], None
            else:
                lines.append(_unindented(line, len(fence["indent"])))
            continue
        opening = _OPENING.fullmatch(line)
        if opening is None or (opening["mark"][0] == "`" and "`" in opening["info"]):
            lines.append(line)
            continue
        yield from _said(lines)
        lines, fence = [], opening
    if fence is not None:
        yield Piece("\n".join(lines), _language(fence))  # a fence that is never closed lasts to the end
    else:
        yield from _said(lines)


def _said(lines: list[str]) -> Iterator[Piece]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Piece(text)


def _closes(line: str, mark: str) -> bool:
    bare = line.strip()
    return len(line) - len(line.lstrip(" ")) <= 3 and len(bare) >= len(mark) and not bare.strip(mark[0])


def _language(fence: re.Match[str]) -> str:
    words = fence["info"].split()
    return words[0].strip("{}.").lower() if words else ""


def _unindented(line: str, width: int) -> str:
    blanks = len(line) - len(line.lstrip(" "))
    return line[min(blanks, width) :]
