"""Tells `<think>` blocks apart from the answer, also when a tag is cut across chunks.

A tag inside code (an odd number of backticks came before it) is text: somebody asked about the tag.
"""

from __future__ import annotations

from ..events import Delta, Reasoning

__all__ = ["ThinkSplitter"]

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkSplitter:
    """Feed it text as it comes; it holds back only what may turn out to be the beginning of a tag."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._in_code = False
        self._started = False
        """Blank space before an opening tag is nobody's, but before an answer without one it is the answer's."""
        self._trim = False
        """Blank space after a tag belongs to neither side."""

    def feed(self, text: str) -> list[Delta | Reasoning]:
        """The pieces that are certain by now."""
        text = self._held + text
        self._held = ""
        pieces: list[Delta | Reasoning] = []
        while text:
            tag = _CLOSE if self._thinking else _OPEN
            before, found, after = text.partition(tag)
            if not found:
                certain = len(text) - _overlap(text, tag)
                if not self._started and not text[:certain].strip():
                    certain = 0
                pieces += self._piece(text[:certain])
                self._held = text[certain:]
                break
            pieces += self._before_tag(before, tag)
            text = after
        return pieces

    def end(self) -> list[Delta | Reasoning]:
        """What was held back, as plain text: no tag came of it."""
        held, self._held = self._held, ""
        return self._piece(held)

    def _before_tag(self, text: str, tag: str) -> list[Delta | Reasoning]:
        pieces = self._piece(text) if self._started or text.strip() else []
        if self._in_code and not self._thinking:
            return pieces + self._piece(tag)
        self._thinking = not self._thinking
        self._started = self._trim = True
        return pieces

    def _piece(self, text: str) -> list[Delta | Reasoning]:
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        if not text:
            return []
        self._started = True
        if self._thinking:
            return [Reasoning(text)]
        self._in_code ^= text.count("`") % 2 == 1
        return [Delta(text)]


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` begin `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
