"""A history to import into, and a way to look at what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squid_nb.records import Message, Session
from squid_nb.store import Store
from squid_nb.store.integrity import Integrity
from squid_nb.transfer import Report, import_file


class History:
    """A store with one person, and what tests ask of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = Store(directory / "history.duckdb")
        self.user_id = self.store.users.ensure("ada").id

    def write(self, name: str, content: Any) -> Path:
        """A file of JSON, of lines of JSON for a `.jsonl`, or of bytes as they are."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".jsonl") and isinstance(content, list):
            content = "".join(json.dumps(record) + "\n" for record in content).encode()
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def bring(self, path: Path, **options: Any) -> Report:
        return import_file(path, store=self.store, user_id=self.user_id, **options)

    def bring_in(self, name: str, content: Any) -> Report:
        return self.bring(self.write(name, content))

    @property
    def sessions(self) -> list[Session]:
        return list(self.store.sessions.list(owner_id=self.user_id, limit=1000).items)

    @property
    def session(self) -> Session:
        (session,) = self.sessions
        return session

    def path(self) -> list[Message]:
        """The visible path of the only session."""
        return list(self.store.messages.page(self.session.id, limit=1000).items)

    def said(self) -> list[tuple[str, str]]:
        return [(message.role, message.content) for message in self.path()]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.database.lease() as connection:
            return connection.execute(query).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])

    def assert_sound(self) -> None:
        """Every message has its session, its parent and a place in one tree; every source its file; no ledger row."""
        orphans = {
            "messages without session": "select id from messages where session_id not in (select id from sessions)",
            "messages without parent": """
                select m.id from messages as m where m.parent_id is not null and not exists (
                    select 1 from messages as p where p.id = m.parent_id and p.session_id = m.session_id
                )""",
            "messages in a circle": """
                with recursive reached(id) as (
                    select id from messages where parent_id is null
                    union select m.id from messages as m join reached on m.parent_id = reached.id
                )
                select id from messages where id not in (select id from reached)""",
            "sessions with a lost head": """
                select s.id from sessions as s where s.head_id is not null and s.head_id not in (
                    select id from messages where session_id = s.id
                )""",
            "sessions with messages and no head": """
                select id from sessions where head_id is null and id in (select session_id from messages)""",
            "sources without file": "select id from sources where sha256 not in (select sha256 from files)",
            "sources without message": "select id from sources where message_id not in (select id from messages)",
            "ledger rows": "select id from usage",
            "traces without message": """
                select key from imported_messages where message_id not in (select id from messages)""",
        }
        found = {name: self.rows(query) for name, query in orphans.items()}
        assert {name: rows for name, rows in found.items() if rows} == {}
        integrity = Integrity(self.store.database)
        assert [sha256 for sha256 in integrity.files() if not integrity.is_right(sha256)] == []


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def make_history(tmp_path: Path) -> Iterator[Callable[[], History]]:
    """Several histories in one test."""
    made: list[History] = []

    def make() -> History:
        made.append(History(tmp_path / f"history-{len(made)}"))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
