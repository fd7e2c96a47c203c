from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from turn_writer import spent

from squid_nb.errors import InvalidInput
from squid_nb.records import NewSource, User
from squid_nb.store import OpenTurn, Store
from squid_nb.store.session_views import SessionViews, View


def titles(store: Store, user: User, **options: object) -> list[str]:
    return [session.title for session in store.sessions.list(owner_id=user.id, **options).items]  # type: ignore[arg-type]


@pytest.fixture
def three(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    one = say("short", "answer", title="one", model="gpt-5")
    say("again", "```python\nprint()\n```", one.session.id)
    say("see https://example.org", "answer", title="two", model="llama-3")
    source = NewSource("file", "a.md", "text/markdown", b"bytes", "text")
    three = say("look", "the last words", title="three", sources=(source,))
    for number in range(2):
        say(f"more {number}", "the last words", three.session.id)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("sort", ["updated", "created", "title", "messages", "cost"])
def test_pages_of_every_order_hold_each_session_once(store: Store, user: User, sort: str) -> None:
    whole = titles(store, user, sort=sort)
    assert sorted(whole) == ["one", "three", "two"]
    paged: list[str] = []
    cursor = None
    for _ in range(3):
        page = store.sessions.list(owner_id=user.id, limit=1, cursor=cursor, sort=sort)  # type: ignore[arg-type]
        paged += [session.title for session in page.items]
        cursor = page.cursor
    assert paged == whole
    assert cursor is None


@pytest.mark.usefixtures("three")
def test_orders(store: Store, user: User) -> None:
    assert titles(store, user, sort="messages") == ["three", "one", "two"]
    assert titles(store, user, sort="title") == ["one", "three", "two"]
    costs = [session.cost_usd for session in store.sessions.list(owner_id=user.id, sort="cost").items]
    assert costs == sorted(costs, key=lambda cost: -1 if cost is None else cost, reverse=True)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"has": ["code"]}, ["one"]),
        ({"has": ["link"]}, ["two"]),
        ({"has": ["file"]}, ["three"]),
        ({"has": ["file", "code"]}, []),
        ({"model": "GPT"}, ["one"]),
        ({"role": "system"}, []),
        ({"query": "TW"}, ["two"]),
        ({"pinned": True}, []),
    ],
)
def test_filters(store: Store, user: User, options: dict[str, object], expected: list[str]) -> None:
    assert titles(store, user, sort="title", **options) == expected


@pytest.mark.usefixtures("three")
def test_a_page_brings_the_beginning_of_the_last_message(store: Store, user: User) -> None:
    assert store.sessions.list(owner_id=user.id).items[0].preview == "the last words"


@pytest.mark.usefixtures("three")
def test_tags_fit_in_any_case(store: Store, user: User) -> None:
    session = store.sessions.list(owner_id=user.id).items[0]
    store.sessions.tag(session.id, "Work")
    assert titles(store, user, tags=["wORK"]) == [session.title]


@pytest.mark.usefixtures("three")
def test_what_a_selection_changes_is_one_transaction_and_touches_no_times(store: Store, user: User) -> None:
    before = store.sessions.list(owner_id=user.id).items
    ids = [session.id for session in before]
    store.sessions.change(ids, tag=["a", "b", "a"], archived=True)
    store.sessions.change(ids, untag=["a"], tag=["b", "c"])
    after = store.sessions.list(owner_id=user.id, archived=True).items
    assert {session.tags for session in after} == {("b", "c")}
    assert [session.updated_at for session in after] == [session.updated_at for session in before]


def test_a_cursor_of_another_order_is_refused(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    for number in range(2):
        say(f"question {number}", "answer")
    cursor = store.sessions.list(owner_id=user.id, limit=1).cursor
    with pytest.raises(InvalidInput, match="another order"):
        store.sessions.list(owner_id=user.id, cursor=cursor, sort="title")


def test_a_title_is_replaced_only_while_nobody_else_has(store: Store, say: Callable[..., OpenTurn]) -> None:
    turn = say("question", "answer", title="first words")
    store.sessions.rename(turn.session.id, "mine")
    assert store.sessions.rename(turn.session.id, "theirs", unless_renamed="first words").title == "mine"


def test_bounds_are_inclusive(store: Store, user: User, say: Callable[..., OpenTurn]) -> None:
    turn = say("question", "answer", title="one")
    at = store.sessions.get(turn.session.id).updated_at
    assert titles(store, user, since=at, until=at) == ["one"]
    assert titles(store, user, since=at + timedelta(microseconds=1)) == []


def test_calls_whose_price_nobody_knows_are_counted_in_every_list(store: Store, user: User) -> None:
    def ask(host: str, cost: float | None, session_id: str | None = None) -> str:
        turn = store.open_turn(user_id=user.id, session_id=session_id, question="Q", host=host)
        usage = replace(spent(turn, user.id), host=host, cost_usd=cost)
        store.close_turn(turn.answer.id, content="A", status="complete", usage=usage)
        return turn.session.id

    local = ask("in process", None)
    ask("http://127.0.0.1:11434", None, local)
    ask("http://[::1]:1", None, local)
    remote = ask("https://api.example.com", None)
    ask("https://api.example.com", 0.5, remote)
    ask("http://localhost.example.com", None, remote)
    expected = {local: (None, 0), remote: (0.5, 2)}

    listed = store.sessions.list(owner_id=user.id).items
    shown = SessionViews(store.database).window(View("ann"), offset=0, limit=10).items
    for sessions in (listed, shown, [store.sessions.get(local), store.sessions.get(remote[:13])]):
        assert {one.id: (one.cost_usd, one.unpriced) for one in sessions if one.id in expected} == {
            one.id: expected[one.id] for one in sessions
        }
    assert len(listed) == len(shown) == 2
