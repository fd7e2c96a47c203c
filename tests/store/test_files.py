from __future__ import annotations

import hashlib

import pytest

from squid_nb.errors import NotFound
from squid_nb.records import NewSource, User
from squid_nb.store import Store, ids


def test_bytes_are_stored_once(store: Store) -> None:
    data = bytes(range(256)) * 10
    first = store.files.put(NewSource("file", "a.bin", "application/octet-stream", data, None))
    second = store.files.put(NewSource("file", "b.bin", "text/plain", data, "other"))
    assert first == second
    assert first.sha256 == hashlib.sha256(data).hexdigest()
    assert (first.size_bytes, first.text, first.data) == (2560, None, None)
    assert store.files.get(first.sha256, data=True).data == data
    with pytest.raises(NotFound):
        store.files.get("0" * 64)


def test_names_and_versions_belong_to_sources(store: Store, user: User) -> None:
    for content in (b"one", b"two", b"two"):
        notes = NewSource("file", "notes.md", "text/markdown", content, content.decode())
        store.open_turn(user_id=user.id, question="q", sources=[notes])
    frame = store.sql("select name, versions, uses, size_bytes, owner from v_files order by uses")
    assert frame.to_dict("records") == [
        {"name": "notes.md", "versions": 2, "uses": 1, "size_bytes": 3, "owner": "ann"},
        {"name": "notes.md", "versions": 2, "uses": 2, "size_bytes": 3, "owner": "ann"},
    ]


def test_users_are_made_once(store: Store) -> None:
    ann = store.users.ensure("ann")
    store.close()
    assert store.users.ensure("ann") == ann == store.users.get(ann.id)
    assert store.users.ensure("Ann") != ann
    with pytest.raises(NotFound):
        store.users.get("nobody")


def test_ids_grow() -> None:
    made = [ids.new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert {identity[14] for identity in made} == {"7"}
