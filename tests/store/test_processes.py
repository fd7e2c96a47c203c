"""Several real processes on one file: nothing is lost, nothing doubled, whatever happens to them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import turn_writer

from squid_nb.records import Message, User
from squid_nb.store import Store

_KILLS = 50


def test_eight_processes_lose_and_double_nothing(store: Store, user: User) -> None:
    """Two of them write in each session at once."""
    sessions = [store.sessions.create(owner_id=user.id).id for _ in range(4)]
    store.close()
    writers = [
        turn_writer.start(store.path, user_id=user.id, session_id=sessions[number % 4], turns=15, label=f"w{number}")
        for number in range(8)
    ]
    for writer in writers:
        writer.go()
    acknowledged = [writer.heard() for writer in writers]
    assert [len(facts) for facts in acknowledged] == [30] * 8

    for place, session_id in enumerate(sessions):
        path = store.messages.path(session_id)
        asked = [message.content for message in path if message.role == "user"]
        for label in (f"w{place}", f"w{place + 4}"):
            assert [text for text in asked if text.startswith(f"{label} ")] == [
                f"{label} question {n}" for n in range(15)
            ]
        assert len(path) == store.sessions.get(session_id).messages == 60
        assert {message.siblings for message in path} == {1}
        assert {message.status for message in path} == {"complete"}
        assert store.usage.totals(session_id) == (90, 90, None)
    ids = [fact["question"] for facts in acknowledged for fact in facts if "question" in fact]
    assert Counter(store.sql("select message_id from v_messages where role = 'user'").message_id) == Counter(ids)


@pytest.mark.parametrize("seed", [1])
def test_what_was_acknowledged_survives_kill_9(store: Store, user: User, seed: int) -> None:
    """Fifty writers are killed at random moments, each in the middle of its turns."""
    chance = random.Random(seed)
    session_id = store.sessions.create(owner_id=user.id).id
    store.close()
    expected: list[dict[str, Any]] = []
    for number in range(_KILLS):
        writer = turn_writer.start(
            store.path, user_id=user.id, session_id=session_id, turns=1000, label=f"w{number}", steps="open save close"
        )
        writer.go()
        for _ in range(chance.randrange(4)):
            expected.append(writer.line.recv())
        # Somewhere within the next unit of work, which takes a few milliseconds.
        writer.line.poll(chance.random() * 0.006)
        writer.process.kill()
        expected += writer.heard()
        writer.process.join()
        if number % 10 == 9:
            _check(store, session_id, expected)
    assert len(store.sql("select distinct status from v_messages where status = 'streaming'")) == 0


def _check(store: Store, session_id: str, expected: list[dict[str, Any]]) -> None:
    path = {message.id: message for message in store.messages.path(session_id)}
    assert len(path) == store.sessions.get(session_id).messages
    closed = {fact["closed"] for fact in expected if "closed" in fact}
    for fact in expected:
        if "question" in fact:
            assert path[fact["question"]].content == f"{fact['label']} question {fact['number']}"
            _check_answer(path[fact["opened"]], fact["label"], fact["number"], closed=fact["opened"] in closed)
        elif "partial" in fact:
            assert path[fact["partial"]].content.startswith(fact["text"])
    spent = sum(message.usage is not None for message in path.values())
    complete = sum(message.role == "assistant" and message.status == "complete" for message in path.values())
    assert spent == complete >= len(closed)
    assert store.usage.totals(session_id)[0] == 3 * spent


def _check_answer(answer: Message, label: str, number: int, *, closed: bool) -> None:
    text = f"{label} answer {number}"
    if answer.status == "complete":
        assert answer.content == text
    else:
        # Only an answer whose closing was not acknowledged may be unfinished.
        assert not closed
        assert answer.status == "interrupted"
        assert answer.content in {"", text[:7]}
