"""A session's title from its first message: its first words, cut between words, in any script."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["title_from"]

_LIMIT = 60
_MARKUP = re.compile(r"^[\s#>*`\-]+|`+")
_SPACE = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian, Indian scripts and emoji are spelt."""


def title_from(text: str, *, limit: int = _LIMIT) -> str:
    """The first line that says something, at most `limit` characters; empty when there is none.

    Cuts at the last space; text without spaces (Chinese, Japanese, Thai) is cut between two characters as readers
    see them: accents, vowel signs and the parts of an emoji stay together.
    """
    for line in text[:4000].splitlines():
        printable = "".join(one for one in line if one.isprintable() or one.isspace() or one in _JOINERS)
        words = _SPACE.sub(" ", _MARKUP.sub("", printable)).strip()
        if words:
            return words if len(words) <= limit else _cut(words, limit)
    return ""


def _cut(words: str, limit: int) -> str:
    head = words[:limit]
    space = head.rfind(" ")
    if space > limit // 2 and not words[limit].isspace():
        head = head[:space]
    else:
        head = head[: _between_characters(words, limit)]
    return head.rstrip(" ,;:." + _JOINERS) + "…"


def _between_characters(text: str, place: int) -> int:
    """The nearest place before this one that is not inside a character as readers see it."""
    start = place
    while place > 0 and _is_inside(text, place):
        place -= 1
    return place or start


def _is_inside(text: str, place: int) -> bool:
    after, before = text[place], text[place - 1]
    if after in _JOINERS or before == "\u200d" or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the colour of skin
        return True
    flags = re.search("[\U0001f1e6-\U0001f1ff]*$", text[:place])
    # Two letters make a flag.
    return "\U0001f1e6" <= after <= "\U0001f1ff" and flags is not None and len(flags[0]) % 2 == 1
