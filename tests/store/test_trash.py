from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from squid_nb.errors import NotFound
from squid_nb.records import NewSource, User
from squid_nb.store import OpenTurn, Store, files, new_id
from squid_nb.store.rows import run

DAY = timedelta(days=1)
NOTES = NewSource("file", "notes.md", "text/markdown", b"some bytes", "some text")


def rows(store: Store, table: str) -> int:
    with store.database.lease() as connection:
        return int(run(connection, f"select count(*) as rows from {table}")[0]["rows"])


def end_grace(store: Store) -> None:
    with store.database.lease() as connection:
        run(connection, "update deleted_sessions set purged_at = $at", at=datetime.now(UTC) - DAY)


def test_a_deleted_session_is_out_of_sight_and_comes_back_whole(
    store: Store, user: User, say: Callable[..., OpenTurn]
) -> None:
    turn = say("question", "answer", sources=(NOTES,))
    store.sessions.tag(turn.session.id, "kept")
    before = store.sessions.get(turn.session.id)
    messages = store.messages.path(turn.session.id)
    store.trash.put([turn.session.id], keep=DAY)
    assert store.sessions.list(owner_id=user.id).items == ()
    for gone in (lambda: store.sessions.get(turn.session.id), lambda: store.messages.get(turn.answer.id)):
        with pytest.raises(NotFound):
            gone()
    assert store.sql("select * from v_messages").empty
    store.trash.restore([turn.session.id])
    assert store.sessions.get(turn.session.id) == before
    assert store.messages.path(turn.session.id) == messages
    assert store.trash.list(owner_id=user.id) == ()


def test_the_trash_says_what_is_in_it_and_until_when(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    turn = say("question", "answer", title="Plans")
    store.trash.put([turn.session.id], keep=DAY)
    (deleted,) = store.trash.list(owner_id=user.id)
    assert (deleted.id, deleted.title, deleted.messages) == (turn.session.id, "Plans", 2)
    assert deleted.purged_at - deleted.deleted_at == DAY
    assert store.trash.list(owner_id=store.users.ensure("bob").id) == ()


def test_after_the_grace_period_everything_but_the_ledger_is_gone(
    store: Store, user: User, say: Callable[..., OpenTurn]
) -> None:
    turn = say("question", "answer", sources=(NOTES,))
    store.trash.put([turn.session.id], keep=DAY)
    assert rows(store, "files") == 1
    store.trash.purge()
    assert rows(store, "files") == 1
    end_grace(store)
    store.trash.purge()
    tables = ("sessions", "messages", "sources", "files", "deleted_sessions", "deleted_messages", "deleted_sources")
    assert {table: rows(store, table) for table in tables} == dict.fromkeys(tables, 0)
    assert rows(store, "usage") == 1
    with pytest.raises(NotFound, match="not among the deleted"):
        store.trash.restore([turn.session.id])


def test_bytes_stay_while_a_deleted_session_or_another_one_needs_them(
    store: Store, say: Callable[..., OpenTurn]
) -> None:
    one, two = (say("question", "answer", sources=(NOTES,)) for _ in range(2))
    store.trash.put([one.session.id], keep=DAY)
    store.sessions.delete(two.session.id)
    store.trash.restore([one.session.id])
    assert store.files.get(files.sha256_of(NOTES.data), data=True).data == NOTES.data


def test_without_a_grace_period_it_is_gone_at_once(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    turn = say("question", "answer")
    store.trash.put([turn.session.id], keep=timedelta())
    assert store.trash.list(owner_id=user.id) == ()
    assert rows(store, "messages") == 0


def test_an_answer_under_way_is_interrupted_by_deleting(store: Store, user: User) -> None:
    turn = store.open_turn(user_id=user.id, question="question")
    store.trash.put([turn.session.id], keep=DAY)
    with pytest.raises(NotFound):
        store.close_turn(turn.answer.id, content="late", status="complete")
    store.trash.restore([turn.session.id])
    assert store.messages.get(turn.answer.id).status == "interrupted"


def test_restoring_is_all_or_nothing(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    turn = say("question", "answer")
    store.trash.put([turn.session.id], keep=DAY)
    with pytest.raises(NotFound):
        store.trash.restore([turn.session.id, new_id()])
    assert len(store.trash.list(owner_id=user.id)) == 1


@pytest.mark.parametrize("table", ["sessions", "messages", "sources"])
def test_the_trash_has_every_column(store: Store, table: str) -> None:
    with store.database.lease() as connection:
        names = {
            name: [row["column_name"] for row in run(connection, f"select column_name from (describe {name})")]
            for name in (table, f"deleted_{table}")
        }
    extra = ["deleted_at", "purged_at"] if table == "sessions" else []
    assert sorted(names[f"deleted_{table}"]) == sorted([*names[table], *extra])
