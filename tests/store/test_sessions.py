from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from squid_nb.errors import InvalidInput, NotFound
from squid_nb.records import NewSource, User
from squid_nb.store import OpenTurn, Store, new_id
from squid_nb.store.sessions import Sort

Say = Callable[..., OpenTurn]


def _titles(store: Store, user: User, **filters: object) -> list[str]:
    return [session.title for session in store.sessions.list(owner_id=user.id, **filters).items]  # type: ignore[arg-type]


def test_a_session_is_kept_as_it_was_made(store: Store, user: User) -> None:
    made = store.sessions.create(
        owner_id=user.id, title="T", model="m", system="s", notebook="n.ipynb", tags=["b", "a", "b"]
    )
    store.close()
    assert store.sessions.get(made.id) == made
    assert (made.title, made.model, made.system, made.notebook, made.tags) == ("T", "m", "s", "n.ipynb", ("b", "a"))
    assert (made.messages, made.cost_usd, made.head_id, made.pinned, made.archived) == (0, None, None, False, False)
    assert made.created_at.utcoffset() == timedelta(0)


def test_a_session_is_found_by_a_unique_beginning_of_its_id(store: Store, user: User) -> None:
    one, two = store.sessions.create(owner_id=user.id), store.sessions.create(owner_id=user.id)
    assert store.sessions.get(one.id[:35].upper()) == one
    with pytest.raises(InvalidInput, match="Several sessions"):
        store.sessions.get(one.id[:6])
    with pytest.raises(NotFound):
        store.sessions.get(two.id[:5])
    with pytest.raises(NotFound):
        store.sessions.get(new_id())
    with pytest.raises(NotFound):
        store.sessions.get("%_%_%_%_")


def test_counters_are_sums_over_messages_and_ledger(store: Store, user: User, say: Say) -> None:
    first = say("q", "a")
    say("q", "a", first.session.id)
    say("elsewhere", "a")
    session = store.sessions.get(first.session.id)
    assert (session.messages, session.input_tokens, session.output_tokens, session.cost_usd) == (4, 6, 6, None)
    listed = {item.id: item for item in store.sessions.list(owner_id=user.id).items}
    assert listed[session.id] == session


@pytest.mark.parametrize(("sort", "order"), [("updated", "cba"), ("created", "cba"), ("title", "abc")])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_lists_come_in_pages(store: Store, user: User, sort: Sort, order: str, limit: int) -> None:
    for title in "abc":
        store.sessions.create(owner_id=user.id, title=title)
    found, cursor = [], None
    while True:
        page = store.sessions.list(owner_id=user.id, sort=sort, limit=limit, cursor=cursor)
        found += [session.title for session in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert "".join(found) == order


@pytest.mark.parametrize("sort", ["updated", "created", "title"])
def test_sessions_of_equal_keys_are_neither_lost_nor_doubled(store: Store, user: User, sort: Sort) -> None:
    made = {store.sessions.create(owner_id=user.id, title="same").id for _ in range(5)}
    with store.database.lease() as connection:
        connection.execute("update sessions set created_at = timestamp '2026-01-01', updated_at = '2026-01-01'")
    found, cursor = [], None
    while True:
        page = store.sessions.list(owner_id=user.id, sort=sort, limit=2, cursor=cursor)
        found += [session.id for session in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(made)


def test_pinned_sessions_come_first_in_every_order(store: Store, user: User) -> None:
    made = {title: store.sessions.create(owner_id=user.id, title=title) for title in "abcd"}
    store.sessions.pin(made["b"].id)
    assert _titles(store, user) == ["b", "d", "c", "a"]
    assert _titles(store, user, sort="title") == ["b", "a", "c", "d"]
    page = store.sessions.list(owner_id=user.id, limit=2)
    assert _titles(store, user, limit=2, cursor=page.cursor) == ["c", "a"]
    store.sessions.pin(made["b"].id, on=False)
    assert _titles(store, user) == ["d", "c", "b", "a"]


def test_lists_are_filtered(store: Store, user: User) -> None:
    store.sessions.create(owner_id=user.id, title="DuckDB locks", tags=["db", "hard"])
    pandas = store.sessions.create(owner_id=user.id, title="Slow groupby", tags=["db"])
    old = store.sessions.create(owner_id=user.id, title="100% of it_all", tags=["Other"])
    store.sessions.archive(old.id)
    store.sessions.create(owner_id=store.users.ensure("bob").id, title="DuckDB of bob", tags=["db"])
    assert _titles(store, user) == ["Slow groupby", "DuckDB locks"]
    assert _titles(store, user, query="duckdb") == ["DuckDB locks"]
    assert _titles(store, user, query="hard") == ["DuckDB locks"]
    assert _titles(store, user, tags=["db"]) == ["Slow groupby", "DuckDB locks"]
    assert _titles(store, user, tags=["db", "hard"]) == ["DuckDB locks"]
    assert _titles(store, user, archived=True) == ["100% of it_all"]
    assert len(_titles(store, user, archived=None)) == 3
    assert _titles(store, user, archived=None, query="other") == ["100% of it_all"]
    assert _titles(store, user, query="%") == []
    assert _titles(store, user, archived=None, query="0% of it_a") == ["100% of it_all"]
    assert _titles(store, user, since=pandas.updated_at) == ["Slow groupby"]
    assert _titles(store, user, until=pandas.updated_at) == ["Slow groupby", "DuckDB locks"]
    assert _titles(store, user, since=pandas.updated_at + timedelta(hours=1)) == []


@pytest.mark.parametrize("bad", ["nonsense", "W10", "", "é", "bnVsbA"])
def test_a_bad_cursor_says_so(store: Store, user: User, bad: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        store.sessions.list(owner_id=user.id, cursor=bad)


def test_a_bad_order_says_so(store: Store, user: User) -> None:
    with pytest.raises(InvalidInput, match="cannot be sorted by 'size'") as caught:
        store.sessions.list(owner_id=user.id, sort="size")  # type: ignore[arg-type]
    assert "updated" in caught.value.hint


def test_sessions_are_changed(store: Store, user: User) -> None:
    session = store.sessions.create(owner_id=user.id, title="old", tags=["a"])
    assert store.sessions.rename(session.id, "new").title == "new"
    assert store.sessions.tag(session.id, "b", "a", "c").tags == ("a", "b", "c")
    assert store.sessions.untag(session.id, "a", "never").tags == ("b", "c")
    assert store.sessions.pin(session.id).pinned
    changed = store.sessions.archive(session.id)
    assert changed.archived
    assert changed.updated_at == session.updated_at
    assert store.sessions.get(session.id) == changed
    with pytest.raises(NotFound):
        store.sessions.rename(new_id(), "x")


def test_the_head_can_be_any_message_of_the_session(store: Store, say: Say) -> None:
    first = say("q0", "a0")
    say("q1", "a1", first.session.id)
    store.sessions.set_head(first.session.id, first.answer.id)
    assert [m.content for m in store.messages.path(first.session.id)] == ["q0", "a0"]
    assert store.messages.get(say("q2", "a2", first.session.id).question.id).siblings == 2
    assert store.sessions.set_head(first.session.id, None).head_id is None
    with pytest.raises(NotFound):
        store.sessions.set_head(first.session.id, say("other", "session").answer.id)


def test_the_latest_session_of_a_notebook(store: Store, user: User, say: Say) -> None:
    one = store.sessions.create(owner_id=user.id, title="one", notebook="a.ipynb")
    store.sessions.create(owner_id=user.id, title="two", notebook="a.ipynb")
    store.sessions.create(owner_id=user.id, title="none")
    say("q", "a", one.id)

    def latest(notebook: str | None) -> str | None:
        session = store.sessions.latest(owner_id=user.id, notebook=notebook)
        return session.title if session else None

    assert (latest("a.ipynb"), latest("b.ipynb"), latest(None)) == ("one", None, "none")
    store.sessions.archive(one.id)
    assert latest("a.ipynb") == "two"


def test_deleting_removes_the_tree_and_unused_files_and_keeps_the_ledger(store: Store, user: User, say: Say) -> None:
    own = NewSource("file", "own.txt", "text/plain", b"own", "own")
    shared = NewSource("file", "shared.txt", "text/plain", b"shared", "shared")
    gone = say("q", "a", sources=[own, shared])
    kept = say("q", "a", sources=[shared])
    store.open_turn(user_id=user.id, again=gone.question.id)
    store.sessions.delete(gone.session.id)
    with pytest.raises(NotFound):
        store.sessions.get(gone.session.id)
    with pytest.raises(NotFound):
        store.messages.get(gone.question.id)
    assert list(store.sql("select distinct session_id from v_messages").session_id) == [kept.session.id]
    assert list(store.sql("select name from v_files").name) == ["shared.txt"]
    assert store.usage.totals(gone.session.id) == (3, 3, None)
    with pytest.raises(NotFound):
        store.sessions.delete(gone.session.id)


@pytest.mark.parametrize("text", ["'; drop table sessions; --", "$title", "\\", '"', "%'", "a\nb", "{}", "?"])
def test_text_that_looks_like_sql_is_text(store: Store, user: User, text: str) -> None:
    session = store.sessions.create(owner_id=user.id, title=text, tags=[text])
    assert _titles(store, user, query=text, tags=[text]) == [text]
    assert store.sessions.rename(session.id, text * 2).title == text * 2
    assert store.sessions.untag(session.id, text).tags == ()
    assert store.users.ensure(text).name == text
