from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.search import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World", ["hello", "world"]),
        ("max_tokens=df.groupby('x')", ["max", "tokens", "df", "groupby", "x"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("cafe\u0301", ["cafe"]),
        ("Straße Ærø İstanbul", ["strasse", "aero", "istanbul"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("東京都", ["東", "京", "都"]),
        ("검색", ["검", "색"]),
        ("ﾃｽﾄ \uff21\uff22", ["テ", "ス", "ト", "ab"]),
        ("العَرَبِيَّة", ["العربية"]),
        ("!?=>", []),
    ],
)
def test_words_of_any_script(text: str, expected: list[str]) -> None:
    assert words.words(text) == expected


def test_an_emoji_is_a_word() -> None:
    (squid,) = words.words("🦑")
    assert words.written(squid) == "🦑"
    assert words.is_single(squid)


def test_what_is_longer_than_any_word_is_left_out() -> None:
    assert words.words("before " + "x" * (words.LONGEST + 1) + " after") == ["before", "after"]


@given(st.text())
def test_every_folded_character_has_its_place(text: str) -> None:
    composed = words.composed(text)
    folded, places = words.folded_with_places(composed)
    if places is None:
        assert len(folded) == len(composed)
    else:
        assert len(places) == len(folded)
        assert places == sorted(places)
        assert all(0 <= place < len(composed) for place in places)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert words.fold(words.fold(text)) == words.fold(text)
