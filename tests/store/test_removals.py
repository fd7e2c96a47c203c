"""Deleted messages leave the tree in one piece, and come back to where they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from squid_nb.errors import InvalidInput, NotFound
from squid_nb.records import NewSource, User
from squid_nb.store import OpenTurn, Store
from squid_nb.store.rows import run

DAY = timedelta(days=1)
NOTES = NewSource("file", "notes.md", "text/markdown", b"some bytes", "some text")
Say = Callable[..., OpenTurn]


def spoken(store: Store, session_id: str) -> list[str]:
    return [message.content for message in store.messages.path(session_id)]


def again(store: Store, user: User, question_id: str, text: str, *, move: bool = False) -> OpenTurn:
    turn = store.open_turn(user_id=user.id, again=question_id, move_following=move)
    store.close_turn(turn.answer.id, content=text, status="complete")
    return turn


def test_a_question_goes_with_its_answers_and_what_followed_stays(store: Store, user: User, say: Say) -> None:
    first = say("q1", "a1")
    session_id = first.session.id
    second = say("q2", "a2", session_id)
    again(store, user, second.question.id, "a2'")
    say("q3", "a3", session_id)
    before = store.messages.path(session_id)
    totals = store.usage.totals(session_id)
    removal = store.removals.remove(second.question.id, keep=DAY)
    assert removal.messages == 3
    assert spoken(store, session_id) == ["q1", "a1", "q3", "a3"]
    assert store.usage.totals(session_id) == totals
    with pytest.raises(NotFound):
        store.messages.get(second.question.id)
    assert store.removals.restore(removal.id) == session_id
    assert store.messages.path(session_id) == before


def test_the_first_question_can_be_deleted(store: Store, say: Say) -> None:
    first = say("q1", "a1")
    say("q2", "a2", first.session.id)
    removal = store.removals.remove(first.question.id, keep=DAY)
    assert spoken(store, first.session.id) == ["q2", "a2"]
    store.removals.restore(removal.id)
    assert spoken(store, first.session.id) == ["q1", "a1", "q2", "a2"]


def test_the_only_turn_leaves_an_empty_session(store: Store, say: Say) -> None:
    turn = say("q1", "a1")
    removal = store.removals.remove(turn.question.id, keep=DAY)
    assert store.sessions.get(turn.session.id).head_id is None
    store.removals.restore(removal.id)
    assert spoken(store, turn.session.id) == ["q1", "a1"]


def test_an_answer_goes_alone_and_another_version_takes_its_place(store: Store, user: User, say: Say) -> None:
    first = say("q1", "a1")
    newer = again(store, user, first.question.id, "a1'")
    say("q2", "a2", first.session.id)
    removal = store.removals.remove(newer.answer.id, keep=DAY)
    assert spoken(store, first.session.id) == ["q1", "a1", "q2", "a2"]
    store.removals.restore(removal.id)
    assert spoken(store, first.session.id) == ["q1", "a1'", "q2", "a2"]


def test_the_last_answer_leaves_its_question(store: Store, say: Say) -> None:
    turn = say("q1", "a1")
    store.removals.remove(turn.answer.id, keep=DAY)
    assert spoken(store, turn.session.id) == ["q1"]


def test_an_edited_question_gives_way_to_its_other_version(store: Store, user: User, say: Say) -> None:
    first = say("q1", "a1")
    say("q2", "a2", first.session.id)
    edited = say("q1 better", "a1 better", first.session.id, beside=first.question.id)
    assert spoken(store, first.session.id) == ["q1 better", "a1 better"]
    store.removals.remove(edited.question.id, keep=DAY)
    assert spoken(store, first.session.id) == ["q1", "a1", "q2", "a2"]


def test_what_was_said_since_stays_when_a_deletion_is_undone(store: Store, say: Say) -> None:
    first = say("q1", "a1")
    second = say("q2", "a2", first.session.id)
    removal = store.removals.remove(second.question.id, keep=DAY)
    say("q3", "a3", first.session.id)
    store.removals.restore(removal.id)
    assert spoken(store, first.session.id) == ["q1", "a1", "q3", "a3"]
    assert store.messages.get(second.answer.id).content == "a2"


def test_deletions_are_undone_in_the_order_of_the_tree(store: Store, say: Say) -> None:
    turn = say("q1", "a1")
    answer = store.removals.remove(turn.answer.id, keep=DAY)
    question = store.removals.remove(turn.question.id, keep=DAY)
    with pytest.raises(InvalidInput, match="above"):
        store.removals.restore(answer.id)
    store.removals.restore(question.id)
    store.removals.restore(answer.id)
    assert spoken(store, turn.session.id) == ["q1", "a1"]
    with pytest.raises(NotFound):
        store.removals.restore(answer.id)


def test_attachments_come_back_and_go_for_good_after_the_grace_period(store: Store, say: Say) -> None:
    turn = say("q1", "a1", sources=(NOTES,))
    other = say("other", "a", sources=(NOTES,))
    removal = store.removals.remove(turn.question.id, keep=DAY)
    store.sessions.delete(other.session.id)
    store.removals.restore(removal.id)
    assert store.files.get(turn.question.sources[0].sha256, data=True).data == b"some bytes"
    store.removals.remove(turn.question.id, keep=DAY)
    with store.database.lease() as connection:
        run(connection, "update removals set purged_at = $at", at=datetime.now(UTC) - DAY)
    store.removals.remove(say("q2", "a2", turn.session.id).answer.id, keep=DAY)
    with pytest.raises(NotFound):
        store.files.get(turn.question.sources[0].sha256)


def test_a_session_that_is_purged_takes_its_deleted_messages_along(store: Store, say: Say) -> None:
    turn = say("q1", "a1", sources=(NOTES,))
    removal = store.removals.remove(turn.question.id, keep=DAY)
    store.sessions.delete(turn.session.id)
    with pytest.raises(NotFound):
        store.removals.restore(removal.id)
    with store.database.lease() as connection:
        for table in ("removals", "removed_messages", "removed_sources", "removed_links", "files"):
            assert run(connection, f"select * from {table}") == []


def test_an_answer_that_is_deleted_while_it_is_written_comes_back_interrupted(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="q1")
    removal = store.removals.remove(turn.answer.id, keep=DAY)
    store.removals.restore(removal.id)
    assert store.messages.get(turn.answer.id).status == "interrupted"


def test_messages_know_which_of_their_versions_they_are(store: Store, user: User, say: Say) -> None:
    first = say("q1", "a1")
    second = again(store, user, first.question.id, "a1'")
    assert [message.version for message in store.messages.versions(first.answer.id)] == [1, 2]
    shown = store.messages.path(first.session.id)[-1]
    assert (shown.id, shown.version, shown.siblings) == (second.answer.id, 2, 2)


def test_words_are_found_on_the_visible_path_in_any_case(store: Store, user: User, say: Say) -> None:
    first = say("About DuckDB", "A database")
    say("And 100%_sure?", "duckdb again", first.session.id)
    again(store, user, first.question.id, "duckdb, hidden")
    store.sessions.set_head(first.session.id, store.messages.newest_below(first.answer.id))
    path = [message.id for message in store.messages.path(first.session.id)]
    assert store.messages.containing(first.session.id, "duckDB") == [path[0], path[3]]
    assert store.messages.containing(first.session.id, "%_S") == [path[2]]
