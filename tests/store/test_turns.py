from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from turn_writer import spent

from squid_nb.errors import InvalidInput, NotFound
from squid_nb.records import NewSource, Provenance, User
from squid_nb.store import OpenTurn, Store, new_id
from squid_nb.store.rows import run

Say = Callable[..., OpenTurn]
_NOTES = NewSource("file", "notes.md", "text/markdown", b"# Notes", "# Notes", {"path": "work/notes.md"})


def _said(store: Store, session_id: str) -> list[str]:
    return [message.content for message in store.messages.path(session_id)]


def test_opening_commits_the_question_and_an_empty_streaming_answer(store: Store, user: User) -> None:
    origin = Provenance(door="magic", notebook="work.ipynb", cell_id="cell-7", execution_count=3)
    turn = store.open_turn(
        user_id=user.id,
        new_session={"notebook": "work.ipynb", "model": "smollm2", "tags": ["data"]},
        question="Why?",
        sources=[_NOTES],
        provenance=origin,
        model="smollm2",
        provider="embedded",
        host="in process",
        title="Why",
    )
    store.close()
    stored = store.sessions.get(turn.session.id)
    assert (stored, stored.messages) == (replace(turn.session, messages=2), 2)
    question, answer = store.messages.path(turn.session.id)
    assert (question, answer) == (turn.question, turn.answer)
    assert (question.content, question.status, question.role) == ("Why?", "complete", "user")
    assert question.provenance == answer.provenance == origin
    assert [(source.name, source.text, source.detail) for source in question.sources] == [
        ("notes.md", "# Notes", {"path": "work/notes.md"})
    ]
    assert (answer.content, answer.status, answer.role) == ("", "streaming", "assistant")
    assert (answer.model, answer.provider, answer.host) == ("smollm2", "embedded", "in process")
    assert turn.session.head_id == answer.id
    assert (turn.session.title, turn.session.tags) == ("Why", ("data",))
    assert turn.titled


def test_a_title_is_given_only_to_a_session_without_one(store: Store, user: User) -> None:
    first = store.open_turn(user_id=user.id, question="one", title="First")
    second = store.open_turn(user_id=user.id, session_id=first.session.id, question="two", title="Second")
    assert (second.session.title, second.titled) == ("First", False)
    assert store.sessions.get(first.session.id).title == "First"


def test_opening_fails_as_a_whole(store: Store, user: User) -> None:
    broken = NewSource("file", "broken", "text/plain", b"data", "text", {"self": None})
    broken.detail["self"] = broken.detail
    with pytest.raises(ValueError, match="Circular"):
        store.open_turn(user_id=user.id, question="Why?", sources=[_NOTES, broken])
    assert store.sessions.list(owner_id=user.id).items == ()
    assert len(store.sql("select * from v_files")) == 0


def test_the_next_question_follows_the_head(store: Store, say: Say) -> None:
    first = say("one", "eins")
    second = say("two", "zwei", first.session.id)
    assert second.question.parent_id == first.answer.id
    assert _said(store, first.session.id) == ["one", "eins", "two", "zwei"]


def test_closing_stores_the_answer_with_its_usage(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?", model="asked for")
    usage = replace(spent(turn, user.id, tokens=7), cost_usd=0.25)
    closed = store.close_turn(
        turn.answer.id, content="Because.", reasoning="hm", status="complete", model="answered", usage=usage, title="T"
    )
    assert closed == store.messages.get(turn.answer.id)
    assert (closed.content, closed.reasoning, closed.status, closed.model) == ("Because.", "hm", "complete", "answered")
    assert closed.usage is not None
    assert closed.usage == replace(usage, id=closed.usage.id)
    session = store.sessions.get(turn.session.id)
    assert (session.title, session.input_tokens, session.output_tokens, session.cost_usd) == ("T", 7, 7, 0.25)
    assert session.updated_at > turn.session.updated_at
    assert store.usage.totals(session.id) == (7, 7, 0.25)


def test_a_failure_keeps_what_had_arrived_and_says_what_happened(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?")
    store.close_turn(turn.answer.id, content="Beca", status="failed", error="The server went away.", hint="Try again.")
    failed = store.messages.get(turn.answer.id)
    assert (failed.content, failed.status, failed.error, failed.hint) == (
        "Beca",
        "failed",
        "The server went away.",
        "Try again.",
    )
    assert failed.usage is None


def test_the_first_close_counts(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?")
    first = store.close_turn(turn.answer.id, content="a", status="stopped", usage=spent(turn, user.id))
    second = store.close_turn(turn.answer.id, content="b", status="complete", usage=spent(turn, user.id))
    store.save_partial(turn.answer.id, "late")
    assert first == second == store.messages.get(turn.answer.id)
    assert store.usage.totals(turn.session.id)[0] == 3


def test_partial_answers_are_kept(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?")
    store.save_partial(turn.answer.id, "Be", "thinking")
    store.close()
    partial = store.messages.get(turn.answer.id)
    assert (partial.content, partial.reasoning, partial.status) == ("Be", "thinking", "streaming")


def test_an_answer_deleted_while_it_is_written_keeps_its_ledger_row(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?")
    store.sessions.delete(turn.session.id)
    store.save_partial(turn.answer.id, "B")
    with pytest.raises(NotFound, match="deleted while"):
        store.close_turn(turn.answer.id, content="Because.", status="complete", usage=spent(turn, user.id))
    assert store.usage.totals(turn.session.id) == (3, 3, None)
    assert len(store.sql("select * from v_messages")) == 0


def test_asking_again_adds_a_sibling_answer_and_shows_it(store: Store, user: User, say: Say) -> None:
    first = say("one", "eins")
    say("two", "zwei", first.session.id)
    again = store.open_turn(user_id=user.id, again=first.question.id)
    store.close_turn(again.answer.id, content="uno", status="complete")
    assert again.question.id == first.question.id
    assert store.messages.get(again.answer.id).siblings == 2
    assert [child.content for child in store.messages.children(first.question.id)] == ["eins", "uno"]
    assert _said(store, first.session.id) == ["one", "uno"]
    assert store.sessions.get(first.session.id).messages == 5


def test_a_cell_that_runs_again_hides_and_doubles_nothing(store: Store, user: User, say: Say) -> None:
    first = say("one", "eins")
    second = say("two", "zwei", first.session.id)
    again = store.open_turn(user_id=user.id, again=first.question.id, move_following=True)
    store.close_turn(again.answer.id, content="uno", status="complete")
    assert _said(store, first.session.id) == ["one", "uno", "two", "zwei"]
    assert again.session.head_id == store.sessions.get(first.session.id).head_id == second.answer.id
    last = store.open_turn(user_id=user.id, again=second.question.id, move_following=True)
    store.close_turn(last.answer.id, content="dos", status="complete")
    assert _said(store, first.session.id) == ["one", "uno", "two", "dos"]
    assert store.messages.latest_answer(first.question.id) == store.messages.get(again.answer.id)


def test_run_all_twice_gives_the_same_conversation(store: Store, user: User, say: Say) -> None:
    turns = [say("q0", "a0")]
    turns += [say(f"q{number}", f"a{number}", turns[0].session.id) for number in (1, 2)]
    for turn in turns:
        again = store.open_turn(user_id=user.id, again=turn.question.id, move_following=True)
        store.close_turn(again.answer.id, content=f"again {turn.question.content}", status="complete")
    assert _said(store, turns[0].session.id) == ["q0", "again q0", "q1", "again q1", "q2", "again q2"]


def test_a_question_off_the_visible_path_becomes_visible_when_asked_again(store: Store, user: User, say: Say) -> None:
    first = say("one", "eins")
    hidden = say("two", "zwei", first.session.id)
    store.sessions.set_head(first.session.id, first.answer.id)
    shown = say("three", "drei", first.session.id)
    again = store.open_turn(user_id=user.id, again=hidden.question.id, move_following=True)
    assert again.session.head_id == again.answer.id
    assert [message.id for message in store.messages.path(first.session.id)][-2:] == [
        hidden.question.id,
        again.answer.id,
    ]
    assert store.messages.get(shown.answer.id).parent_id == shown.question.id


@pytest.mark.parametrize("arguments", [{}, {"question": "a", "again": new_id()}], ids=["neither", "both"])
def test_a_turn_is_either_new_or_again(store: Store, user: User, arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="either a question"):
        store.open_turn(user_id=user.id, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("unknown", [new_id(), "nonsense", "'; drop table sessions; --"])
def test_unknown_ids_are_not_found(store: Store, user: User, unknown: str) -> None:
    with pytest.raises(NotFound):
        store.open_turn(user_id=user.id, session_id=unknown, question="a")
    with pytest.raises(NotFound):
        store.open_turn(user_id=user.id, again=unknown)
    with pytest.raises(NotFound):
        store.close_turn(unknown, content="", status="complete")


def test_an_answer_whose_process_is_gone_reads_as_interrupted(store: Store, user: User) -> None:
    turns = [store.open_turn(user_id=user.id, question=str(number)) for number in range(4)]
    changes = [
        "writer_pid = 999999999",
        "writer_started = writer_started - 1000",  # the pid has been given to another process
        "writer_host = 'elsewhere', heartbeat_at = heartbeat_at - interval 31 second",
        "writer_host = 'elsewhere', heartbeat_at = heartbeat_at - interval 5 second",
    ]
    with store.database.lease() as connection:
        for turn, change in zip(turns, changes, strict=True):
            run(connection, f"update messages set {change} where id = $id", id=turn.answer.id)
    assert [store.messages.get(turn.answer.id).status for turn in turns] == [*["interrupted"] * 3, "streaming"]
    assert sorted(store.sql("select status from v_messages where role = 'assistant'").status) == [
        *["interrupted"] * 3,
        "streaming",
    ]


def test_a_writer_that_was_taken_for_gone_may_go_on(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="Why?")
    with store.database.lease() as connection:
        run(
            connection,
            "update messages set writer_host = 'elsewhere', heartbeat_at = heartbeat_at - interval 1 hour "
            "where id = $id",
            id=turn.answer.id,
        )
    assert store.messages.get(turn.answer.id).status == "interrupted"
    store.save_partial(turn.answer.id, "Bec")
    assert store.messages.get(turn.answer.id).status == "streaming"
    assert store.close_turn(turn.answer.id, content="Because.", status="complete").status == "complete"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("nul \0 inside", "nul \0 inside"),
        ("a \U0001f991 and an é and \u202e", "a \U0001f991 and an é and \u202e"),
        ("halves \ud83e\udd91 joined", "halves \U0001f991 joined"),
        ("half \ud83e alone", "half \ufffd alone"),
        ("\ufffe\uffff\ufeff", "\ufffe\uffff\ufeff"),
        ("line\r\nends\r", "line\r\nends\r"),
        ("", ""),
        ("'; drop table messages; -- $id {x} %s ?", "'; drop table messages; -- $id {x} %s ?"),
    ],
)
def test_any_text_is_kept(store: Store, user: User, given: str, kept: str) -> None:
    source = NewSource("variable", given or "x", "text/plain", given.encode("utf-8", "replace"), given, {"name": given})
    turn = store.open_turn(
        user_id=user.id, new_session={"title": given, "tags": [given]}, question=given, sources=[source]
    )
    store.close_turn(turn.answer.id, content=given, reasoning=given, status="failed", error=given, hint=given)
    question, answer = store.messages.path(turn.session.id)
    assert (question.content, question.sources[0].text) == (kept, kept)
    assert (answer.content, answer.reasoning, answer.error, answer.hint) == (kept, kept, kept, kept)
    session = store.sessions.get(turn.session.id)
    assert (session.title, session.tags) == (kept, (kept,))
    found = store.messages.find_question(owner_id=user.id, content=given, sources=[question.sources[0].sha256])
    assert found is not None
    assert found.id == question.id
    frame = store.sql("select content from v_messages where content = $text", {"text": given})
    assert set(frame.content) == {kept}
