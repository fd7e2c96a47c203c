"""`<think>` blocks are told apart from the answer, wherever the chunks are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.events import Delta, Reasoning
from squid_nb.providers.think import ThinkSplitter


def split(*chunks: str) -> tuple[str, str]:
    """The reasoning and the answer."""
    splitter = ThinkSplitter()
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)] + splitter.end()
    assert all(piece.text for piece in pieces)
    return (
        "".join(piece.text for piece in pieces if isinstance(piece, Reasoning)),
        "".join(piece.text for piece in pieces if isinstance(piece, Delta)),
    )


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("plain", "", "plain"),
        ("<think>why</think>answer", "why", "answer"),
        ("\n\n<think>\nwhy\n</think>\n\nanswer", "why\n", "answer"),
        ("<think></think>answer", "", "answer"),
        ("<think>never closed", "never closed", ""),
        ("one <think>two</think>three", "two", "one three"),
        ("<think>a</think>b<think>c</think>d", "ac", "bd"),
        ("a < b and b <thin", "", "a < b and b <thin"),
        ("the tag `<think>` opens, `</think>` closes", "", "the tag `<think>` opens, `</think>` closes"),
        ("```html\n<think>x</think>\n```\n", "", "```html\n<think>x</think>\n```\n"),
        ("    indented = True\n", "", "    indented = True\n"),
        ("  ", "", "  "),
        ("</think> alone", "", "</think> alone"),
        ("<think>use `x</think>answer", "use `x", "answer"),
    ],
)
def test_every_cut_gives_the_same(text: str, reasoning: str, answer: str) -> None:
    assert split(text) == (reasoning, answer)
    assert split(*text) == (reasoning, answer)
    for cut in range(1, len(text)):
        assert split(text[:cut], text[cut:]) == (reasoning, answer)


@given(st.lists(st.text("<>/think `x\n", min_size=1, max_size=6), max_size=20))
def test_chunking_never_matters(chunks: list[str]) -> None:
    assert split(*chunks) == split("".join(chunks))


@given(st.text(st.characters(exclude_characters="<")))
def test_text_without_a_tag_is_untouched(text: str) -> None:
    assert split(text) == ("", text)


def test_text_flows_at_once() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("Hello") == [Delta("Hello")]
    assert splitter.feed(" a<b") == [Delta(" a<b")]
    assert splitter.feed(" <") == [Delta(" ")]
    assert splitter.feed("tr>") == [Delta("<tr>")]
