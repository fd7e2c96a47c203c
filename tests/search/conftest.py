"""A store with its search index, and somebody who talks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from squid_nb.records import Hit, User
from squid_nb.search import Search
from squid_nb.store import OpenTurn, Store

Say = Callable[..., OpenTurn]
Find = Callable[..., tuple[Hit, ...]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "squid.duckdb")
    yield store
    store.close()


@pytest.fixture
def user(store: Store) -> User:
    return store.users.ensure("ann")


@pytest.fixture
def search(store: Store) -> Iterator[Search]:
    search = Search(store)
    yield search
    search.close()


@pytest.fixture
def say(store: Store, user: User) -> Say:
    """Ask and answer: `say("question", "answer", session_id=…)`."""

    def turn(question: str, answer: str = "", **more: object) -> OpenTurn:
        opened = store.open_turn(**{"user_id": user.id, "question": question, **more})  # type: ignore[arg-type]
        store.close_turn(opened.answer.id, content=answer, status="complete")
        return opened

    return turn


@pytest.fixture
def find(search: Search, user: User) -> Find:
    """The hits of one page."""

    def hits(text: str, **more: object) -> tuple[Hit, ...]:
        found: tuple[Hit, ...] = search.find(text, **{"owner_id": user.id, **more}).items  # type: ignore[arg-type]
        return found

    return hits
