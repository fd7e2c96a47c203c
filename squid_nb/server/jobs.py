"""Long work: imports and exports that go on while the browser does something else, with progress, cancel and a result.

Each works in a process of its own (`child.py`), so that the server answers meanwhile as if nothing was going on. Jobs
are known to this server only; an import that a restart cuts off has stored what it had read, and goes on when the same
file is imported again.
"""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from .. import ending
from ..defects import log_defect
from ..errors import NotFound, SquidError
from ..records import to_dict
from .child import Child, Defect
from .refusals import Refused
from .scratch import Scratch, remove_abandoned
from .task import Task

__all__ = ["Job", "Jobs", "Running"]

_AT_ONCE = 2
_KEPT = 20
"""Jobs of one person that are remembered after they have ended."""
_MOST = 10
"""Jobs of one person that run or wait."""
_RETRY_AFTER_S = "5"
_EVERY_S = 0.25
_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """An import or an export, as the browser sees it."""

    id: str
    kind: Literal["import", "export"]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    created_at: datetime
    fraction: float = 0.0
    """Between 0 and 1."""
    sessions: int = 0
    """How many are written or read so far."""
    file: str | None = None
    """Name of the file that can be fetched."""
    report: dict[str, Any] | None = None
    """Of an import: what became of each conversation."""
    error: dict[str, str] | None = None
    """`{message, hint}` of what went wrong."""


@dataclass(slots=True)
class Running:
    """A job with what only its own thread and this module need."""

    job: Job
    owner: str
    folder: Path
    """Its own; it goes with the job."""
    child: Child = field(default_factory=Child)
    stopping: threading.Event = field(default_factory=threading.Event)
    path: Path | None = None
    """What an export has written."""
    told: float = 0.0
    forgotten: bool = False
    """It is gone for everybody, and its files go as soon as nobody works with them."""

    @property
    def under_way(self) -> bool:
        """Whether it runs, or waits to."""
        return self.job.state in ("waiting", "running")

    def stop(self) -> None:
        """Ask for its end."""
        self.stopping.set()
        self.child.stop()


class Jobs:
    """The jobs of everybody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Running] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="squid-job")
        self.scratch = Scratch()
        self.on_change: Callable[[str, dict[str, Any]], None] = lambda _owner, _frame: None
        ending.to_stop(self._stop)
        self._threads.submit(remove_abandoned)

    def refuse_too_many(self, owner: str) -> None:
        """Somebody who has many jobs under way has to wait: each keeps a file, and two work at a time.

        Raises
        ------
        Refused
        """
        with self._lock:
            if sum(running.owner == owner and running.under_way for running in self._all.values()) >= _MOST:
                raise Refused(
                    429, f"There are {_MOST} imports and exports under way.", "Wait for one of them, or cancel it.",
                    retry_after=_RETRY_AFTER_S,
                )  # fmt: skip

    def start(self, task: Task, *, owner: str, folder: Path, done: Callable[[Running, dict[str, Any]], None]) -> Job:
        """Begin a job; `done` gets the result in a thread, before the job counts as done."""
        running = Running(Job(uuid.uuid4().hex, task.kind, "waiting", datetime.now(UTC)), owner, folder)
        with self._lock:
            self._all[running.job.id] = running
            self._forget_old(owner)
        self._threads.submit(self._work, running, task, done)
        return running.job

    def all(self, owner: str) -> list[Job]:
        """A person's jobs, newest first."""
        with self._lock:
            everything = reversed(self._all.values())
            return [running.job for running in everything if running.owner == owner and not running.forgotten]

    def get(self, job_id: str, *, owner: str) -> Running:
        """A person's job.

        Raises
        ------
        NotFound
        """
        with self._lock:
            running = self._all.get(job_id)
        if running is None or running.owner != owner or running.forgotten:
            raise NotFound("There is no such job.", "It may have ended long ago.")
        return running

    def cancel(self, job_id: str, *, owner: str) -> Job:
        """Ask for the end of a job that runs or waits; one that has ended stays as it is."""
        running = self.get(job_id, owner=owner)
        running.stop()
        return running.job

    def forget(self, job_id: str, *, owner: str) -> None:
        """Cancel a job, and let it be gone with its file."""
        running = self.get(job_id, owner=owner)
        running.stop()
        with self._lock:
            running.forgotten = True
            if not running.under_way:
                self._drop(running)

    def active(self) -> int:
        """How many have not ended."""
        with self._lock:
            return sum(running.under_way for running in self._all.values())

    def update(self, running: Running, **changes: Any) -> None:
        """Note progress, and tell the person's views now and then."""
        with self._lock:
            before, running.job = running.job, replace(running.job, **changes)
            now = time.monotonic()
            tell = before.state != running.job.state or now - running.told >= _EVERY_S
            running.told = now if tell else running.told
        if tell:
            self.on_change(running.owner, {"kind": "job", "job": to_dict(running.job)})

    def close(self) -> None:
        """Cancel everything and remove the files."""
        everything = self._stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + _END_S
        while any(running.job.state == "running" for running in everything) and time.monotonic() < deadline:
            time.sleep(0.02)
        for running in everything:
            running.child.kill()
        self.scratch.close()

    def _stop(self) -> list[Running]:
        with self._lock:
            everything = list(self._all.values())
        for running in everything:
            running.stop()
        return everything

    def _work(self, running: Running, task: Task, done: Callable[[Running, dict[str, Any]], None]) -> None:
        try:
            self._do(running, task, done)
        finally:
            # What was sent may be large, and is sent again when it is needed. A person's own file is none of that.
            if task.kind == "import" and task.place.parent == running.folder:
                task.place.unlink(missing_ok=True)
            with self._lock:
                if running.forgotten:
                    self._drop(running)

    def _do(self, running: Running, task: Task, done: Callable[[Running, dict[str, Any]], None]) -> None:
        if running.stopping.is_set():
            self.update(running, state="cancelled")
            return
        self.update(running, state="running")
        try:
            result = running.child.run(task, lambda at, count: self.update(running, fraction=at, sessions=count))
            done(running, result)
        except SquidError as error:
            state = "cancelled" if running.stopping.is_set() else "failed"
            self.update(running, state=state, error={"message": error.message, "hint": error.hint})
        except Exception as error:  # noqa: BLE001 - whoever waits for the job must hear of its end
            kind = str(error) if isinstance(error, Defect) else type(error).__name__
            if not isinstance(error, Defect):
                log_defect(f"{running.job.kind} job", error)
            told = {"message": f"An internal error ended this ({kind}).", "hint": "The log has more."}
            self.update(running, state="failed", error=told)
        else:
            ended = "cancelled" if running.stopping.is_set() and running.path is None else "done"
            self.update(running, state=ended, fraction=1.0 if ended == "done" else running.job.fraction)

    def _forget_old(self, owner: str) -> None:
        ended = [running for running in self._all.values() if running.owner == owner and not running.under_way]
        for running in ended[: max(0, len(ended) - _KEPT)]:
            self._drop(running)

    def _drop(self, running: Running) -> None:
        self._all.pop(running.job.id, None)
        shutil.rmtree(running.folder, ignore_errors=True)
