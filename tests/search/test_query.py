from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from squid_nb.search import Filters, parse
from squid_nb.search.dates import span
from squid_nb.search.query import Term


def local(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day).astimezone()


def test_words_phrases_and_an_unfinished_last_word() -> None:
    assert parse('duckdb "lock file" conn').terms == (
        Term(("duckdb",)),
        Term(("lock", "file")),
        Term(("conn",), goes_on=True),
    )


def test_a_closed_phrase_and_a_finished_word_do_not_go_on() -> None:
    assert parse('"lock file"').terms == (Term(("lock", "file")),)
    assert parse("lock ").terms == (Term(("lock",)),)


def test_an_open_phrase_goes_on() -> None:
    assert parse('"lock fi').terms == (Term(("lock", "fi"), goes_on=True),)


def test_filters_are_words_of_the_query() -> None:
    query = parse('tag:work tag:"my own" model:gpt-4 role:you has:code in:titles is:archived before:2026-01 lock')
    assert query.terms == (Term(("lock",), goes_on=True),)
    assert query.text == "lock"
    assert query.filters == Filters(
        roles=frozenset({"user"}),
        kinds=frozenset({"title"}),
        models=("gpt-4",),
        tags=("work", "my own"),
        has=frozenset({"code"}),
        until=local(2026, 1, 1) - timedelta(microseconds=1),
        archived=True,
    )


@pytest.mark.parametrize(
    "text", ["role:king", "before:soon", "has:hair", "colour:red", "tag:", "http://a.b/c", "12:30"]
)
def test_what_is_no_filter_is_searched(text: str) -> None:
    query = parse(text)
    assert query.filters == Filters()
    assert query.terms


@pytest.mark.parametrize(
    ("typed", "first", "after"),
    [
        ("2026", local(2026, 1, 1), local(2027, 1, 1)),
        ("2026-12", local(2026, 12, 1), local(2027, 1, 1)),
        ("2026-02-28", local(2026, 2, 28), local(2026, 3, 1)),
        ("yesterday", local(2026, 3, 9), local(2026, 3, 10)),
        ("2w", local(2026, 2, 24), local(2026, 2, 25)),
    ],
)
def test_dates_as_people_type_them(typed: str, first: datetime, after: datetime) -> None:
    assert span(typed, today=date(2026, 3, 10)) == (first, after)


@pytest.mark.parametrize("typed", ["2026-02-30", "2026-13", "0000", "9999", "soon", "", "99999d"])
def test_what_is_no_date(typed: str) -> None:
    assert span(typed) is None


def test_bounds_narrow_each_other() -> None:
    filters = parse("since:2026 after:2026-02 until:2026-12 before:2026-06").filters
    assert filters.since == local(2026, 2, 1)
    assert filters.until == local(2026, 6, 1) - timedelta(microseconds=1)


@given(st.text())
@example('"')
@example("\ud800 tag:\udfff")
@example("ʬzz ʬ1f991 ʬffffffff")
@example("role: is:\x00 before:9999-12-31 on:0001-01-01")
@example("AND OR NOT (a) [b TO c] ^2 ~1 a* + - && || ! { } \\")
def test_every_text_is_a_query(text: str) -> None:
    for term in parse(text).terms:
        assert term.words


@given(st.lists(st.sampled_from(["tag:", "role:", "before:", '"', "“", "2026-01", " ", "a", "東", "\\", ":", "\n"])))
def test_every_mixture_is_a_query(pieces: list[str]) -> None:
    parse("".join(pieces))


def test_bounds_are_aware() -> None:
    since = parse("since:2026").filters.since
    assert since is not None
    assert since.astimezone(UTC) == since
