"""Several processes search and write at once; one of them indexes, and each finds what it wrote."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

from squid_nb.records import User
from squid_nb.search import Search
from squid_nb.store import OpenTurn, Store

Say: TypeAlias = Callable[..., OpenTurn]

_SCRIPT = """
import sys
from squid_nb.search import Search
from squid_nb.store import Store

path, owner, label, rounds = sys.argv[1:]
store = Store(path)
search = Search(store)
for number in range(int(rounds)):
    word = f"{label}{number}"
    turn = store.open_turn(user_id=owner, question=f"about {word}")
    store.close_turn(turn.answer.id, content=f"more about {word}", status="complete")
    found = {hit.message_id for hit in search.find(f"{word} ", owner_id=owner).items}
    assert found == {turn.question.id, turn.answer.id}, (word, found)
search.close()
store.close()
print("found all")
"""


def start(store: Store, user: User, label: str, *, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _SCRIPT, str(store.path), user.id, label, str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_each_process_finds_what_it_has_just_written(store: Store, user: User, search: Search) -> None:
    store.close()
    processes = [start(store, user, label, rounds=8) for label in ("red", "green", "blue")]
    for process in processes:
        said, complained = process.communicate(timeout=100)
        assert (said.strip(), complained) == ("found all", "")
    assert len(search.find("about", owner_id=user.id, limit=100, role="user").items) == 24


def test_processes_that_start_together_share_one_build(store: Store, user: User, say: Say) -> None:
    for number in range(30):
        say(f"old {number}")
    store.close()
    processes = [start(store, user, label, rounds=1) for label in ("red", "green")]
    assert [process.communicate(timeout=100) for process in processes] == [("found all\n", "")] * 2
    generations = [path.name for path in store.path.with_name("squid.duckdb.search").glob("g-*")]
    assert len(generations) == 1
