"""The process of one job: `python -m squid_nb.server.worker`. The server starts it, and answers others meanwhile.

Its task comes as a line on standard input; how far it is, and what came of it, goes out as lines on standard output.
The end of standard input is the wish to stop: a cancel closes it, and so does the end of the server, however it comes.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import asdict
from typing import Any, TextIO

from ..config import Config
from ..config_sections import Database
from ..defects import line_of
from ..errors import SquidError
from ..squid import Squid
from .task import Task

__all__ = ["main"]

_NICE = 10
"""Behind what people wait for. Not the lowest of all: while this has the database, others wait for it."""
_EVERY_S = 0.1
_MOST_ITEMS = 200
_CHUNK = 1 << 16


class _Line:
    """Standard output, for messages alone: what a plugin prints goes where errors go."""

    def __init__(self) -> None:
        self._stream: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._told_at = 0.0
        self._untold: dict[str, Any] | None = None

    def end(self, **message: Any) -> None:
        """Say the last word, behind how far it has come."""
        if self._untold is not None:
            self._say(self._untold)
        self._say(message)

    def progress(self, fraction: float, sessions: int) -> None:
        """Say how far it is, now and then."""
        self._untold = {"fraction": fraction, "sessions": sessions}
        if time.monotonic() - self._told_at >= _EVERY_S:
            self._say(self._untold)
            self._told_at, self._untold = time.monotonic(), None

    def _say(self, message: dict[str, Any]) -> None:
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()


def main() -> None:
    """Do what standard input says."""
    # Ctrl+C in the terminal is for the server, which ends this process as it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    line = _Line()
    task = Task.read(_first_line())
    stopping = threading.Event()
    threading.Thread(target=_wait_for_end, args=(stopping,), daemon=True).start()
    try:
        result = _done(task, line, stopping)
    except SquidError as error:
        line.end(error={"type": type(error).__name__, "message": error.message, "hint": error.hint})
    except Exception as error:  # noqa: BLE001 - the server is told of every end
        line.end(defect=type(error).__name__, log=line_of(f"{task.kind} job", error))
    else:
        line.end(result=result)


def _done(task: Task, line: _Line, stopping: threading.Event) -> dict[str, Any]:
    whose = task.whose
    database = Database.model_validate(
        {"path": whose.database, "lock_timeout_s": whose.lock_timeout_s, "idle_hold_ms": whose.idle_hold_ms}
    )
    with Squid(Config(database=database), whose.user) as squid:
        if task.kind == "export":
            return _exported(squid, task, line, stopping)
        return _imported(squid, task, line, stopping)


def _exported(squid: Squid, task: Task, line: _Line, stopping: threading.Event) -> dict[str, Any]:
    path = squid.export(
        task.ids if task.ids is not None else {"query": task.query, "archived": None},
        task.format,
        task.place,
        force=task.force,
        progress=lambda at: line.progress(at.fraction, at.sessions),
        cancel=stopping.is_set,
    )
    return {"path": str(path)}


def _imported(squid: Squid, task: Task, line: _Line, stopping: threading.Event) -> dict[str, Any]:
    report = squid.import_(
        task.place,
        dry_run=task.dry_run,
        progress=lambda at: line.progress(at.fraction, at.conversations),
        cancel=stopping.is_set,
    )
    told = asdict(report)
    told["unlisted"] += max(0, len(told["items"]) - _MOST_ITEMS)
    told["items"] = told["items"][:_MOST_ITEMS]
    return {"report": told}


def _first_line() -> bytes:
    """Read without a buffer, which a thread that waits for the end could not share at the interpreter's own end."""
    read = b""
    while not read.endswith(b"\n") and (piece := os.read(0, _CHUNK)):
        read += piece
    return read


def _wait_for_end(stopping: threading.Event) -> None:
    while os.read(0, _CHUNK):
        pass
    stopping.set()


if __name__ == "__main__":
    main()
