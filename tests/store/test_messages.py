from __future__ import annotations

from collections.abc import Callable

import histories
import pytest

from squid_nb.errors import NotFound
from squid_nb.records import NewSource, Provenance, User
from squid_nb.store import OpenTurn, Store, messages, new_id
from squid_nb.store.rows import run
from squid_nb.store.tree import Tree

Say = Callable[..., OpenTurn]


def test_pages_walk_the_visible_path_from_its_end(store: Store, say: Say) -> None:
    session_id = say("q0", "a0").session.id
    for number in range(1, 5):
        say(f"q{number}", f"a{number}", session_id)
    pages = []
    before = None
    while True:
        page = store.messages.page(session_id, limit=4, before=before)
        pages.append([message.content for message in page.items])
        if page.cursor is None:
            break
        before = page.cursor
    assert pages == [["q3", "a3", "q4", "a4"], ["q1", "a1", "q2", "a2"], ["q0", "a0"]]


def test_a_page_that_ends_at_the_top_has_no_cursor(store: Store, say: Say) -> None:
    session_id = say("q", "a").session.id
    assert store.messages.page(session_id, limit=2).cursor is None


def test_an_empty_session_has_an_empty_page(store: Store, user: User) -> None:
    session = store.sessions.create(owner_id=user.id)
    page = store.messages.page(session.id)
    assert (page.items, page.cursor) == ((), None)
    assert store.messages.path(session.id) == []


def test_a_page_carries_sources_usage_and_siblings(store: Store, user: User, say: Say) -> None:
    notes = NewSource("file", "notes.md", "text/markdown", b"# Notes", "# Notes")
    turn = say("q", "a", sources=[notes])
    store.open_turn(user_id=user.id, again=turn.question.id)
    question, answer = store.messages.page(turn.session.id).items
    assert [(source.name, source.text) for source in question.sources] == [("notes.md", None)]
    assert (question.siblings, answer.siblings) == (1, 2)
    old = store.messages.get(turn.answer.id)
    assert (old.siblings, old.usage and old.usage.output_tokens) == (2, 3)


def test_a_long_session_loads_only_its_last_page(store: Store, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = histories.chain(store, owner_id=user.id, messages=10_000)
    loaded: list[int] = []
    real = messages.load
    monkeypatch.setattr(
        messages, "load", lambda connection, ids, **more: (loaded.append(len(ids)), real(connection, ids, **more))[1]
    )
    page = store.messages.page(session_id, limit=50)
    assert loaded == [50]
    assert [message.content.split()[1] for message in page.items] == [str(number) for number in range(9950, 10_000)]
    earlier = store.messages.page(session_id, limit=50, before=page.cursor)
    assert [message.content.split()[1] for message in earlier.items][-1] == "9949"
    assert len(store.messages.path(session_id)) == 10_000


def test_the_path_can_end_earlier_and_be_cut_at_its_beginning(store: Store, say: Say) -> None:
    first = say("q0", "a0")
    say("q1", "a1", first.session.id)
    assert [m.content for m in store.messages.path(first.session.id, limit=3)] == ["a0", "q1", "a1"]
    assert [m.content for m in store.messages.path(first.session.id, upto=first.answer.id)] == ["q0", "a0"]
    assert [m.content for m in store.messages.path(first.session.id, upto=first.answer.id, limit=1)] == ["a0"]


def test_depth_counts_the_path(store: Store, say: Say) -> None:
    first = say("q0", "a0")
    second = say("q1", "a1", first.session.id)
    assert store.messages.depth(second.answer.id) == 4


def test_a_link_that_leads_nowhere_or_round_hides_nothing_else(store: Store, say: Say) -> None:
    first = say("q0", "a0")
    second = say("q1", "a1", first.session.id)
    with store.database.lease() as connection:
        run(connection, "update messages set parent_id = $p where id = $id", p=new_id(), id=first.answer.id)
    assert [m.content for m in store.messages.path(first.session.id)] == ["a0", "q1", "a1"]
    with store.database.lease() as connection:
        run(connection, "update messages set parent_id = $p where id = $id", p=second.answer.id, id=first.answer.id)
    assert [m.content for m in store.messages.path(first.session.id)] == ["a0", "q1", "a1"]
    with store.database.lease() as connection:
        assert second.answer.id in Tree(connection, first.session.id)


def test_ids_of_other_sessions_are_not_found(store: Store, say: Say) -> None:
    here, there = say("q", "a").session.id, say("q", "a").answer.id
    with pytest.raises(NotFound):
        store.messages.page(here, before=there)
    with pytest.raises(NotFound):
        store.messages.path(here, upto=there)
    with pytest.raises(NotFound):
        store.messages.page(new_id())
    with pytest.raises(NotFound):
        store.messages.get("nonsense")


def test_a_question_is_found_by_its_words_and_sources(store: Store, user: User, say: Say) -> None:
    one = NewSource("file", "a.txt", "text/plain", b"one", "one")
    two = NewSource("file", "a.txt", "text/plain", b"two", "two")
    plain, with_one = say("same", "plain"), say("same", "with one", sources=[one])
    both = say("same", "with both", sources=[two, one])
    hashes = {name: [s.sha256 for s in turn.question.sources] for name, turn in {"one": with_one, "both": both}.items()}

    def found(sources: list[str]) -> str | None:
        question = store.messages.find_question(owner_id=user.id, content="same", sources=sources)
        return question.id if question else None

    assert found([]) == plain.question.id
    assert found(hashes["one"]) == with_one.question.id
    assert found(hashes["both"]) == found(hashes["both"][::-1]) == both.question.id
    assert found(["0" * 64]) is None
    answer = store.messages.latest_answer(both.question.id)
    assert answer is not None
    assert answer.content == "with both"


def test_a_question_is_found_in_its_cell_and_session_and_only_by_its_owner(store: Store, user: User, say: Say) -> None:
    first = say("same", "a", provenance=Provenance("magic", "work.ipynb", "cell-1", 1))
    second = say("same", "b", provenance=Provenance("magic", "work.ipynb", "cell-2", 2))

    def found(**where: str) -> str | None:
        question = store.messages.find_question(**{"owner_id": user.id, "content": "same", **where})  # type: ignore[arg-type]
        return question.id if question else None

    assert found() == second.question.id
    assert found(cell_id="cell-1") == first.question.id
    assert found(notebook="work.ipynb", cell_id="cell-2") == second.question.id
    assert found(notebook="other.ipynb") is None
    assert found(session_id=first.session.id) == first.question.id
    assert found(owner_id=store.users.ensure("bob").id) is None


def test_the_latest_answer_is_a_complete_one(store: Store, user: User, say: Say) -> None:
    turn = say("q", "good")
    again = store.open_turn(user_id=user.id, again=turn.question.id)
    answer = store.messages.latest_answer(turn.question.id)
    assert answer is not None
    assert answer.content == "good"
    store.close_turn(again.answer.id, content="ba", status="failed")
    assert store.messages.latest_answer(turn.question.id) == answer
    assert store.messages.latest_answer(new_id()) is None
