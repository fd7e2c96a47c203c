from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import duckdb
import pytest
from waiting import wait_until

from squid_nb.errors import InvalidInput, StoreDamaged, StoreError
from squid_nb.store import Database, Store
from squid_nb.store.dump import Dump
from squid_nb.store.rows import run


def _count(database: Database) -> int:
    with database.lease() as connection:
        return int(run(connection, "select count(*) as n from users")[0]["n"])


def test_opening_is_lazy_and_makes_the_directory(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "b" / "squid.duckdb")
    assert not (tmp_path / "a").exists()
    store.users.ensure("ann")
    assert store.path.is_file()
    store.close()


def test_a_directory_that_is_deleted_under_it_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    store = Store(tmp_path / "a" / "squid.duckdb")
    store.users.ensure("ann")
    shutil.rmtree(tmp_path / "a")
    wait_until(lambda: not any(thread.name == "squid-store" for thread in threading.enumerate()))
    assert died == [], "nothing is printed by a thread of ours"
    assert store.users.ensure("bob").name == "bob"
    assert _count(store.database) == 1
    store.close()


def test_a_lease_commits_at_its_end(store: Store) -> None:
    store.users.ensure("ann")
    store.close()
    assert _count(store.database) == 1


def test_a_lease_rolls_back_when_its_block_raises(store: Store) -> None:
    def fail() -> None:
        with store.database.lease() as connection:
            run(connection, "insert into users values (uuid(), 'bob', now()::timestamp)")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert _count(store.database) == 0


def test_an_interrupt_inside_a_lease_rolls_back_and_leaves_the_store_usable(store: Store) -> None:
    def interrupted() -> None:
        with store.database.lease() as connection:
            run(connection, "insert into users values (uuid(), 'bob', now()::timestamp)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert _count(store.database) == 0


def test_an_interrupt_that_duckdb_hides_is_an_interrupt_again(store: Store) -> None:
    # What DuckDB raises where it happens to look for signals, which no test can make it do in time.
    with pytest.raises(KeyboardInterrupt), store.database.lease():
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="something else"), store.database.lease():
        raise RuntimeError("something else")
    store.users.ensure("ann")
    store.close()
    with pytest.raises(KeyboardInterrupt), Dump.open(store.path):
        raise RuntimeError("Query interrupted")


def test_a_nested_lease_joins_the_transaction(store: Store) -> None:
    def fail() -> None:
        with store.database.lease() as outer:
            with store.database.lease() as inner:
                assert inner is outer
                run(inner, "insert into users values (uuid(), 'bob', now()::timestamp)")
            assert _count(store.database) == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert _count(store.database) == 0


def test_the_connection_stays_warm_for_more_work(tmp_path: Path) -> None:
    database = Database(tmp_path / "squid.duckdb", idle_hold_ms=60_000)
    with database.lease() as first:
        pass
    with database.lease() as second:
        assert second is first
    database.close()


def test_without_a_hold_each_lease_opens_the_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "squid.duckdb", idle_hold_ms=0)
    with database.lease() as first:
        pass
    assert database.owner() is None
    with database.lease() as second:
        assert second is not first


def test_an_idle_store_gives_the_file_up_by_itself(store: Store) -> None:
    store.users.ensure("ann")
    wait_until(lambda: store.database.owner() is None)
    assert not store.path.with_name("squid.duckdb.wal").exists()


def test_the_owner_is_this_process_while_it_holds_the_file(store: Store) -> None:
    assert store.database.owner() is None
    with store.database.lease():
        owner = store.database.owner()
    assert owner is not None
    assert owner.pid == os.getpid()
    assert owner.name
    assert owner.since is not None


def test_two_paths_to_one_file_are_one_database(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    one, two = Database(tmp_path / "real" / "squid.duckdb"), Database(tmp_path / "link" / "squid.duckdb")
    with one.lease() as outer, two.lease() as inner:
        assert inner is outer


def test_threads_lose_nothing(store: Store) -> None:
    def add(name: str) -> None:
        for number in range(20):
            store.users.ensure(f"{name}{number}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(store.database) == 160


def test_threads_that_make_stores_of_one_new_file_lose_nothing(tmp_path: Path) -> None:
    def add(name: str) -> None:
        for number in range(10):
            Store(tmp_path / "squid.duckdb", idle_hold_ms=0).users.ensure(f"{name}{number}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(Database(tmp_path / "squid.duckdb")) == 40


def test_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="needs a file"):
        Store(":memory:")


@pytest.mark.parametrize("content", [b"not a database at all" * 300, os.urandom(20_000)], ids=["text", "noise"])
def test_a_file_that_is_no_database_is_named_as_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "squid.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="damaged or not a DuckDB database") as caught:
        Store(path).users.ensure("ann")
    assert "backup" in caught.value.hint
    assert path.read_bytes() == content


def test_a_truncated_database_is_named_as_damaged(store: Store) -> None:
    store.users.ensure("ann")
    store.close()
    store.path.write_bytes(store.path.read_bytes()[:9000])
    with pytest.raises(StoreDamaged):
        store.users.ensure("ann")


def test_a_database_with_a_broken_block_is_named_as_damaged(store: Store) -> None:
    store.users.ensure("ann")
    store.close()
    content = store.path.read_bytes()
    store.path.write_bytes(content[:12288] + os.urandom(len(content) - 12288))
    with pytest.raises(StoreDamaged):
        store.sessions.list(owner_id=store.users.ensure("ann").id)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        connection.execute("create table users (name varchar)")
    with pytest.raises(StoreError, match="tables of another program"):
        Store(tmp_path / "sales.duckdb").users.ensure("ann")
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [("users",)]


def test_a_path_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "squid.duckdb").mkdir()
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Store(tmp_path / "squid.duckdb").users.ensure("ann")
    assert "database.path" in caught.value.hint


def test_a_directory_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "squid.duckdb")
    with pytest.raises(StoreError, match=r"squid\.duckdb cannot be used: .*(exists|directory)") as caught:
        store.users.ensure("ann")
    assert "database.path" in caught.value.hint
    with pytest.raises(StoreError, match="cannot be used"), store.database.set_aside():
        pass


def test_a_full_disk_is_told_and_the_file_is_given_up(store: Store) -> None:
    store.users.ensure("ann")
    failed = 'Failed to commit: Could not write file "squid.duckdb.wal": No space left on device'
    with pytest.raises(StoreError, match="is full, so nothing more was stored") as caught, store.database.lease():
        raise duckdb.TransactionException(failed)
    assert "Make room" in caught.value.hint
    assert store.users.ensure("ann").name == "ann"


def test_after_a_failed_opening_the_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "squid.duckdb"
    path.write_bytes(b"broken" * 1000)
    with pytest.raises(StoreDamaged):
        Store(path).users.ensure("ann")
    path.unlink()
    assert Store(path).users.ensure("ann").name == "ann"


def test_new_files_can_be_read_by_the_oldest_supported_duckdb(store: Store) -> None:
    store.users.ensure("ann")
    store.close()
    header = store.path.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    # DuckDB 1.5 reads storage versions up to 68.
    assert int.from_bytes(header[12:20], "little") <= 68


def _run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


def test_a_forked_child_opens_the_file_for_itself(tmp_path: Path) -> None:
    ended = _run(
        """
        import os, sys
        from squid_nb.store import Store

        store = Store(sys.argv[1], idle_hold_ms=60_000)
        store.users.ensure("parent")          # the connection stays open across the fork
        child = os.fork()
        if child == 0:
            store.users.ensure("child")
            store.close()
            os._exit(0)                       # as multiprocessing ends a forked child
        store.close()                         # the child waits for this
        assert os.waitpid(child, 0)[1] == 0
        store.users.ensure("parent again")
        print(store.sql("select count(*) as n from v_sessions").n[0], [
            store.users.ensure(name).name for name in ("parent", "child", "parent again")
        ])
        """,
        str(tmp_path / "squid.duckdb"),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert _count(Database(tmp_path / "squid.duckdb")) == 3


def test_a_child_that_outlives_its_parent_does_not_keep_the_lock(tmp_path: Path) -> None:
    ended = _run(
        """
        import os, signal, sys, warnings
        from squid_nb.store import Store

        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: a fork beside threads

        def outlive():
            for descriptor in (0, 1, 2):
                os.close(descriptor)
            signal.pause()

        read, write = os.pipe()
        if os.fork() == 0:
            store = Store(sys.argv[1])
            with store.database.lease():          # an open connection and a held lock are inherited
                child = os.fork()
                if child == 0:
                    outlive()
                os.write(write, str(child).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        child = int(os.read(read, 100))
        os.wait()
        try:
            print(Store(sys.argv[1], lock_timeout_s=10).users.ensure("heir").name)
        finally:
            os.kill(child, signal.SIGKILL)
        """,
        str(tmp_path / "squid.duckdb"),
    )
    assert (ended.stdout, ended.stderr) == ("heir\n", "")


def test_a_process_that_ends_while_the_file_is_warm_ends_quietly(tmp_path: Path) -> None:
    ended = _run(
        """
        import sys
        from squid_nb.store import Store

        Store(sys.argv[1], idle_hold_ms=60_000).users.ensure("ann")
        """,
        str(tmp_path / "squid.duckdb"),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert not (tmp_path / "squid.duckdb.wal").exists()
