"""An estimate of how many tokens a text takes, for when no tokenizer is at hand.

Leans towards too many: a window that is a little too small still works, one that is too large is refused.
"""

from __future__ import annotations

import math

__all__ = ["estimate"]

# English prose takes about 4.3 characters a token, source code about 3.2, other scripts close to one.
_ASCII_CHARACTERS_PER_TOKEN = 3.6


def estimate(text: str) -> int:
    """Tokens of a text, by its length and how much of it is ASCII."""
    if text.isascii():
        return math.ceil(len(text) / _ASCII_CHARACTERS_PER_TOKEN)
    other = sum(1 for character in text if ord(character) > 127)
    return math.ceil((len(text) - other) / _ASCII_CHARACTERS_PER_TOKEN + other)
