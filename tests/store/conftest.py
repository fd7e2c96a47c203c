"""A store in a file of its own, and somebody who uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from turn_writer import spent

from squid_nb.records import User
from squid_nb.store import OpenTurn, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "history" / "squid.duckdb")
    yield store
    store.close()


@pytest.fixture
def user(store: Store) -> User:
    return store.users.ensure("ann")


@pytest.fixture
def say(store: Store, user: User) -> Callable[..., OpenTurn]:
    """Ask and answer: `say("question", "answer", session_id)`."""

    def turn(question: str, answer: str, session_id: str | None = None, **more: object) -> OpenTurn:
        opened = store.open_turn(user_id=user.id, session_id=session_id, question=question, **more)  # type: ignore[arg-type]
        store.close_turn(opened.answer.id, content=answer, status="complete", usage=spent(opened, user.id))
        return opened

    return turn
