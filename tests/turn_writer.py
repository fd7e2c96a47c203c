"""A process that writes turns: `python turn_writer.py PATH USER SESSION TURNS LABEL`.

It waits for a line on stdin, then writes turns in a session and reports on stdout, a line of JSON for each thing the
store has acknowledged. Tests start several of them, or kill one in the middle.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from squid_nb.records import Provenance, Usage
from squid_nb.store import OpenTurn, Store


def start(path: Path, *, user_id: str, session_id: str, turns: int, label: str) -> subprocess.Popen[str]:
    """Start a writer; it is ready after its first line."""
    return subprocess.Popen(
        [sys.executable, __file__, str(path), user_id, session_id, str(turns), label],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def go(writer: subprocess.Popen[str]) -> None:
    """Let it write."""
    assert writer.stdin
    writer.stdin.write("go\n")
    writer.stdin.flush()


def spent(turn: OpenTurn, user_id: str, *, tokens: int = 3) -> Usage:
    """A ledger row for an answer."""
    return Usage(
        id="",
        session_id=turn.session.id,
        message_id=turn.answer.id,
        user_id=user_id,
        provider="test",
        model="scripted",
        host="in process",
        door="python",
        input_tokens=tokens,
        output_tokens=tokens,
        reasoning_tokens=None,
        cached_tokens=None,
        cost_usd=None,
        method="measured",
        first_token_ms=None,
        duration_ms=None,
        created_at=datetime.now(UTC),
    )


def main(path: str, user_id: str, session_id: str, turns: str, label: str) -> None:
    """Write the turns."""
    store = Store(path, lock_timeout_s=60)
    report(ready=label)
    sys.stdin.readline()
    for number in range(int(turns)):
        began = time.perf_counter()
        turn = store.open_turn(
            user_id=user_id,
            session_id=session_id,
            question=f"{label} question {number}",
            provenance=Provenance(door="python"),
            model="scripted",
            provider="test",
            host="in process",
        )
        opened = time.perf_counter()
        report(number=number, question=turn.question.id, answer=turn.answer.id)
        text = f"{label} answer {number}"
        if label.startswith("slow"):
            store.save_partial(turn.answer.id, text[:5])
            report(number=number, partial=text[:5])
        resumed = time.perf_counter()
        store.close_turn(turn.answer.id, content=text, status="complete", usage=spent(turn, user_id))
        closed = time.perf_counter()
        report(number=number, closed=turn.answer.id, waits_ms=[(opened - began) * 1000, (closed - resumed) * 1000])
    store.close()


def report(**facts: Any) -> None:
    """Acknowledge; flushed, so that it is out before anything else happens."""
    print(json.dumps(facts), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
