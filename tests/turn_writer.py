"""Processes that write turns and acknowledge each thing the store has committed; tests run several, or kill one.

They come from a fork server that has everything imported, so that starting one takes milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from squid_nb.records import Message, Provenance, Usage
from squid_nb.store import OpenTurn, Store, messages, new_id

_context = multiprocessing.get_context("forkserver")


@dataclass
class Writer:
    """A running writer, and the line on which it acknowledges."""

    process: Any
    line: Connection

    def go(self) -> None:
        """Let it write; it waits for this."""
        self.line.send("go")

    def heard(self) -> list[dict[str, Any]]:
        """Everything it acknowledges until it ends."""
        facts: list[dict[str, Any]] = []
        while True:
            try:
                facts.append(self.line.recv())
            except (EOFError, ConnectionResetError):
                return facts


def start(path: Path, *, user_id: str, session_id: str, turns: int, label: str, steps: str = "open close") -> Writer:
    """Start a writer and wait until it is ready."""
    # The fork server starts with an environment and no `sys.path` of ours.
    os.environ["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    _context.set_forkserver_preload(["pytest", "turn_writer"])
    ours, theirs = _context.Pipe()
    process = _context.Process(target=write, args=(theirs, path, user_id, session_id, turns, label, steps), daemon=True)
    process.start()
    theirs.close()
    writer = Writer(process, ours)
    assert ours.recv() == "ready"
    return writer


def write(line: Connection, path: Path, user_id: str, session_id: str, turns: int, label: str, steps: str) -> None:
    """What the process does."""
    store = Store(path, lock_timeout_s=60)
    line.send("ready")
    line.recv()
    for number in range(turns):
        began = time.perf_counter()
        if steps == "rows":
            _append(store, session_id)
            line.send({"waited_s": time.perf_counter() - began})
            continue
        turn = store.open_turn(
            user_id=user_id,
            session_id=session_id,
            question=f"{label} question {number}",
            provenance=Provenance(door="python"),
            model="scripted",
            provider="test",
            host="in process",
        )
        waited_s = time.perf_counter() - began
        line.send(
            {
                "opened": turn.answer.id,
                "question": turn.question.id,
                "label": label,
                "number": number,
                "waited_s": waited_s,
            }
        )
        text = f"{label} answer {number}"
        if "save" in steps:
            store.save_partial(turn.answer.id, text[:7])
            line.send({"partial": turn.answer.id, "text": text[:7]})
        if "close" not in steps:
            continue
        began = time.perf_counter()
        store.close_turn(turn.answer.id, content=text, status="complete", usage=spent(turn, user_id))
        line.send({"closed": turn.answer.id, "text": text, "waited_s": time.perf_counter() - began})
    store.close()


def _append(store: Store, session_id: str) -> None:
    """The least a turn can be: two rows in one transaction."""
    now = datetime.now(UTC)
    question = Message(new_id(), session_id, None, "user", "q" * 400, "complete", now)
    answer = Message(new_id(), session_id, question.id, "assistant", "a" * 400, "complete", now)
    with store.database.lease() as connection:
        messages.insert(connection, question, answer, revision=0)


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
