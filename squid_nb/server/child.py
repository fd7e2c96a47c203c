"""The server's side of a job's process: it is started, listened to, asked to stop, and never outlives the server."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from .. import errors
from ..errors import SquidError, TransferError
from .task import Kind, Task

__all__ = ["Child", "Defect"]

_log = logging.getLogger(__name__)
_EXIT_S = 10.0
"""How long a process that has said its last word may take to end."""
_SECRET = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_HINTS: Mapping[Kind, str] = {
    "import": "What it had read is stored: import the same file again, and it goes on from there.",
    "export": "Nothing was written: begin it again.",
}


class Defect(Exception):
    """An error that nobody has foreseen; its message is its kind."""


class Child:
    """One process for one job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, task: Task, told: Callable[[float, int], None]) -> dict[str, Any]:
        """Do it, and wait for its result; `told` hears how far it is.

        Raises
        ------
        SquidError
            What the process has met, or that it was ended from outside.
        Defect
        """
        with _started() as process:
            self._give(process, task)
            last: dict[str, Any] = {}
            for line in _lines(process):
                last = json.loads(line)
                if "fraction" in last:
                    told(last["fraction"], last["sessions"])
            self.stop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_EXIT_S)
            process.kill()
        return _result(last, process.returncode, task.kind)

    def stop(self) -> None:
        """Ask the process to stop at the next place where nothing is half done."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                _close(self._process.stdin)

    def kill(self) -> None:
        """End it at once: what it has not committed is as if it had never been."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    @property
    def pid(self) -> int | None:
        """Of the process, once there is one."""
        return self._process.pid if self._process is not None else None

    def _give(self, process: subprocess.Popen[bytes], task: Task) -> None:
        with self._lock:
            self._process = process
            assert process.stdin is not None, "it was started with a pipe"
            with contextlib.suppress(OSError):  # it has ended already, which its last word or its code will tell
                process.stdin.write(task.line())
                process.stdin.flush()
            if self._stopped:
                _close(process.stdin)


def _started() -> subprocess.Popen[bytes]:
    # The directory that people work in is kept out of the path: a notebook's `json.py` is none of ours.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "squid_nb.server.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(os.environ),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "IDLE_PRIORITY_CLASS", 0),
    )


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """As the server's, without keys: a job asks no model."""
    kept = {name: value for name, value in ours.items() if not name.upper().endswith(_SECRET)}
    return {**kept, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def _lines(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None, "it was started with a pipe"
    return process.stdout


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):  # what is left to be written has nobody to read it
            stream.close()


def _result(last: dict[str, Any], code: int, kind: Kind) -> dict[str, Any]:
    if "result" in last:
        result: dict[str, Any] = last["result"]
        return result
    if "error" in last:
        raise _error(last["error"])
    if "defect" in last:
        _log.error(last["log"])
        raise Defect(last["defect"])
    raise TransferError(_how_it_ended(code, kind), _HINTS[kind])


def _error(told: dict[str, str]) -> SquidError:
    found = getattr(errors, told["type"], SquidError)
    kind = found if isinstance(found, type) and issubclass(found, SquidError) else SquidError
    return kind(told["message"], told["hint"])


def _how_it_ended(code: int, kind: Kind) -> str:
    if code == -signal.SIGTERM:
        return f"The process of this {kind} was asked from outside to end."
    if code < 0:
        return f"The process of this {kind} was ended from outside, perhaps because memory ran out (signal {-code})."
    return f"The process of this {kind} ended before it was done (code {code})."
