"""Several real processes ask on one file, and some are killed in the middle: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import IO, Any

import pytest
from serving import Endpoint

from squid_nb.config import Config
from squid_nb.squid import Squid
from squid_nb.store import Store

PROCESSES = 8
TURNS = 6

# Asks in one shared session and one of its own by turns, and says each answer on a line once it is acknowledged.
ASKER = """
import json, sys
from squid_nb import Config, Squid

name, shared, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
squid = Squid(Config.load())
own = squid.sessions.create(name).id
print(json.dumps({"ready": name}), flush=True)
for number in range(turns):
    session = shared if number % 2 else own
    answer = squid.ask(f"{name}-{number}", session=session)
    print(json.dumps({"asked": f"{name}-{number}", "session": session, "answer": answer.message_id}), flush=True)
"""


def start(path: Path, endpoint: Endpoint, name: str, shared: str, turns: int) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "SQUID_DATABASE__PATH": str(path),
        "SQUID_USER__NAME": "ada",
        "SQUID_MODEL__PROVIDER": "openai",
        "SQUID_MODEL__BASE_URL": endpoint.url,
        "SQUID_MODEL__NAME": "served-1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", ASKER, name, shared, str(turns)], stdout=subprocess.PIPE, text=True, env=environment
    )


def said(stream: IO[str] | None) -> list[dict[str, Any]]:
    assert stream is not None
    with stream:
        return [json.loads(line) for line in stream]


@pytest.fixture
def squid(tmp_path: Path) -> Squid:
    return Squid(Config(), "ada", store=Store(tmp_path / "squid.duckdb"))


@pytest.mark.slow
def test_eight_processes_ask_on_one_file(squid: Squid, tmp_path: Path) -> None:
    shared = squid.sessions.create("shared").id
    squid.store.close()
    with Endpoint("An ", "answer.") as endpoint:
        path = tmp_path / "squid.duckdb"
        askers = [start(path, endpoint, f"p{number}", shared, TURNS) for number in range(PROCESSES)]
        told = [said(asker.stdout) for asker in askers]
        assert [asker.wait() for asker in askers] == [0] * PROCESSES
    acknowledged = [line for lines in told for line in lines if "asked" in line]
    messages = squid.history.messages()
    questions = messages[messages["role"] == "user"]
    answers = messages[messages["role"] == "assistant"]
    assert len(acknowledged) == PROCESSES * TURNS
    assert Counter(questions["content"]) == Counter(line["asked"] for line in acknowledged)
    assert set(answers["message_id"]) == {line["answer"] for line in acknowledged}
    assert set(answers["content"]) == {"An answer."}
    assert set(answers["status"]) == {"complete"}
    assert squid.history.usage("day")["calls"].sum() == PROCESSES * TURNS
    for session, lines in _by_session(acknowledged).items():
        path_said = [message.content for message in squid.store.messages.path(session) if message.role == "user"]
        assert Counter(path_said) == Counter(lines)
        for name in {line.split("-")[0] for line in lines}:
            own = [line for line in path_said if line.startswith(f"{name}-")]
            assert own == [line for line in lines if line.startswith(f"{name}-")]


@pytest.mark.slow
def test_killed_in_mid_answer_keeps_everything_acknowledged(squid: Squid, tmp_path: Path) -> None:
    shared = squid.sessions.create("shared").id
    squid.store.close()
    chance = random.Random(7)
    acknowledged: list[dict[str, Any]] = []
    with Endpoint("An ", threading.Event()) as endless, Endpoint("An ", "answer.") as endpoint:
        path = tmp_path / "squid.duckdb"
        for kill in range(6):
            asker = start(path, endpoint if kill % 2 else endless, f"k{kill}", shared, 1000)
            assert asker.stdout is not None
            assert json.loads(asker.stdout.readline()) == {"ready": f"k{kill}"}
            time.sleep(chance.uniform(0.0, 0.8))
            asker.send_signal(signal.SIGKILL)
            acknowledged += [line for line in said(asker.stdout) if "asked" in line]
            asker.wait()
    messages = squid.history.messages()
    answers = messages[messages["role"] == "assistant"].set_index("message_id")
    for line in acknowledged:
        assert answers.loc[line["answer"], "status"] == "complete"
        assert line["asked"] in set(messages["content"])
    for session in squid.sessions.list(limit=100).items:
        statuses = [m.status for m in squid.store.messages.path(session.id) if m.role == "assistant"]
        assert set(statuses) <= {"complete", "interrupted"}
    assert len(messages[messages["role"] == "user"]) == len(answers)


def _by_session(lines: list[dict[str, Any]]) -> dict[str, list[str]]:
    sessions: dict[str, list[str]] = {}
    for line in lines:
        sessions.setdefault(line["session"], []).append(line["asked"])
    return sessions
