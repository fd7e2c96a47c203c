"""How a process ends while something works in its threads: with its own status, and without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from histories import many

from squid_nb.records import Message
from squid_nb.store import Store

PROGRAM = """
import asyncio, sys, threading
from pathlib import Path

from scripted import Scripted
from waiting import wait_until
from squid_nb import ending, loop
from squid_nb.errors import SquidError
from squid_nb.squid import Squid
from squid_nb.store import Store

squid = Squid(user="me", store=Store(Path(sys.argv[1])))
under_way = threading.Event()

def daemon(work):
    threading.Thread(target=work, daemon=True).start()

def worker(work):
    async def wait():
        await asyncio.to_thread(work)
    loop.spawn(wait())

def again_and_again(call):
    def work():
        while True:
            call()
            under_way.set()
    return work

def noting(call):
    def work():
        under_way.set()
        try:
            call()
        except SquidError as error:
            print(type(error).__name__, error)
    return work

ENDLESS = "select sum(a.range * b.range % 7) from range(300000) a, range(5000000) b"
FOR_EVER = threading.Event()
"""
END = "\nunder_way.wait()\nsys.exit(7)\n"
IN_QUERY = "\nwait_until(lambda: squid.store.database._hold._cursor)\nsys.exit(7)\n"


def run(path: Path, rest: str, *, end: str = END, user: str = "squid.user\n") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", PROGRAM + user + rest + end, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def outcome(ended: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


def last_answer(path: Path) -> Message:
    store = Store(path)
    session = store.sessions.list(owner_id=store.users.ensure("me").id).items[0]
    return store.messages.page(session.id).items[-1]


ANSWERING = """
squid._provider = Scripted("Half an ans", FOR_EVER)
def ask():
    for event in squid.stream("Why?"):
        if event.type == "delta":
            under_way.set()
"""


@pytest.mark.parametrize("door", ["daemon(ask)", "stream = squid.stream('Why?')\nfor _ in range(3): next(stream)"])
def test_an_answer_is_stopped_and_kept(path: Path, door: str) -> None:
    ended = run(path, f"{ANSWERING}\n{door}", end=END if "daemon" in door else "\nsys.exit(7)")
    assert outcome(ended) == (7, "", "")
    assert (last_answer(path).status, last_answer(path).content) == ("stopped", "Half an ans")


def test_an_exception_ends_it_the_same_way(path: Path) -> None:
    ended = run(path, f"{ANSWERING}\ndaemon(ask)\nunder_way.wait()\nraise RuntimeError('mine')", end="")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "RuntimeError: mine"
    assert last_answer(path).status == "stopped"


def test_what_a_thread_asks_comes_to_its_end(path: Path) -> None:
    asking = """
def ask():
    print("".join(event.text for event in squid.stream("Why?") if under_way.set() or event.type == "delta"))
    print(squid.ask("And then?").text)
"""
    ended = run(
        path, f"squid._provider = Scripted('Therefore', 0.2, '.')\n{asking}threading.Thread(target=ask).start()"
    )
    assert outcome(ended) == (7, "Therefore.\nTherefore.\n", "")
    assert last_answer(path).status == "complete"


@pytest.mark.parametrize(
    "work",
    [
        "daemon(noting(lambda: squid.history.sql(ENDLESS)))",
        "daemon(again_and_again(lambda: squid.history.sql('select count(*) from v_messages')))",
        "daemon(again_and_again(lambda: squid.store.users.ensure('me')))",
    ],
    ids=["a long query", "short queries", "leases"],
)
def test_a_daemon_inside_the_database_is_turned_away(path: Path, work: str) -> None:
    assert outcome(run(path, f"import pandas\n{work}", end=IN_QUERY if "ENDLESS" in work else END)) == (7, "", "")


def test_a_query_of_our_own_threads_is_interrupted(path: Path) -> None:
    ended = run(path, "import pandas\nworker(noting(lambda: squid.history.sql(ENDLESS)))", end=IN_QUERY)
    assert (ended.returncode, ended.stderr) == (7, "")
    assert ended.stdout.startswith(("InvalidInput", "StoreError"))


@pytest.mark.slow
@pytest.mark.parametrize("door", ["daemon", "worker"])
def test_a_build_of_the_search_index_is_given_up(path: Path, door: str) -> None:
    store = Store(path)
    many(store, owner_id=store.users.ensure("me").id, sessions=300, messages_each=20)
    store.close()
    build = "lambda: squid._index.rebuild(lambda done, of: under_way.set())"
    ended = run(path, f"call = {build}\n{door}(again_and_again(call) if {door!r} == 'daemon' else noting(call))")
    assert (ended.returncode, ended.stderr) == (7, "")
    assert not ended.stdout or ended.stdout.startswith("SearchError")


@pytest.mark.slow
@pytest.mark.parametrize("door", ["daemon", "worker"])
def test_an_import_is_cut_off_between_conversations(path: Path, tmp_path: Path, door: str) -> None:
    from squid_nb.squid import Squid

    store = Store(tmp_path / "other.duckdb")
    many(store, owner_id=store.users.ensure("me").id, sessions=300, messages_each=20)
    whole = Squid(user="me", store=store)
    file = whole.export(path=tmp_path / "all.json")
    whole.close()
    bring = f"squid.import_({str(file)!r}, progress=lambda _: under_way.set())"
    ended = run(path, f"import pandas\n{door}(lambda: {bring})")
    assert outcome(ended) == (7, "", "")
    assert Squid(user="me", store=Store(path)).history.sql("select 1 as one").one.tolist() == [1]


@pytest.mark.slow
@pytest.mark.parametrize("door", ["daemon", "worker"])
def test_who_waits_for_the_file_waits_no_longer(path: Path, door: str) -> None:
    waiting = f"late = Store(Path(sys.argv[1]), lock_timeout_s=600)\n{door}(noting(lambda: late.users.ensure('me')))"
    with Store(path).database.lease():  # as long as that process lives
        ended = run(path, waiting, user="")
    assert (ended.returncode, ended.stderr) == (7, "")
    assert not ended.stdout or ended.stdout.startswith("StoreBusy")


def test_the_last_words_of_others_still_work(path: Path) -> None:
    words = "import atexit\natexit.register(squid.close)\natexit.register(lambda: print(squid.user.name))\n"
    ended = run(path, f"{words}squid._provider = Scripted('So.')\nprint(squid.ask('Why?').text)", end="")
    assert outcome(ended) == (0, "So.\nme\n", "")


def test_what_does_not_come_back_cannot_change_the_status() -> None:
    program = (
        "import duckdb, sys, threading\nfrom squid_nb import ending\n"
        "def work():\n    connection = duckdb.connect()\n"
        "    while True:\n        connection.execute('select count(*) from range(1000000)')\n        inside.set()\n"
        "inside = threading.Event()\nthreading.Thread(target=work, daemon=True).start()\ninside.wait()\n"
    )

    command = [sys.executable, "-c", f"{program}ending.to_close(ending.guard)\nsys.exit(7)"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 7
