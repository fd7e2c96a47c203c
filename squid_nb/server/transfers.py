"""Routes that take the history out and bring it in: jobs with progress, because both may take minutes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from ..errors import NotFound
from ..records import Page
from .downloads import Download, of_file
from .jobs import Job, Running
from .refusals import Refused
from .routes import Body, Call, Query, Reply, Route
from .schemas import Listed
from .sessions import Ids
from .task import Task, Whose

__all__ = ["ROUTES"]


class Export(Body):
    """What is written, and how."""

    format: str = Field(
        default="json", max_length=100, description="json, markdown, html, ipynb, parquet, or a plugin's."
    )
    ids: Ids | None = Field(default=None, min_length=1, description="These sessions; all that fit `query` otherwise.")
    query: Annotated[str, Field(max_length=2000)] | None = None


class Import(Query):
    """What is brought in; the body is the file."""

    name: str = Field(min_length=1, max_length=200, description="The file's name; its ending tells the format apart.")
    dry_run: bool = Field(default=False, description="Only report what would be imported.")


async def export(call: Call[None, Export]) -> Job:
    """Begin an export; the job's file can be fetched when it is done."""
    asked, jobs = call.body, call.state.jobs
    jobs.refuse_too_many(call.person.name)
    folder = await call.work(jobs.scratch.folder)
    # A browser fetches one file, not a directory of tables.
    place = folder / "squid-history.parquet.zip" if asked.format == "parquet" else folder
    whose = await call.work(lambda: Whose.of(call.squid))
    task = Task("export", whose, str(place), format=asked.format, ids=asked.ids, query=asked.query)

    def done(job: Running, result: dict[str, Any]) -> None:
        job.path = Path(result["path"])
        jobs.update(job, file=job.path.name)

    return jobs.start(task, owner=call.person.name, folder=folder, done=done)


async def import_(call: Call[Import, None]) -> Job:
    """Begin an import of the file in the body."""
    asked, jobs, squid, upload = call.query, call.state.jobs, call.squid, call.upload
    if upload is None:
        raise Refused(400, "The body is empty.", "Send the file as the body.")
    jobs.refuse_too_many(call.person.name)
    folder = await call.work(jobs.scratch.folder)
    path = folder / (re.sub(r"[^\w.\- ]", "_", asked.name).lstrip(".") or "import")
    await call.work(lambda: shutil.move(upload, path))

    whose = await call.work(lambda: Whose.of(squid))

    def done(job: Running, result: dict[str, Any]) -> None:
        jobs.update(job, report={**result["report"], "path": asked.name})
        squid.live.sessions_changed()

    task = Task("import", whose, str(path), dry_run=asked.dry_run)
    return jobs.start(task, owner=call.person.name, folder=folder, done=done)


async def list_jobs(call: Call[None, None]) -> Page:
    """Imports and exports of this person since the server started, newest first."""
    return Page(tuple(call.state.jobs.all(call.person.name)))


async def get(call: Call[None, None]) -> Job:
    """How far a job has come."""
    return call.state.jobs.get(call.path["job_id"], owner=call.person.name).job


async def cancel(call: Call[None, None]) -> Job:
    """Cancel a job; what an import has brought in so far stays, and its report says what that is."""
    return await call.work(lambda: call.state.jobs.cancel(call.path["job_id"], owner=call.person.name))


async def forget(call: Call[None, None]) -> Reply:
    """Cancel a job that has not ended, and let it be gone with its file and its report."""
    await call.work(lambda: call.state.jobs.forget(call.path["job_id"], owner=call.person.name))
    return Reply(None, 204)


async def fetch(call: Call[None, None]) -> Download:
    """The file that an export has written."""
    job = call.state.jobs.get(call.path["job_id"], owner=call.person.name)
    path = job.path
    if path is None or job.job.file is None:
        raise NotFound("This job has no file.", "An export has one when it is done.")
    return await call.work(lambda: of_file(path, name=path.name, etag=f'"{job.job.id}"'))


ROUTES = (
    Route("POST", "export", export, "Begin an export.", Job, body=Export, status=202, takes="json", fails=(404,)),
    Route("POST", "import", import_, "Begin an import.", Job, query=Import, status=202, takes="upload", fails=(507,)),
    Route("GET", "jobs", list_jobs, "List imports and exports.", Listed[Job]),
    Route("GET", "jobs/{job_id}", get, "How far it is.", Job, fails=(404,)),
    Route("POST", "jobs/{job_id}/cancel", cancel, "Cancel it.", Job, fails=(404,)),
    Route("DELETE", "jobs/{job_id}", forget, "Forget it.", status=204, fails=(404,)),
    Route("GET", "jobs/{job_id}/file", fetch, "Fetch an export.", media="application/octet-stream", fails=(404, 416)),
)
