"""Exports and imports that are typed in the panel: jobs as well, so that the server answers others meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, SquidError
from ..transfer.report import Report, ReportItem
from .jobs import Jobs, Running
from .task import Task, Whose

if TYPE_CHECKING:
    from ..commands.carrying import Tell
    from ..moving import Chosen
    from ..squid import Squid

__all__ = ["JobCarrier"]

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class JobCarrier:
    """A `Carrier` for one person: each call begins a job and waits for it, in the thread that calls."""

    squid: Squid
    jobs: Jobs
    owner: str

    def export(
        self,
        chosen: Chosen,
        format: str,  # noqa: A002 - the word people look for
        path: Path,
        *,
        force: bool,
        tell: Tell,
        cancel: Callable[[], bool],
    ) -> Path:
        """Write sessions to a file."""
        ids = self.squid.chosen_ids(chosen)
        task = Task("export", Whose.of(self.squid), str(path.absolute()), format=format, ids=ids, force=force)
        return Path(self._done(task, lambda at, count: tell(at, f"Exporting, {_sessions(count)}"), cancel)["path"])

    def import_(self, path: Path, *, dry_run: bool, tell: Tell, cancel: Callable[[], bool]) -> Report:
        """Bring in what is in a file."""
        task = Task("import", Whose.of(self.squid), str(path.absolute()), dry_run=dry_run)
        told = self._done(task, lambda at, count: tell(at, f"Importing, {_sessions(count)}"), cancel)["report"]
        self.squid.live.sessions_changed()
        return Report(**{**told, "items": [ReportItem(**item) for item in told["items"]]})

    def _done(self, task: Task, told: Callable[[float, int], None], cancel: Callable[[], bool]) -> dict[str, Any]:
        """The result of a task."""
        results: list[dict[str, Any]] = []
        job = self.jobs.start(
            task,
            owner=self.owner,
            folder=self.jobs.scratch.folder(),
            done=lambda _, result: results.append(result),
        )
        running = self.jobs.get(job.id, owner=self.owner)
        while running.under_way:
            told(running.job.fraction, running.job.sessions)
            if cancel():
                _stop(running)
            time.sleep(_LOOK_S)
        if results:
            return results[0]
        error = running.job.error or {"message": "It was ended before it began.", "hint": "Nothing was changed."}
        raise SquidError(**error)


def _stop(running: Running) -> None:
    """Ask for the end; one that waits for its turn ends without anybody waiting for that."""
    running.stop()
    if running.job.state == "waiting":
        raise Cancelled("It was cancelled before it began; nothing was changed.")


def _sessions(count: int) -> str:
    return f"{count:,} session" if count == 1 else f"{count:,} sessions"
