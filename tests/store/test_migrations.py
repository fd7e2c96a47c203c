"""How files get to the newest schema, from nothing and from the first release."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from squid_nb.errors import StoreNewer
from squid_nb.records import NewSource
from squid_nb.store import OpenTurn, Store, migrations, opening
from squid_nb.store.rows import Connection, run

_FIRST = Path(__file__).parent / "schema_001.sql"


def m999_notes(connection: Connection) -> None:
    connection.execute("create table notes (text varchar)")
    connection.execute("insert into notes select content from messages")


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release with one more migration."""
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m999_notes))


@pytest.fixture(params=["this DuckDB", "duckdb_1_5", "duckdb_2_0"])
def first_release(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file as the first release wrote it, with rows; by each DuckDB that is supported."""
    path = tmp_path / "squid.duckdb"
    packed = _FIRST.with_name(f"{request.param}.duckdb.gz")
    if packed.exists():
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        return path
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.5.0"}) as connection:
        connection.execute(_FIRST.read_text("utf-8"))
    return path


def _backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("squid.schema*.duckdb"))


def _applied(store: Store) -> list[tuple[int, str]]:
    with store.database.lease() as connection:
        rows = run(connection, "select version, name from migrations order by version")
    return [(row["version"], row["name"]) for row in rows]


def test_migrations_are_numbered_in_order() -> None:
    assert [int(step.__name__[1:4]) for step in migrations.MIGRATIONS] == [
        number + 1 for number in range(len(migrations.MIGRATIONS))
    ]


def test_a_new_file_gets_the_newest_schema_and_no_backup(store: Store) -> None:
    assert [version for version, _ in _applied(store)] == list(range(1, len(migrations.MIGRATIONS) + 1))
    assert _backups(store.path) == []


def test_a_file_of_the_first_release_is_read_as_it_was(first_release: Path) -> None:
    store = Store(first_release)
    ann = store.users.ensure("ann")
    (session,) = store.sessions.list(owner_id=ann.id).items
    assert (session.title, session.tags, session.messages) == ("The first session", ("old",), 2)
    assert (session.input_tokens, session.output_tokens, session.cost_usd) == (12, 34, 0.5)
    question, answer = store.messages.path(session.id)
    assert (question.content, question.sources[0].text) == ("What is a squid?", "squid facts")
    assert (answer.content, answer.status, answer.model) == ("A cephalopod.", "complete", "smollm2")
    assert store.files.get(question.sources[0].sha256, data=True).data == b"squid facts"
    assert list(store.sql("select title from v_sessions").title) == ["The first session"]
    store.close()


def test_the_first_schema_was_not_edited_after_its_release(first_release: Path, tmp_path: Path) -> None:
    columns = "select table_name, column_name, data_type, is_nullable from duckdb_columns() where not internal"
    with duckdb.connect(str(tmp_path / "new.duckdb")) as new:
        migrations.m001_tables(new)
        with duckdb.connect(str(first_release)) as old:
            released = set(old.execute(f"{columns} and table_name <> 'migrations'").fetchall())
        assert set(new.execute(columns).fetchall()) == released


def test_migrating_a_file_makes_a_copy_of_it_first(
    store: Store, say: Callable[..., OpenTurn], monkeypatch: pytest.MonkeyPatch
) -> None:
    say("question", "answer")
    store.close()
    before = store.path.read_bytes()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m999_notes))
    with store.database.lease() as connection:
        assert [row["text"] for row in run(connection, "select text from notes")] == ["question", "answer"]
    (backup,) = _backups(store.path)
    assert backup.read_bytes() == before
    store.close()
    assert _applied(store)[-1][1] == "notes"
    assert _backups(store.path) == [backup]


def test_an_empty_history_is_migrated_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.users.ensure("ann")
    store.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m999_notes))
    assert _applied(store)[-1][1] == "notes"
    assert len(_backups(store.path)) == 1


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    store: Store, say: Callable[..., OpenTurn], monkeypatch: pytest.MonkeyPatch
) -> None:
    def m999_broken(connection: Connection) -> None:
        connection.execute("drop table usage")
        raise RuntimeError("power cut")

    say("question", "answer")
    store.close()
    applied = _applied(store)
    store.close()
    with monkeypatch.context() as release:
        release.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m999_broken))
        with pytest.raises(RuntimeError, match="power cut"):
            store.users.ensure("ann")
    assert _applied(store) == applied
    assert len(store.sql("select * from v_usage")) == 1


@pytest.mark.usefixtures("one_more")
def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "squid.duckdb")
    store.users.ensure("ann")
    store.close()
    content = store.path.read_bytes()
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:-1])
    with pytest.raises(StoreNewer, match="newer than") as caught:
        store.users.ensure("ann")
    assert "Upgrade" in caught.value.hint
    assert store.path.read_bytes() == content


def test_a_file_of_a_newer_duckdb_is_named_as_such() -> None:
    # What DuckDB 1.5 says of a file that 2.0 wrote in its own storage version.
    error = duckdb.IOException(
        "IO Error: Trying to read a database file with version number 999, but we can only read versions between 64 "
        "and 68.\nThe database file was created with an newer version of DuckDB."
    )
    explained = opening.explain(error, Path("squid.duckdb"))
    assert isinstance(explained, StoreNewer)
    assert "pip install -U duckdb" in explained.hint


def test_no_table_has_a_constraint_or_an_index(store: Store) -> None:
    with store.database.lease() as connection:
        kinds = {row["kind"] for row in run(connection, "select constraint_type as kind from duckdb_constraints()")}
        assert kinds <= {"NOT NULL"}
        assert run(connection, "select table_name from duckdb_indexes()") == []
        assert run(connection, "select * from duckdb_sequences()") == []


def test_files_of_older_releases_stay_where_they_are_and_new_ones_go_elsewhere(first_release: Path) -> None:
    store = Store(first_release)
    new = store.files.put(NewSource("file", "a", "text/plain", b"new", "new"))
    old = store.files.get("a94547b5617968f8342ce7c0ebd9c4c0cd6b4c67800eda4b4e86a16cf3133480", data=True)
    assert (old.data, old.text, old.size_bytes, old.mime_type) == (b"squid facts", "squid facts", 11, "text/plain")
    with store.database.lease() as connection:
        places = {row["sha256"]: row["first_shelf"] for row in run(connection, "from files")}
        assert places == {old.sha256: 0, new.sha256: 1}
        # Without it, reading one of many would read all of them.
        assert [row["table_name"] for row in run(connection, "select table_name from duckdb_indexes()")] == ["shelf_0"]
    (session,) = store.sessions.list(owner_id=store.users.ensure("ann").id).items
    store.sessions.delete(session.id)
    with store.database.lease() as connection:
        assert [row["number"] for row in run(connection, "from shelves")] == [1]
    store.close()
    assert store.files.get(new.sha256, data=True).data == b"new"


_KILLED = """
import os, sys
from squid_nb.store import Store
with Store(sys.argv[1]).database.lease():
    os.kill(os.getpid(), 9)
"""


def _killed_in_its_first_lease(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(path)], env=environment, timeout=60, check=False)
    assert ended.returncode == -9


def test_a_file_is_whole_when_the_process_that_made_it_is_killed(tmp_path: Path) -> None:
    _killed_in_its_first_lease(tmp_path / "new.duckdb")
    store = Store(tmp_path / "new.duckdb")
    assert store.users.ensure("ann").name == "ann"
    store.close()


def test_a_file_is_whole_when_the_process_that_migrated_it_is_killed(first_release: Path) -> None:
    _killed_in_its_first_lease(first_release)
    store = Store(first_release)
    file = store.files.get("a94547b5617968f8342ce7c0ebd9c4c0cd6b4c67800eda4b4e86a16cf3133480", data=True)
    assert file.data == b"squid facts"
    store.close()
