"""The passage of a text that shows best why it was found, as HTML with the matches in `<mark>`."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from . import words
from .matching import Wording

__all__ = ["snippet"]

_LENGTH = 240
_LEAD = 60
"""Characters shown before the first match."""
_MOST_MATCHES = 60
"""Of each word; the best passage is among the first ones."""
_SPACE = re.compile(r"\s+")
_LETTER = r"[^\W_]"


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    wording: int
    """Which word of the query it is."""


def snippet(content: str, found: Sequence[Wording]) -> str:
    """The passage with the most different words of the query; everything but the marks is escaped."""
    text = words.composed(content)
    matches = _matches(text, found)
    start, end = _window(text, matches)
    parts = ["…"] if start else []
    place = start
    for match in matches:
        if match.start >= place and match.end <= end:
            parts += [_escaped(text[place : match.start]), f"<mark>{_escaped(text[match.start : match.end])}</mark>"]
            place = match.end
    parts.append(_escaped(text[place:end]))
    return "".join([*parts, "…" if end < len(text.rstrip()) else ""]).strip()


def _escaped(text: str) -> str:
    return html.escape(_SPACE.sub(" ", text))


def _matches(text: str, found: Sequence[Wording]) -> list[_Match]:
    """Where the words of the query are, from left to right."""
    if not found:
        return []
    folded, places = words.folded_with_places(text)
    matches = []
    for number, wording in enumerate(found):
        for start, end in islice(_places(folded, wording), _MOST_MATCHES):
            first, last = (start, end - 1) if places is None else (places[start], places[end - 1])
            matches.append(_Match(first, last + 1, number))
    return sorted(matches, key=lambda match: (match.start, -match.end))


def _places(folded: str, wording: Wording) -> Iterator[tuple[int, int]]:
    """Where a term begins and ends."""
    inside = _stands_alone(wording.term.words[0][0], wording.term.words[0])
    # What comes before is not part of the pattern: one that begins with letters is found ten times faster.
    for match in re.finditer(_pattern(wording), folded):
        start = match.start()
        if inside or start == 0 or not folded[start - 1].isalnum():
            yield start, match.end()


def _pattern(wording: Wording) -> str:
    """How a term looks in folded text: its words, with what the tokenizer skips between them."""
    term = wording.term
    ending = f"{_LETTER}*" if term.goes_on and not wording.spellings else ""
    looks = [r"[\W_]*".join(re.escape(words.written(word)) for word in term.words) + ending]
    looks += [re.escape(word) for word in sorted(wording.spellings, key=len, reverse=True)]
    after = "" if _stands_alone(term.words[-1][-1], term.words[-1]) else f"(?!{_LETTER})"
    return f"(?:{'|'.join(looks)}){after}" if len(looks) > 1 else f"{looks[0]}{after}"


def _stands_alone(edge: str, word: str) -> bool:
    """Whether a letter may follow this edge of a word without being part of it."""
    return words.is_single(word) or not edge.isalnum()


def _window(text: str, matches: Sequence[_Match]) -> tuple[int, int]:
    """The passage to show, cut between words where there are any."""
    if len(text) <= _LENGTH:
        return 0, len(text)
    start = _best_start(matches) if matches else 0
    start = max(0, min(start - _LEAD, len(text) - _LENGTH))
    end = min(len(text), start + _LENGTH)
    if start:
        space = text.find(" ", start, start + _LEAD // 2)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", end - _LEAD // 2, end)
        end = space if space >= 0 else end
    return start, end


def _best_start(matches: Sequence[_Match]) -> int:
    """The match from which the most different words, then the most matches, fit into a passage."""
    starts = [match.start for match in matches]

    def worth(number: int) -> tuple[int, int]:
        within = matches[number : bisect_left(starts, starts[number] + _LENGTH - 2 * _LEAD)]
        return len({match.wording for match in within}), len(within)

    # The first of equals: `max` keeps it.
    return starts[max(range(len(matches)), key=worth)]
