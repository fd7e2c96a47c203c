"""What a person types into a search box: words, "phrases", and filters such as `tag:work before:2026-01 has:code`.

Every text is a query and none is an error: what is no filter is searched as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from . import words
from .dates import span

__all__ = ["DATES", "HAS", "KINDS", "ROLES", "Filters", "Query", "Term", "parse", "pieces"]

ROLES = ("user", "assistant", "system")
KINDS = ("message", "title", "file")
HAS = ("code", "file", "link", "error")
DATES = ("before", "after", "since", "until", "on")

_PIECE = re.compile(r"(?:(?P<key>[A-Za-z]+):)?(?:[\"“”„«](?P<quoted>[^\"“”«»]*)(?P<end>[\"“”»])?|(?P<bare>\S+))")
_SPEAKERS = {"you": "user", "me": "user", "squid": "assistant", "model": "assistant"}
_MICROSECOND = timedelta(microseconds=1)
_MOST_TERMS = 32
"""A pasted page is a search for its beginning."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand one after the other; mostly there is only one."""

    words: tuple[str, ...]
    goes_on: bool = False
    """Whether the last word may be the beginning of a longer one."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be besides what it must say."""

    roles: frozenset[str] = frozenset()
    """Any of these; empty for all."""
    kinds: frozenset[str] = frozenset()
    """Any of these; empty for all."""
    models: tuple[str, ...] = ()
    """Parts of the model's name."""
    tags: tuple[str, ...] = ()
    """All of these, in any case."""
    has: frozenset[str] = frozenset()
    """All of these."""
    since: datetime | None = None
    """Inclusive."""
    until: datetime | None = None
    """Inclusive."""
    session_id: str | None = None
    archived: bool | None = None

    def combined(self, other: Filters) -> Filters:
        """Both; where only one can hold, the other one."""
        since = [at for at in (self.since, other.since) if at is not None]
        until = [at for at in (self.until, other.until) if at is not None]
        return Filters(
            roles=other.roles or self.roles,
            kinds=other.kinds or self.kinds,
            models=(*self.models, *other.models),
            tags=(*self.tags, *other.tags),
            has=self.has | other.has,
            since=max(since, default=None),
            until=min(until, default=None),
            session_id=other.session_id or self.session_id,
            archived=self.archived if other.archived is None else other.archived,
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    terms: tuple[Term, ...] = ()
    filters: Filters = field(default_factory=Filters)
    text: str = ""
    """What was typed, without the filters."""


def parse(text: str) -> Query:
    """Read a query; never raises."""
    # A front end may cut a string between the halves of a surrogate pair.
    text = text.encode("utf-8", "replace").decode()
    filters = Filters()
    terms: list[Term] = []
    rest: list[str] = []
    for piece in _PIECE.finditer(text):
        key, quoted, bare = (piece.group(name) for name in ("key", "quoted", "bare"))
        value = quoted if quoted is not None else bare
        narrower = _filtered(filters, key.lower(), value) if key else None
        if narrower is not None:
            filters = narrower
            continue
        rest.append(piece.group())
        unfinished = piece.end() == len(text) and not piece.group("end")
        terms += _terms(f"{key} {value}" if key else value, unfinished=unfinished)
    return Query(tuple(dict.fromkeys(terms[:_MOST_TERMS])), filters, " ".join(rest))


def pieces(text: str) -> list[tuple[str, str]]:
    """What stands before a colon and is searched as words, because it is no filter: the word, and all of it."""
    found = []
    for piece in _PIECE.finditer(text.encode("utf-8", "replace").decode()):
        value = piece["bare"] if piece["quoted"] is None else piece["quoted"]
        if piece["key"] and _filtered(Filters(), piece["key"].lower(), value) is None:
            found.append((piece["key"].lower(), piece.group()))
    return found


def _terms(value: str, *, unfinished: bool) -> Iterable[Term]:
    found = tuple(words.words(value)[:_MOST_TERMS])
    # A single character is a whole word: there is nothing to go on with.
    return [Term(found, goes_on=unfinished and not words.is_single(found[-1]))] if found else []


def _filtered(filters: Filters, key: str, value: str) -> Filters | None:
    """The filters with this one; None when it is none of ours."""
    lowered = value.lower()
    if key == "role" and _SPEAKERS.get(lowered, lowered) in ROLES:
        return replace(filters, roles=filters.roles | {_SPEAKERS.get(lowered, lowered)})
    if key == "in" and lowered.removesuffix("s") in KINDS:
        return replace(filters, kinds=filters.kinds | {lowered.removesuffix("s")})
    if key == "has" and lowered.removesuffix("s") in HAS:
        return replace(filters, has=filters.has | {lowered.removesuffix("s")})
    if key == "is" and lowered in {"archived", "active"}:
        return replace(filters, archived=lowered == "archived")
    if key == "tag" and value.strip():
        return replace(filters, tags=(*filters.tags, value.strip()))
    if key == "model" and words.words(value):
        return replace(filters, models=(*filters.models, value))
    return _dated(filters, key, value)


def _dated(filters: Filters, key: str, value: str) -> Filters | None:
    period = span(value) if key in DATES else None
    if period is None:
        return None
    first, after = period
    match key:
        case "before":
            return filters.combined(Filters(until=first - _MICROSECOND))
        case "until":
            return filters.combined(Filters(until=after - _MICROSECOND))
        case "on":
            return filters.combined(Filters(since=first, until=after - _MICROSECOND))
        case _:
            # As in mail: `after:2026-01` begins with January.
            return filters.combined(Filters(since=first))
