from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from squid_nb.errors import SearchError
from squid_nb.records import Hit, NewSource, User
from squid_nb.search import Search, fields, index
from squid_nb.store import OpenTurn, Store
from squid_nb.store.rows import run

Say: TypeAlias = Callable[..., OpenTurn]
Find: TypeAlias = Callable[..., tuple[Hit, ...]]


def folder(store: Store) -> Path:
    return Path(f"{store.path}.search")


def generation(store: Store) -> Path:
    return folder(store) / json.loads(folder(store).joinpath("current.json").read_text())["generation"]


def traces(store: Store, words: str) -> list[Path]:
    """Files of the index that still hold these words in plain text."""
    return [path for path in folder(store).rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


def test_a_streaming_answer_is_found_as_it_grows(store: Store, user: User, find: Find) -> None:
    turn = store.open_turn(user_id=user.id, question="Name animals")
    assert find("lemur ") == ()
    store.save_partial(turn.answer.id, "A lemur")
    assert [hit.message_id for hit in find("lemur ")] == [turn.answer.id]
    store.save_partial(turn.answer.id, "A lemur and a tapir")
    assert find("tapir ")
    store.close_turn(turn.answer.id, content="Only a yak", status="complete")
    assert find("lemur ") == ()
    assert find("tapir ") == ()
    assert len(find("yak ")) == 1


def test_renames_tags_and_archiving_are_seen(store: Store, say: Say, find: Find) -> None:
    turn = say("a question about owls", title="Owls")
    assert {hit.title for hit in find("owls ")} == {"Owls"}
    store.sessions.rename(turn.session.id, "Birds of the night")
    assert {hit.title for hit in find("owls ")} == {"Birds of the night"}
    assert [hit.kind for hit in find("birds ")] == ["title"]
    assert find("owls tag:night") == ()
    store.sessions.tag(turn.session.id, "Night")
    assert find("owls tag:night")
    store.sessions.untag(turn.session.id, "Night")
    assert find("owls tag:night") == ()
    store.sessions.archive(turn.session.id)
    assert find("owls is:archived")
    store.sessions.archive(turn.session.id, on=False)
    assert find("owls is:archived") == ()


def test_a_deleted_session_is_never_found_and_a_restored_one_is(store: Store, say: Say, find: Find) -> None:
    source = NewSource("file", "notes.md", "text/markdown", b"raw", "a heron in a file")
    turn = say("a heron", title="heron", sources=(source,))
    assert {hit.kind for hit in find("heron ")} == {"message", "title", "file"}
    store.trash.put([turn.session.id], keep=timedelta(days=1))
    assert find("heron ") == ()
    store.trash.restore([turn.session.id])
    assert {hit.kind for hit in find("heron ")} == {"message", "title", "file"}
    store.sessions.delete(turn.session.id)
    assert find("heron ") == ()


def test_what_is_purged_leaves_no_trace_in_the_index(
    store: Store, say: Say, find: Find, search: Search, user: User
) -> None:
    kept = say("the kept one")
    turn = say("the password is Xyzzy123")
    find("password ")
    assert traces(store, "Xyzzy123")
    store.sessions.delete(turn.session.id)
    find("password ")
    tidying = search._upkeep._tidying
    if tidying is not None:
        tidying.join()
    assert not traces(store, "Xyzzy123")
    assert not traces(store, "xyzzy123")
    assert [hit.message_id for hit in find("kept ")] == [kept.question.id]


def test_the_final_check_hides_what_the_index_does_not_know_yet(
    store: Store, say: Say, find: Find, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = say("a badger")
    assert find("badger ")
    # Another process is catching up and does not come to an end.
    monkeypatch.setattr("squid_nb.search.upkeep._WAIT_S", 0.05)
    with index.Shelf(folder(store)).lock("write", timeout=0) as mine:
        assert mine
        store.sessions.delete(turn.session.id)
        say("a badger that is not indexed yet")
        assert find("badger ") == ()
    assert len(find("badger ")) == 1


@pytest.mark.parametrize("damage", ["missing", "emptied", "garbage", "no note", "odd note", "truncated"])
def test_a_damaged_index_is_built_anew(store: Store, user: User, say: Say, find: Find, damage: str) -> None:
    turn = say("a marmot")
    assert find("marmot ")
    _break(store, damage)
    say("a stoat")
    for searching in (find, lambda text: Search(store).find(text, owner_id=user.id).items):
        assert [hit.message_id for hit in searching("marmot ")] == [turn.question.id]
        assert len(searching("stoat ")) == 1


def _break(store: Store, damage: str) -> None:
    files = [path for path in generation(store).iterdir() if path.is_file() and not path.name.startswith(".")]
    if damage == "missing":
        shutil.rmtree(folder(store))
    elif damage == "no note":
        folder(store).joinpath("current.json").unlink()
    elif damage == "odd note":
        folder(store).joinpath("current.json").write_text("[")
    for path in files if damage in {"emptied", "garbage", "truncated"} else ():
        whole = path.read_bytes()
        path.write_bytes(
            {"emptied": b"", "garbage": b"\xff" * len(whole), "truncated": whole[: len(whole) // 2]}[damage]
        )


def test_an_index_of_another_version_is_built_anew(
    store: Store, say: Say, find: Find, monkeypatch: pytest.MonkeyPatch, user: User
) -> None:
    say("a weasel")
    find("weasel ")
    older = generation(store)
    monkeypatch.setattr(index, "VERSION", fields.VERSION + 1)
    assert Search(store).find("weasel ", owner_id=user.id).items
    assert generation(store) != older
    assert not older.exists()


def test_an_index_of_another_history_is_built_anew(store: Store, say: Say, find: Find, tmp_path: Path) -> None:
    say("a ferret")
    find("ferret ")
    store.close()
    other = Store(tmp_path / "other.duckdb")
    ann = other.users.ensure("ann")
    other.open_turn(user_id=ann.id, question="a mink")
    other.close()
    shutil.move(tmp_path / "other.duckdb", store.path)
    search = Search(store)
    assert search.find("ferret ", owner_id=ann.id).items == ()
    assert len(search.find("mink ", owner_id=ann.id).items) == 1


def test_rows_without_a_revision_are_noticed(store: Store, user: User, say: Say, find: Find) -> None:
    turn = say("a beaver")
    find("beaver ")
    with store.database.lease() as connection:
        run(
            connection,
            """
            insert into messages by name
            select * replace (uuid() as id, 'an otter' as content, 0 as revision) from messages where id = $id
            """,
            id=turn.question.id,
        )
    assert len(find("otter ")) == 1


def test_deleting_the_folder_only_costs_a_build(store: Store, say: Say, find: Find) -> None:
    say("a lynx")
    find("lynx ")
    shutil.rmtree(folder(store))
    assert find("lynx ")


def test_progress_of_a_build_is_told(store: Store, user: User, say: Say) -> None:
    for number in range(3):
        say(f"question {number}", "answer")
    told: list[tuple[int, int]] = []
    Search(store).find("question", owner_id=user.id, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)


def test_an_unwritable_folder_is_one_sentence(store: Store, user: User, say: Say) -> None:
    say("a fox")
    folder(store).write_text("not a folder")
    with pytest.raises(SearchError, match="cannot be used"):
        Search(store).find("fox", owner_id=user.id)


def test_nothing_is_asked_of_a_database_that_nobody_has_touched(
    store: Store, say: Say, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = say("a bison")
    monkeypatch.setattr("squid_nb.store.database._COARSE_NS", 0)
    store.close()
    assert find("bison ")
    store.close()

    def refused() -> None:
        raise AssertionError("the database was opened")

    with monkeypatch.context() as closed:
        closed.setattr(store.database, "lease", refused)
        assert [hit.message_id for hit in find("bison ")] == [turn.question.id]
    store.sessions.delete(turn.session.id)
    store.close()
    assert find("bison ") == ()
