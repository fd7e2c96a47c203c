"""The bytes of files lie on shelves of a bounded size, and what nothing refers to leaves nothing there."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from squid_nb.records import File, NewSource, User
from squid_nb.store import Store, shelves
from squid_nb.store.files import sha256_of


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shelves of 100 bytes, parts of 40 bytes and of 20 characters."""
    monkeypatch.setattr(shelves, "_SHELF_BYTES", 100)
    monkeypatch.setattr(shelves, "_PART_BYTES", 40)
    monkeypatch.setattr(shelves, "_PART_CHARACTERS", 20)


def _put(store: Store, data: bytes, text: str | None = None) -> File:
    return store.files.put(NewSource("file", "a", "text/plain", data, text))


def _shelves(store: Store) -> dict[str, int]:
    with store.database.lease() as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            name: len(connection.execute(f"select sha256 from {name}").fetchall())
            for name in sorted(names)
            if name.startswith("shelf_")
        }


def _delete_all(store: Store, user: User) -> None:
    for session in store.sessions.list(owner_id=user.id).items:
        store.sessions.delete(session.id)


@pytest.mark.usefixtures("small")
def test_files_share_a_shelf_until_it_is_full(store: Store) -> None:
    made = [_put(store, bytes([number]) * 30) for number in range(7)]
    assert _shelves(store) == {"shelf_1": 3, "shelf_2": 3, "shelf_3": 1}
    store.close()
    assert [store.files.get(file.sha256, data=True).data for file in made] == [bytes([n]) * 30 for n in range(7)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, 80, 99, 100, 101, 1000])
def test_a_file_of_any_size_comes_back_as_it_was(store: Store, size: int) -> None:
    _put(store, b"before")
    data = random.Random(size).randbytes(size)
    text = "".join(chr(0x1F991 + number % 7) for number in range(size))
    made = store.files.put(NewSource("file", "a", "text/plain", data, text))
    other = _put(store, b"after")
    store.close()
    found = store.files.get(made.sha256, data=True)
    assert (found.data, found.text, found.size_bytes) == (data, text, size)
    assert store.files.get(other.sha256, data=True).data == b"after"


@pytest.mark.usefixtures("small")
def test_an_empty_text_is_not_the_same_as_none(store: Store) -> None:
    with_text, without = _put(store, b"1", ""), _put(store, b"2", None)
    assert (store.files.get(with_text.sha256).text, store.files.get(without.sha256).text) == ("", None)


@pytest.mark.usefixtures("small")
def test_texts_over_several_shelves_reach_the_messages(store: Store, user: User) -> None:
    long, short = "squid " * 100, "facts"
    attached = [
        NewSource("file", name, "text/plain", words.encode(), words)
        for name, words in zip("ab", (long, short), strict=True)
    ]
    turn = store.open_turn(user_id=user.id, question="q", sources=attached)
    assert [source.text for source in turn.question.sources] == [long, short]
    (question, _) = store.messages.path(turn.session.id)
    assert [source.text for source in question.sources] == [long, short]
    assert {entry.text for entry in store.changes.messages([question.id]) if entry.kind == "file"} == {long, short}


@pytest.mark.usefixtures("small")
def test_deleted_files_leave_their_shelves_and_empty_shelves_go(store: Store, user: User) -> None:
    kept = _put(store, b"kept" * 20)
    store.open_turn(user_id=user.id, question="q", sources=[NewSource("file", "a", "x/y", b"gone" * 200, None)])
    assert len(_shelves(store)) > 3
    _delete_all(store, user)
    assert _shelves(store) == {"shelf_1": 2}
    assert store.files.get(kept.sha256, data=True).data == b"kept" * 20
    again = _put(store, b"new" * 30)
    assert store.files.get(again.sha256, data=True).data == b"new" * 30


def test_a_small_file_next_to_large_ones_does_not_write_them_again(store: Store) -> None:
    for _ in range(8):
        _put(store, os.urandom(8 << 20))
        store.close()
    _put(store, b"small")
    store.close()
    before = _written()
    _put(store, b"another small one")
    store.close()
    # 64 MB lie beside it; a shelf, its log and some pages are what one more file may cost.
    assert _written() - before < 40 << 20


def _written() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def test_the_key_of_bytes_is_their_sha256() -> None:
    assert sha256_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
