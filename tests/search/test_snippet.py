from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.search import parse
from squid_nb.search.matching import Wording
from squid_nb.search.snippet import snippet


def shown(content: str, query: str, spellings: tuple[str, ...] = ()) -> str:
    return snippet(content, [Wording(term, (), spellings) for term in parse(query).terms])


@pytest.mark.parametrize(
    ("content", "query", "expected"),
    [
        ("A lock on the file", "lock ", "A <mark>lock</mark> on the file"),
        ("Unlocked locks", "lock ", "Unlocked locks"),
        ("Unlocked locks", "lock", "Unlocked <mark>locks</mark>"),
        ("Crème Brûlée", "creme brulee ", "<mark>Crème</mark> <mark>Brûlée</mark>"),
        ("Die Straße dort", "strasse ", "Die <mark>Straße</mark> dort"),
        ("df.groupby('x')", "df.groupby ", "<mark>df.groupby</mark>(&#x27;x&#x27;)"),
        ("東京都は首都です", "首都", "東京都は<mark>首都</mark>です"),
        ("a 🦑 swims", "🦑", "a <mark>🦑</mark> swims"),
        ("العَرَبِيَّة لغة", "العربية ", "<mark>العَرَبِيَّة</mark> لغة"),
        ("<script>lock</script>", "lock ", "&lt;script&gt;<mark>lock</mark>&lt;/script&gt;"),
        ('say "a & b"', '"a b"', "say &quot;<mark>a &amp; b</mark>&quot;"),
    ],
)
def test_matches_are_marked_and_the_rest_is_escaped(content: str, query: str, expected: str) -> None:
    assert shown(content, query) == expected


def test_the_passage_has_most_of_the_words() -> None:
    content = "lock " + "filler " * 200 + "the lock of the connection " + "filler " * 200
    passage = shown(content, "lock connection ")
    assert "<mark>lock</mark> of the <mark>connection</mark>" in passage
    assert passage.startswith("…")
    assert passage.endswith("…")
    assert len(passage) < 350


def test_what_was_meant_is_marked() -> None:
    assert shown("Use JavaScript here", "javscript ", ("javascript",)) == "Use <mark>JavaScript</mark> here"


def test_a_hostile_text_stays_text() -> None:
    passage = shown("<mark>x</mark><img src=x onerror=alert(1)>", "img ")
    assert "<img" not in passage
    assert passage.count("<mark>") == 1


@given(st.text(), st.text(min_size=1))
def test_without_its_marks_a_snippet_is_escaped_text(content: str, query: str) -> None:
    passage = shown(content, query)
    bare = re.sub(r"</?mark>", "", passage)
    assert "<" not in bare
    assert html.escape(html.unescape(bare)) == bare
    assert passage.count("<mark>") == passage.count("</mark>")
