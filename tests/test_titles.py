"""Titles from first messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.titles import title_from


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why is my groupby slow?", "Why is my groupby slow?"),
        ("\n\n  ## A heading\nmore", "A heading"),
        ("", ""),
        ("\n \t\n", ""),
        ("`df.groupby` is slow", "df.groupby is slow"),
        ("word " * 40, ("word " * 12).strip() + "…"),
        ("為" * 80, "為" * 60 + "…"),
        ("e\u0301" * 40, "e\u0301" * 30 + "…"),
        ("x" + "e\u0301" * 40, "x" + "e\u0301" * 29 + "…"),
        ("x" + "👍🏽" * 40, "x" + "👍🏽" * 29 + "…"),
        ("🇩🇪" * 40, "🇩🇪" * 30 + "…"),
        ("x" + "🇩🇪" * 40, "x" + "🇩🇪" * 29 + "…"),
        ("xxxx" + "👨\u200d👩\u200d👧" * 20, "xxxx" + "👨\u200d👩\u200d👧" * 11 + "…"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("line\x00one\x1b[31m", "lineone[31m"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert title_from(text) == title


@given(st.text())
def test_title_is_one_short_printable_line(text: str) -> None:
    title = title_from(text)
    assert len(title) <= 61
    assert title.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert title == title.strip()
