"""What counts as a word, the same for what is indexed, what is searched and what is marked in a snippet.

Text is folded first: lower case, without accents, Arabic vowel signs and the like. Scripts that are written without
spaces between words, and emoji, are cut into single characters, so that a run of them is found as a phrase: any part of
a Chinese or Thai sentence can be searched. `max_tokens` is two words, and so is `df.groupby`; `c++` and `c#` are not
the same as `c`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

__all__ = ["LONGEST", "analyzer", "composed", "fold", "folded_with_places", "indexed", "is_single", "words", "written"]

LONGEST = 200
"""Bytes of the longest word; a longer one is data, such as an image in base64."""

# Marks that readers leave out when they type. Vowel signs of Indian scripts are not among them.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06dc]")
# Letters that Unicode does not take apart.
_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "\u0131": "i", "ħ": "h"}
# Han, Kana, Hangul, Thai, Lao, Myanmar, Khmer, Tibetan, and the astral planes of Han.
_SINGLE = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff]"
)

# The tokenizer takes symbols for the space between words, so those that count are indexed as a letter and their number.
_SYMBOL = "\u02ac"
_SIGNS = re.compile(r"(?<=[^\W_])(?:\+\+|#)(?![^\W_])")
_NUMBERED = re.compile(f"{_SYMBOL}(10[0-9a-f]{{4}}|[0-9a-f]{{1,5}})")


class _Folds(dict[int, str]):
    """How each character is folded, found out once."""

    def __missing__(self, code: int) -> str:
        # Taken apart, letters of mathematics and phonetics turn out to be capitals.
        parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code).casefold()).casefold())
        parts = _MARKS.sub("", parts)
        folded = unicodedata.normalize("NFC", "".join(_LETTERS.get(part, part) for part in parts))
        self[code] = folded
        return folded


class _Spaces(dict[int, str]):
    """Each folded character as the tokenizer should meet it, found out once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if _SINGLE.match(character):
            spaced = f" {character} "
        elif unicodedata.category(character) == "So":
            spaced = f" {_SYMBOL}{code:x} "
        else:
            spaced = character
        self[code] = spaced
        return spaced


_FOLDS = _Folds()
_SPACES = _Spaces()


def composed(text: str) -> str:
    """The text with letters and their accents in one character, as far as there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text without what readers do not tell apart."""
    return text.lower() if text.isascii() else composed(text).translate(_FOLDS)


def folded_with_places(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and for each of its characters the place in `text` it came from; None when they are the same.

    `text` is composed.
    """
    folded = fold(text)
    if text.isascii() or (len(folded) == len(text) and all(len(_FOLDS[ord(one)]) == 1 for one in set(text))):
        return folded, None
    return folded, [place for place, character in enumerate(text) for _ in _FOLDS[ord(character)]]


def indexed(text: str) -> str:
    """The text as it is handed to the tokenizer."""
    spaced = text.lower() if text.isascii() else fold(text).translate(_SPACES)
    return _SIGNS.sub(_numbered, spaced) if "+" in spaced or "#" in spaced else spaced


def _numbered(signs: re.Match[str]) -> str:
    return "".join(f" {_SYMBOL}{ord(sign):x}" for sign in signs[0])


def words(text: str) -> list[str]:
    """The words of a text, as the index has them."""
    return analyzer().analyze(indexed(text))


def is_single(word: str) -> bool:
    """Whether this word is one character of a script without spaces, or a symbol."""
    return word.startswith(_SYMBOL) or _SINGLE.match(word) is not None


def written(word: str) -> str:
    """An indexed word as it stands in folded text."""
    symbol = _NUMBERED.fullmatch(word)
    return chr(int(symbol[1], 16)) if symbol else word


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Cuts folded text at everything that is neither letter nor digit."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.remove_long(LONGEST)).build()
