"""A backup holds everything, is verified, and comes back; nothing is lost on the way, whatever goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from transfer.talks import full_talk

from squid_nb.errors import Cancelled, StoreDamaged, StoreError, StoreNewer, TransferError
from squid_nb.store import Store
from squid_nb.transfer.backup import back_up
from squid_nb.transfer.restore import restore

TABLES = ["users", "sessions", "messages", "sources", "files", "usage", "imports", "deleted_sessions"]


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.database.lease() as connection:
        return {table: connection.execute(f"from {table} order by all").fetchall() for table in TABLES}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "history.duckdb")
    user = made.users.ensure("ada").id
    full_talk(user).put(made, user)
    deleted = full_talk(user, "Deleted").put(made, user)
    made.trash.put([deleted], keep=timedelta(days=1))
    return made


@pytest.fixture
def backup(store: Store, tmp_path: Path) -> Path:
    return back_up(store, tmp_path / "b.zip").path


def repacked(backup: Path, change: Callable[[dict[str, bytes]], None], *, name: str = "changed.zip") -> Path:
    """A copy of a backup with other members; the manifest still says what it said unless it is changed too."""
    with zipfile.ZipFile(backup) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    change(members)
    path = backup.with_name(name)
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def leftovers(place: Path) -> list[str]:
    return [path.name for path in place.iterdir() if ".part" in path.name or path.name.startswith(".")]


def test_a_backup_comes_back_with_everything(store: Store, backup: Path, tmp_path: Path) -> None:
    was = everything(store)
    other = Store(tmp_path / "new" / "place" / "history.duckdb")
    restored = restore(other, backup)
    assert everything(other) == was
    assert restored.kept is None
    assert "1 session, 7 messages" in str(restored)
    assert leftovers(tmp_path) == leftovers(other.path.parent) == []


@pytest.mark.parametrize("path", sorted(Path(__file__).with_name("backups").iterdir()), ids=lambda path: path.stem)
def test_a_backup_of_another_duckdb_comes_back(tmp_path: Path, path: Path) -> None:
    store = Store(tmp_path / "history.duckdb")
    restore(store, path)
    (session,) = store.sessions.list(owner_id=store.users.ensure("ada").id).items
    assert (session.title, session.messages, session.tags) == ("Pandas & <b>groupby</b>", 7, ("work", "日本"))
    question = store.messages.path(session.id)[0]
    assert question.content == "Why?\0 </script> \u2028 🦑"
    assert [source.name for source in question.sources] == ["n.txt", "p.png"]
    assert store.files.get(question.sources[0].sha256, data=True).data == b"abc"


def test_a_restored_history_counts_as_another_one(store: Store, backup: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other.duckdb")
    restore(other, backup)
    histories = []
    for one in (store, other):
        with one.database.lease() as connection:
            histories.append(connection.execute("select history from revision").fetchall())
    assert len(histories[0]) == len(histories[1]) == 1
    assert histories[0] != histories[1]


def test_a_directory_gets_a_dated_file(store: Store, tmp_path: Path) -> None:
    made = back_up(store, tmp_path)
    assert made.path.parent == tmp_path
    assert made.path.name.endswith(".backup.zip")
    assert "verified" in str(made)


def test_an_existing_backup_is_only_replaced_by_force(store: Store, backup: Path) -> None:
    was = backup.read_bytes()
    with pytest.raises(TransferError, match="exists already"):
        back_up(store, backup)
    assert backup.read_bytes() == was
    back_up(store, backup, force=True)


def test_a_history_is_only_replaced_by_force_and_kept(store: Store, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds a history already"):
        restore(store, backup)
    user = store.users.ensure("ada").id
    added = store.sessions.create(owner_id=user, title="After the backup").id
    restored = restore(store, backup, force=True)
    assert restored.kept is not None
    assert added not in {session.id for session in store.sessions.list(owner_id=user).items}
    assert store.sessions.list(owner_id=user).items[0].messages == 7
    assert Store(restored.kept).sessions.get(added).title == "After the backup"


def test_an_empty_history_is_replaced_without_force(backup: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other.duckdb")
    other.users.ensure("ada")
    assert restore(other, backup).kept is not None
    assert len(everything(other)["sessions"]) == 1


def test_a_damaged_database_is_replaced_by_force_and_kept(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.duckdb"
    path.write_bytes(b"not a database" * 1000)
    other = Store(path)
    with pytest.raises(StoreDamaged, match="force"):
        restore(other, backup)
    kept = restore(other, backup, force=True).kept
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")
    assert len(everything(other)["sessions"]) == 1


@pytest.mark.parametrize("member", ["tables/messages.parquet", "tables/files.parquet", "files/"])
def test_one_wrong_byte_is_found_before_anything_is_replaced(
    store: Store, backup: Path, tmp_path: Path, member: str
) -> None:
    def spoil(members: dict[str, bytes]) -> None:
        name = next(name for name in members if name.startswith(member))
        data = bytearray(members[name])
        data[len(data) // 2] ^= 1
        members[name] = bytes(data)

    was = everything(store)
    with pytest.raises(TransferError, match="damaged"):
        restore(store, repacked(backup, spoil), force=True)
    assert everything(store) == was
    assert leftovers(tmp_path) == []
    assert not list(tmp_path.glob("*.replaced-*"))


def _outside(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["../../outside"] = {"size": 1, "sha256": "0" * 64}
    members["../../outside"] = b"x"
    members["manifest.json"] = json.dumps(manifest).encode()


def _missing(members: dict[str, bytes]) -> None:
    del members["tables/usage.parquet"]


def _no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def _odd_manifest(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b'{"format": "squid_nb.backup", "version": 1, "tables": []}'


def _other_table(members: dict[str, bytes]) -> None:
    members["manifest.json"] = members["manifest.json"].replace(b'"usage"', b'"duckdb_logs"')
    members["manifest.json"] = members["manifest.json"].replace(b"tables/usage", b"tables/duckdb_logs")
    members["tables/duckdb_logs.parquet"] = members.pop("tables/usage.parquet")


def _too_few_rows(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["tables"]["messages"]["rows"] += 1
    members["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_outside, "no name of a member"),
        (_missing, "missing in the backup"),
        (_no_manifest, "no backup of squid_nb"),
        (_odd_manifest, "manifest of the backup cannot be read"),
        (_other_table, "unknown table"),
        (_too_few_rows, "as it went in"),
    ],
)
def test_a_zip_that_is_not_what_it_says_is_refused(
    backup: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    other = Store(tmp_path / "other.duckdb")
    with pytest.raises(TransferError, match=words):
        restore(other, repacked(backup, change))
    assert not (tmp_path / "other.duckdb").exists()
    assert leftovers(tmp_path) == []


def test_a_zip_bomb_is_refused_without_unpacking_it(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(backup) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for info in archive.infolist():
            bomb.writestr(info.filename, archive.read(info))
        bomb.writestr("files/" + "0" * 64, bytes(50_000_000))
    with pytest.raises(TransferError, match="zip bomb"):
        restore(Store(tmp_path / "other.duckdb"), path)


def test_what_is_no_zip_and_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    other = Store(tmp_path / "other.duckdb")
    (tmp_path / "x.zip").write_bytes(b"hello")
    with pytest.raises(TransferError, match="damaged or no backup"):
        restore(other, tmp_path / "x.zip")
    with pytest.raises(TransferError, match="no such file"):
        restore(other, tmp_path / "nowhere.zip")
    # Before anybody is asked to give up a history for it.
    other.sessions.create(owner_id=other.users.ensure("ann").id)
    with pytest.raises(TransferError, match="no such file"):
        restore(other, tmp_path / "nowhere.zip")


def test_a_newer_backup_is_refused(backup: Path, tmp_path: Path) -> None:
    def newer(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        manifest["schema"] = 999
        members["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(StoreNewer, match="Upgrade"):
        restore(Store(tmp_path / "other.duckdb"), repacked(backup, newer))


def test_cancelling_leaves_nothing(store: Store, backup: Path, tmp_path: Path) -> None:
    was = sorted(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        back_up(store, tmp_path / "c.zip", cancel=lambda: True)
    with pytest.raises(Cancelled):
        restore(store, backup, force=True, cancel=lambda: True)
    assert sorted(tmp_path.iterdir()) == was


def test_progress_grows_to_the_end(store: Store, tmp_path: Path) -> None:
    seen: list[float] = []
    made = back_up(store, tmp_path / "p.zip", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert made.rows["messages"] == 7


def test_an_unwritable_place_is_said_in_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="There is no directory"):
        back_up(store, tmp_path / "nowhere" / "b.zip")
    (tmp_path / "file").write_text("x")
    with pytest.raises(TransferError, match="There is no directory"):
        back_up(store, tmp_path / "file" / "b.zip")


def test_a_full_disk_leaves_nothing_half_written(
    store: Store, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = backup.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("squid_nb.transfer.target.os.fsync", full)
    with pytest.raises(TransferError, match="the disk is full"):
        back_up(store, backup, force=True)
    assert backup.read_bytes() == was
    assert leftovers(tmp_path) == []


_WRITER = """
import sys
from squid_nb.store import Store
store = Store(sys.argv[1])
user = store.users.ensure("ada").id
print("ready", flush=True)
for number in range(60):
    turn = store.open_turn(user_id=user, question=f"Question {number}", title="T")
    store.close_turn(turn.answer.id, content=f"Answer {number}", status="complete")
print("done", flush=True)
"""


def test_a_backup_while_others_write_holds_whole_turns_and_loses_none_of_theirs(store: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(store.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        paths = [back_up(store, tmp_path / f"while-{number}.zip").path for number in range(3)]
        assert writer.stdout.readline() == "done\n"
    assert writer.returncode == 0
    assert len(everything(store)["sessions"]) == 61
    for number, path in enumerate(paths):
        other = Store(tmp_path / f"other-{number}.duckdb")
        restore(other, path)
        with other.database.lease() as connection:
            odd = connection.execute(
                "select count(*) from messages as q where role = 'user' and content like 'Question%' "
                "and not exists (from messages as a where a.parent_id = q.id)"
            ).fetchone()
        assert odd == (0,)
