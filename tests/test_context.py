"""The window: whole messages, newest first, never without the question."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.context import fit
from squid_nb.errors import ContextExceeded
from squid_nb.records import Message, Role, Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def message(role: Role, content: str, *sources: Source) -> Message:
    return Message("m", "s", None, role, content, "complete", NOW, sources=sources)


def source(name: str, text: str | None, *, kind: str = "text/plain", size: int | None = None) -> Source:
    size = len(text or "") if size is None else size
    return Source("x", "s", "m", "file", name, "0" * 64, kind, size, NOW, text=text)


def words(text: str) -> int:
    return len(text.split())


def talk(turns: int, *, length: int = 10) -> list[Message]:
    roles: tuple[Role, Role] = ("user", "assistant")
    history = [message(roles[n % 2], f"turn{n} " + "word " * (length - 1)) for n in range(turns)]
    return [*history, message("user", "the question")]


def test_everything_fits() -> None:
    window = fit(talk(4), system="be brief", limit=1000, answer_tokens=100, count=words)
    assert [turn.role for turn in window.turns] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert window.turns[-1].content == "the question"
    assert window.omitted_messages == 0


def test_oldest_messages_go_first_and_are_counted() -> None:
    window = fit(talk(40), system=None, limit=200, answer_tokens=50, count=words)
    assert window.turns[-1].content == "the question"
    assert window.turns[-2].content.startswith("turn39")
    assert window.turns[0].role == "user"
    assert window.omitted_messages == 41 - len(window.turns)


def test_messages_that_were_not_loaded_count_as_omitted() -> None:
    window = fit(talk(2), system=None, limit=1000, answer_tokens=100, count=words, earlier=7)
    assert window.omitted_messages == 7


def test_attachment_stays_while_it_fits() -> None:
    history = [message("user", "look", source("a.md", "alpha beta")), message("assistant", "yes"), *talk(0)]
    window = fit(history, system=None, limit=1000, answer_tokens=100, count=words)
    assert "alpha beta" in window.turns[0].content
    assert window.turns[0].content.endswith("look")


def test_attachment_is_left_out_before_its_message_is() -> None:
    history = [message("user", "look", source("a.md", "word " * 500)), message("assistant", "yes"), *talk(0)]
    window = fit(history, system=None, limit=300, answer_tokens=50, count=words)
    assert "left out to save room: a.md" in window.turns[0].content
    assert window.omitted_messages == 0


def test_the_model_is_told_what_it_cannot_read() -> None:
    picture = source("cat.png", None, kind="image/png", size=9)
    history = [message("user", "what is this?", picture, source("nothing.txt", ""))]
    [turn] = fit(history, system=None, limit=1000, answer_tokens=100, count=words).turns
    assert "--- file cat.png ---\n[a picture (image/png), which is not shown to you]\n" in turn.content
    assert "--- file nothing.txt ---\n[empty]\n" in turn.content


def test_question_that_does_not_fit_is_refused_with_numbers() -> None:
    history = [message("user", "see", source("big.txt", "word " * 5000))]
    with pytest.raises(ContextExceeded, match=r"5,0\d\d tokens"):
        fit(history, system=None, limit=1000, answer_tokens=100, count=words)


def test_unanswered_question_joins_the_next_one() -> None:
    history = [message("user", "first"), message("assistant", ""), *talk(0)]
    window = fit(history, system=None, limit=1000, answer_tokens=100, count=words)
    assert [(turn.role, turn.content) for turn in window.turns] == [("user", "first\n\nthe question")]


@given(
    lengths=st.lists(st.integers(1, 60), max_size=40),
    limit=st.integers(80, 800),
    answer=st.one_of(st.none(), st.integers(1, 400)),
)
def test_no_message_is_cut_and_the_budget_holds(lengths: list[int], limit: int, answer: int | None) -> None:
    roles: tuple[Role, Role] = ("user", "assistant")
    history = [message(roles[n % 2], f"m{n} " + "w " * length) for n, length in enumerate(lengths)]
    history.append(message("user", "q"))
    window = fit(history, system=None, limit=limit, answer_tokens=answer, count=words)
    whole = {entry.content for entry in history}
    for turn in window.turns:
        assert all(part in whole for part in turn.content.split("\n\n"))
    assert "q" in window.turns[-1].content.split("\n\n")
    assert window.tokens <= limit
    kept = sum(len(turn.content.split("\n\n")) for turn in window.turns)
    assert kept + window.omitted_messages == len(history)
