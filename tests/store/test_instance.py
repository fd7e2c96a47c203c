"""The DuckDB instance that outlives the file, what it may reach, and the numbers it reserves for turns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from squid_nb.records import User
from squid_nb.store import Database, OpenTurn, Store

Say = Callable[..., OpenTurn]


@pytest.mark.parametrize("limit", [None, "400MB"], ids=["kept instance", "with a limit"])
@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('{other}')",
        "copy users to '{other}.csv'",
        "attach '{other}.duckdb' as other",
        "set threads = 1",
        "set allowed_paths = ['{other}']",
        "load httpfs",
    ],
)
def test_no_lease_reaches_other_files_or_settings(
    store: Store, tmp_path: Path, limit: str | None, statement: str
) -> None:
    store.users.ensure("ann")
    store.close()
    other = tmp_path / "other"
    other.write_text("secret")
    database = Database(store.path, memory_limit=limit)
    with pytest.raises(duckdb.Error), database.lease() as connection:
        connection.execute(statement.format(other=other))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history", "other"]


def test_a_path_with_quotes_is_a_path(tmp_path: Path) -> None:
    store = Store(tmp_path / 'ann\'s "history"' / "it's.duckdb")
    for name in ("ann", "bob"):
        store.users.ensure(name)
        store.close()
    assert list(store.sql("select name from users order by name").name) == ["ann", "bob"]
    store.close()


def test_what_changes_after_a_look_is_seen_by_the_next_one(store: Store, say: Say) -> None:
    seen = store.changes.since(0).mark.number
    for number in range(5):
        turn = say(f"question {number}", "answer")
        delta = store.changes.since(seen)
        assert set(delta.messages) == {turn.question.id, turn.answer.id}
        seen = delta.mark.number
    assert store.changes.since(seen).messages == ()


def test_what_changes_after_a_look_is_seen_in_each_step_of_a_turn(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="q")
    seen = store.changes.since(0).mark.number
    store.save_partial(turn.answer.id, "partial")
    delta = store.changes.since(seen)
    assert delta.messages == (turn.answer.id,)
    store.close_turn(turn.answer.id, content="whole", status="complete")
    assert store.changes.since(delta.mark.number).messages == (turn.answer.id,)


def test_a_number_that_was_rolled_back_is_not_given_again_below_one_that_was_seen(store: Store, user: User) -> None:
    def fail() -> None:
        with store.database.lease():
            store.open_turn(user_id=user.id, question="lost")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    seen = store.changes.since(0).mark.number
    turn = store.open_turn(user_id=user.id, question="kept")
    assert set(store.changes.since(seen).messages) == {turn.question.id, turn.answer.id}


def test_deleting_after_turns_of_the_same_hold_is_seen(store: Store, say: Say) -> None:
    turn = say("q", "a")
    seen = store.changes.since(0).mark.number
    other = say("q2", "a2")
    store.sessions.delete(turn.session.id)
    last = say("q3", "a3")
    delta = store.changes.since(seen)
    assert delta.deleted == (turn.session.id,)
    assert set(delta.messages) == {one for said in (other, last) for one in (said.question.id, said.answer.id)}
