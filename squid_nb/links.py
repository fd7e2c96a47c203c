"""Links to sessions and messages: `squid:session/<id>` and `squid:message/<id>`, also within Markdown.

`js/src/links.ts` reads the same addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Kind", "Link", "read"]

Kind: TypeAlias = Literal["session", "message"]

_ADDRESS = re.compile(r"squid:(session|message)/([0-9a-f-]{6,36})", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[[^\]]*\]\(<?([^)>\s]*)>?\)|<([^>\s]*)>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to."""

    kind: Kind
    id: str
    """The whole id, or a beginning of it."""

    def __str__(self) -> str:
        return f"squid:{self.kind}/{self.id}"


def read(text: str) -> Link | None:
    """The link that a text is: an address alone, `<address>`, or `[words](address)`. None when it is something else."""
    text = text.strip()
    wrapped = _MARKDOWN.fullmatch(text)
    if wrapped is not None:
        text = wrapped[1] or wrapped[2] or ""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    kind: Kind = "session" if found[1].lower() == "session" else "message"
    return Link(kind, found[2].lower())
