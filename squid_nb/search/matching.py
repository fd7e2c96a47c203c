"""From a parsed query to what the index is asked: filters, words, beginnings of words, and spellings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur

from . import words
from .fields import microseconds, schema
from .query import Filters, Term

__all__ = ["Wording", "asked", "respelled", "wordings"]

_MOST_ENDINGS = 40
_SAMPLE = 50
"""Documents looked through for the spelling that a person meant."""
_WHOLE_WORD_BOOST = 2.0
# Edits that a word of at least so many letters may be away.
_EDITS = ((8, 2), (4, 1))


@dataclass(frozen=True, slots=True)
class Wording:
    """A term with everything that stands for it in this index."""

    term: Term
    endings: tuple[tuple[str, float], ...] = ()
    """Longer words that begin with the last one, and how much each counts."""
    spellings: tuple[str, ...] = ()
    """Words that were probably meant."""


def wordings(searcher: tantivy.Searcher, terms: Sequence[Term], owner_id: str) -> list[Wording]:
    """The terms, with the words of this person that the last one may become."""
    own = tantivy.Query.term_query(schema(), "owner", owner_id)
    return [
        Wording(term, _endings(searcher, term.words[0], own) if term.goes_on and len(term.words) == 1 else ())
        for term in terms
    ]


def _endings(searcher: tantivy.Searcher, word: str, own: tantivy.Query) -> tuple[tuple[str, float], ...]:
    # Very short beginnings fit thousands of words: counting only one's own would take longer than searching.
    filtered = own if len(word) > 2 else None
    found = searcher.terms_with_prefix("text", word, filter_query=filtered, limit=_MOST_ENDINGS)
    # All are one word that is not finished yet, so a rare ending must not count more than a frequent one.
    common = _rarity(searcher, sum(count for _, count in found))
    return tuple((ending, common / _rarity(searcher, count)) for ending, count in found if ending != word)


def _rarity(searcher: tantivy.Searcher, count: int) -> float:
    """How much BM25 makes of a word that so many documents have."""
    documents = searcher.num_docs
    count = min(count, documents)
    return math.log(1 + (documents - count + 0.5) / (count + 0.5))


def respelled(searcher: tantivy.Searcher, found: Sequence[Wording], owner_id: str) -> list[Wording] | None:
    """The same with the nearest words of this person in place of words that nowhere occur; None when none is near."""
    own = tantivy.Query.term_query(schema(), "owner", owner_id)
    changed = [_respelled(searcher, wording, own) for wording in found]
    return changed if changed != list(found) else None


def _respelled(searcher: tantivy.Searcher, wording: Wording, own: tantivy.Query) -> Wording:
    if len(wording.term.words) > 1 or wording.endings:
        return wording
    word = wording.term.words[0]
    edits = next((edits for length, edits in _EDITS if len(word) >= length), 0)
    if not edits or any(character.isdigit() for character in word):
        return wording
    near = tantivy.Query.fuzzy_term_query(
        schema(), "text", word, distance=edits, transposition_cost_one=True, prefix=wording.term.goes_on
    )
    both = tantivy.Query.boolean_query([(Occur.Must, near), (Occur.Must, own)])
    spellings: dict[str, None] = {}
    for _, address in searcher.search(both, _SAMPLE, count=False).hits:
        content = searcher.doc(address)["content"][0].decode()
        for one in set(words.words(content)):
            if abs(len(one) - len(word)) <= edits or wording.term.goes_on:
                stem = one[: len(word) + edits] if wording.term.goes_on else one
                if _distance(word, stem, most=edits, open_end=wording.term.goes_on) <= edits:
                    spellings[one] = None
    return Wording(wording.term, (), tuple(spellings)[:_MOST_ENDINGS])


def _distance(word: str, other: str, *, most: int, open_end: bool) -> int:
    """Edits between two words, a swap of neighbours being one; with `open_end`, to any beginning of the other."""
    if not open_end and abs(len(word) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, start=1):
        older, before, row = before, row, [place]
        for at, second in enumerate(other, start=1):
            cost = min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != second))
            if place > 1 and at > 1 and letter == other[at - 2] and word[place - 2] == second:
                cost = min(cost, older[at - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row) if open_end else row[-1]


def asked(found: Sequence[Wording], filters: Filters, owner_id: str) -> tantivy.Query:
    """The query: all words and all filters; only words count for the order."""
    musts = [_silent(query) for query in _filters(filters, owner_id)] + [_worded(wording) for wording in found]
    return tantivy.Query.boolean_query([(Occur.Must, query) for query in musts])


def _worded(wording: Wording) -> tantivy.Query:
    term = wording.term
    if len(term.words) > 1:
        phrase = tantivy.Query.phrase_query(schema(), "text", list(term.words))
        if not term.goes_on:
            return phrase
        longer = tantivy.Query.phrase_prefix_query(schema(), "text", list(term.words))
        return tantivy.Query.disjunction_max_query([phrase, longer])
    exact = tantivy.Query.boost_query(_word(term.words[0]), _WHOLE_WORD_BOOST)
    others = [tantivy.Query.boost_query(_word(word), weight) for word, weight in wording.endings]
    others += [_word(word) for word in wording.spellings]
    return tantivy.Query.disjunction_max_query([exact, *others]) if others else exact


def _word(word: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema(), "text", word, "freq")


def _filters(filters: Filters, owner_id: str) -> Iterable[tantivy.Query]:
    yield _exact("owner", owner_id)
    for name, values in (("role", filters.roles), ("kind", filters.kinds)):
        if values:
            yield tantivy.Query.boolean_query([(Occur.Should, _exact(name, value)) for value in sorted(values)])
    yield from (_exact("tag", words.fold(tag)) for tag in filters.tags)
    yield from (_exact("has", thing) for thing in sorted(filters.has))
    yield from (_exact("model", word) for model in filters.models for word in words.words(model))
    if filters.session_id is not None:
        yield _exact("session", filters.session_id)
    if filters.archived is not None:
        yield tantivy.Query.term_query(schema(), "archived", filters.archived)
    if filters.since is not None or filters.until is not None:
        bounds = [microseconds(at) if at is not None else None for at in (filters.since, filters.until)]
        yield tantivy.Query.range_query(schema(), "at", tantivy.FieldType.Integer, bounds[0], bounds[1])


def _exact(name: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema(), name, value, "basic")


def _silent(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)
