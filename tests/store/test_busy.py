"""Two processes and one file: who holds it, and what the other one is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from waiting import wait_until

from squid_nb.errors import StoreBusy
from squid_nb.store import Store, lock
from squid_nb.store.lock import TurnLock

_SQUID = """
import sys
from squid_nb.store import Store
with Store(sys.argv[1]).database.lease():
    print("held", flush=True)
    sys.stdin.readline()
"""
_FOREIGN = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def _holder(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = Store(tmp_path / "squid.duckdb")
    store.users.ensure("ann")
    store.close()
    return store.path


@pytest.mark.parametrize("script", [_SQUID, _FOREIGN], ids=["squid_nb", "another program"])
def test_a_busy_file_names_its_holder_and_what_to_do(path: Path, script: str) -> None:
    store = Store(path, lock_timeout_s=0.2)
    with _holder(script, path) as holder:
        with pytest.raises(StoreBusy) as caught:
            store.users.ensure("ann")
        assert f"process {holder.pid}" in caught.value.message
        assert "python" in caught.value.message
        assert "0.2 s" in caught.value.message
        assert "stop that process" in caught.value.hint
        owner = store.database.owner()
        assert owner is not None
        assert owner.pid == holder.pid


@pytest.mark.parametrize("script", [_SQUID, _FOREIGN], ids=["squid_nb", "another program"])
def test_work_goes_on_as_soon_as_the_holder_is_gone(path: Path, script: str) -> None:
    store = Store(path, lock_timeout_s=30)
    names: list[str] = []
    with _holder(script, path) as holder:
        waiting = threading.Thread(target=lambda: names.append(store.users.ensure("bob").name))
        waiting.start()
        holder.kill()
        waiting.join(timeout=20)
    assert names == ["bob"]
    store.close()
    assert store.database.owner() is None


def test_a_holder_of_the_same_process_is_named_as_such(path: Path) -> None:
    import duckdb

    with (
        duckdb.connect(str(path)),
        pytest.raises(StoreBusy, match="this process itself"),
    ):
        Store(path, lock_timeout_s=0.1).users.ensure("ann")


def test_a_thread_that_waits_too_long_is_told_so(path: Path) -> None:
    store = Store(path, lock_timeout_s=0.1)
    failures: list[StoreBusy] = []

    def ask() -> None:
        try:
            store.users.ensure("bob")
        except StoreBusy as busy:
            failures.append(busy)

    with store.database.lease():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in failures[0].message


def test_a_store_under_load_lets_another_process_in(path: Path) -> None:
    """Back-to-back work here must not starve the other process: it ends although this one never pauses."""
    store = Store(path)
    script = "import sys; from squid_nb.store import Store; Store(sys.argv[1]).users.ensure('other')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    with subprocess.Popen([sys.executable, "-c", script, str(path)], env=environment) as other:
        while other.poll() is None:
            store.users.ensure("ann")
    assert other.returncode == 0


def test_those_who_wait_come_before_the_one_that_gave_up(tmp_path: Path) -> None:
    first, second = TurnLock(tmp_path / "file"), TurnLock(tmp_path / "file")
    order: list[str] = []
    assert first.acquire(timeout=0)
    waiting = threading.Thread(target=lambda: (second.acquire(timeout=10), order.append("second"), second.release()))
    waiting.start()
    while not first.wanted():
        pass
    first.release()
    assert first.acquire(timeout=10)
    order.append("first")
    waiting.join()
    assert order == ["second", "first"]
    first.release()


def test_the_one_that_gave_up_leaves_the_others_time_to_line_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_COURTESY_S", 0.5)
    first, second, third = (TurnLock(tmp_path / "file") for _ in range(3))
    order: list[str] = []

    def take(name: str, turn: TurnLock) -> threading.Thread:
        def work() -> None:
            assert turn.acquire(timeout=10)
            order.append(name)
            turn.release()

        before = set(threading.enumerate())
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(lambda: any(one.name == "squid-lock" for one in set(threading.enumerate()) - before))
        return thread

    assert first.acquire(timeout=0)
    first.release()
    assert second.acquire(timeout=0)
    waiting = [take("first", first), take("third", third)]
    wait_until(second.wanted)
    second.release()
    for thread in waiting:
        thread.join()
    assert order == ["third", "first"]


def test_a_wait_that_was_given_up_does_not_take_the_lock_later(tmp_path: Path) -> None:
    first, second = TurnLock(tmp_path / "file"), TurnLock(tmp_path / "file")
    assert first.acquire(timeout=0)
    assert not second.acquire(timeout=0.05)
    first.release()
    assert second.acquire(timeout=10)
    second.release()
    assert first.acquire(timeout=10)
    first.release()
