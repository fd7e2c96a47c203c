"""A session's title from its first message: its first words, cut between words, in any script."""

from __future__ import annotations

import re

__all__ = ["title_from"]

_LIMIT = 60
_MARKUP = re.compile(r"^[\s#>*`\-]+|`+")
_SPACE = re.compile(r"\s+")


def title_from(text: str, *, limit: int = _LIMIT) -> str:
    """The first line that says something, at most `limit` characters; empty when there is none.

    Cuts at the last space; text without spaces (Chinese, Japanese, Thai) is cut at the limit.
    """
    for line in text[:4000].splitlines():
        printable = "".join(character for character in line if character.isprintable() or character.isspace())
        words = _SPACE.sub(" ", _MARKUP.sub("", printable)).strip()
        if words:
            return words if len(words) <= limit else _cut(words, limit)
    return ""


def _cut(words: str, limit: int) -> str:
    head = words[:limit]
    space = head.rfind(" ")
    if space > limit // 2 and not words[limit].isspace():
        head = head[:space]
    return head.rstrip(" ,;:.") + "…"
