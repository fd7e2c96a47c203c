"""What was deleted is no longer in the bytes of the file once it has been written anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from squid_nb.errors import StoreDamaged
from squid_nb.records import NewSource, User
from squid_nb.store import Store
from squid_nb.store.compaction import compact, free_bytes
from squid_nb.store.dump import Dump, Sums
from squid_nb.store.integrity import Integrity
from squid_nb.store.rows import run

_WORDS = "the secret of the purple octopus"
_FILE_WORDS = "a file about the purple octopus"


def _fill(store: Store, user: User) -> str:
    """Forty sessions, of which one has words that are to go; returns that one."""
    for number in range(40):
        opened = store.open_turn(
            user_id=user.id,
            question=f"{number} {_WORDS if number == 17 else 'nothing special'} " * 20,
            title=_WORDS if number == 17 else "plain",
            sources=[NewSource("file", "a.txt", "text/plain", (_FILE_WORDS * 400).encode(), _FILE_WORDS * 400)]
            if number == 17
            else [NewSource("file", "b.bin", "x/y", os.urandom(300_000), None)],
        )
        store.close_turn(opened.answer.id, content=f"answer {_WORDS if number == 17 else ''}", status="complete")
        if number == 17:
            secret = opened.session.id
    store.close()
    return secret


def _all(store: Store) -> dict[str, Sums]:
    store.close()
    with Dump.open(store.path) as dump:
        return {table: dump.sums(table) for table in dump.tables()}


def _spoiling(add: Callable[..., None]) -> Callable[..., None]:
    def add_file(dump: Dump, row: dict[str, object], *, data: bytes, text: str | None) -> None:
        add(dump, row, data=data[:-1] + b"!", text=text)

    return add_file


def test_deleted_words_are_not_in_the_bytes_any_more(store: Store, user: User) -> None:
    secret = _fill(store, user)
    store.trash.purge([secret])
    store.close()
    assert _WORDS.encode() in store.path.read_bytes()  # DuckDB has freed the blocks, not cleared them
    sums = _all(store)

    done = compact(store.database)

    content = store.path.read_bytes()
    assert _WORDS.encode() not in content
    assert _FILE_WORDS.encode() not in content
    assert done.after == len(content)
    assert _all(store) == sums
    assert [path.name for path in store.path.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_everything_else_is_as_it_was(store: Store, user: User) -> None:
    _fill(store, user)
    before = [
        (store.messages.path(session.id), store.sessions.get(session.id), store.changes.since(0).mark.history)
        for session in store.sessions.list(owner_id=user.id, limit=100).items
    ]
    compact(store.database)
    after = [
        (store.messages.path(session.id), store.sessions.get(session.id), store.changes.since(0).mark.history)
        for session in store.sessions.list(owner_id=user.id, limit=100).items
    ]
    assert after == before
    integrity = Integrity(store.database)
    assert integrity.findings() == []
    assert [sha256 for sha256 in integrity.files() if not integrity.is_right(sha256)] == []


def test_the_file_becomes_smaller_and_has_nothing_free(store: Store, user: User) -> None:
    _fill(store, user)
    store.trash.purge([session.id for session in store.sessions.list(owner_id=user.id, limit=100).items])
    store.close()
    assert free_bytes(store.database) > 8 << 20
    done = compact(store.database)
    assert done.before - done.after > 8 << 20
    assert free_bytes(store.database) < 1 << 20


def test_a_copy_that_differs_is_not_put_in_place(store: Store, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(store, user)
    was = store.path.read_bytes()
    monkeypatch.setattr(Dump, "add_file", _spoiling(Dump.add_file))
    with pytest.raises(StoreDamaged, match="left as it was"):
        compact(store.database)
    assert store.path.read_bytes() == was
    assert sorted(path.suffix for path in store.path.parent.iterdir()) == [".duckdb", ".lock", ".queue"]


def test_processes_that_wait_go_on_with_the_new_file(store: Store, user: User) -> None:
    _fill(store, user)
    other = Store(store.path)
    compact(store.database)
    assert len(other.sessions.list(owner_id=user.id, limit=100).items) == 40
    other.users.ensure("bob")
    store.close()
    assert store.users.ensure("bob").name == "bob"


def test_files_of_older_releases_move_to_shelves(tmp_path: Path) -> None:
    path = tmp_path / "squid.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.5.0"}) as connection:
        connection.execute((Path(__file__).parent / "schema_001.sql").read_text("utf-8"))
    old = Store(path)
    compact(old.database)
    with old.database.lease() as connection:
        assert [row["number"] for row in run(connection, "from shelves")] == [1]
        assert run(connection, "select table_name from duckdb_indexes()") == []
    (sha256,) = Integrity(old.database).files()
    assert old.files.get(sha256, data=True).data == b"squid facts"
    old.close()
