"""The forms an answer can be taken in: its code blocks, or its JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import InvalidInput

__all__ = ["code_in", "json_in"]

_BLOCK = re.compile(
    r"^(?P<indent>[ ]{0,3})(?P<mark>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^[ ]{0,3}(?P=mark)[`~]*[ \t]*$|\Z)",
    re.M | re.S,
)


def code_in(text: str) -> str:
    """The fenced code blocks of an answer, a blank line between them; empty when it has none."""
    return "\n\n".join(match["code"].rstrip("\n") for match in _BLOCK.finditer(text))


def json_in(text: str) -> Any:
    """The JSON value of an answer, with or without a fence around it.

    Raises
    ------
    InvalidInput
        When the answer is not JSON.
    """
    for candidate in (text, code_in(text)):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    raise InvalidInput("The answer is not JSON.", "Ask again, or take it as text.")
