"""The processes behind imports and exports: they are stopped, killed and outlived without harm."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from serving import Endpoint
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.errors import TransferError
from squid_nb.server.child import Child
from squid_nb.server.task import Task, Whose
from squid_nb.squid import Squid

from .conftest import Serve
from .process import JupyterProcess
from .test_responsive import big_file
from .test_transfers import ended

KEY = "a-key-for-tests"


def workers(pid: int) -> list[psutil.Process]:
    """The processes of jobs below a process."""
    found = []
    for child in psutil.Process(pid).children():
        try:
            if "squid_nb.server.worker" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def begun(client: httpx.Client, path: Path) -> dict[str, Any]:
    """An import that has stored something and goes on."""
    with path.open("rb") as stream:
        job: dict[str, Any] = client.post("import", params={"name": path.name}, content=stream).json()
    wait_until(lambda: client.get(f"jobs/{job['id']}").json()["sessions"] > 0)
    return job


def whole_conversations(database: Path, *, turns: int) -> int:
    """How many sessions there are; each of them must be whole."""
    with Squid(Config(database={"path": database}), "ada") as squid:
        frame = squid.store.sql("select messages from v_sessions")
        assert set(frame["messages"]) <= {turns}
        return len(frame)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.json"
    big_file(path, conversations=2000)
    return path


@pytest.mark.slow
def test_an_import_that_is_cancelled_keeps_whole_conversations(serve: Serve, tmp_path: Path, big: Path) -> None:
    with serve().client() as client:
        job = begun(client, big)
        client.post(f"jobs/{job['id']}/cancel")
        told = ended(client, job)
        assert (told["state"], told["report"]["cancelled"]) == ("cancelled", True)
        assert 0 < told["report"]["imported"] < 2000
        wait_until(lambda: not workers(os.getpid()))
    assert whole_conversations(tmp_path / "squid.duckdb", turns=10) == told["report"]["imported"]


@pytest.mark.slow
def test_an_import_whose_process_is_killed_says_so_and_can_go_on(serve: Serve, big: Path) -> None:
    with serve().client() as client:
        job = begun(client, big)
        (worker,) = workers(os.getpid())
        worker.kill()
        told = ended(client, job)
        assert told["state"] == "failed"
        assert "ended from outside, perhaps because memory ran out (signal 9)" in told["error"]["message"]
        assert "goes on from there" in told["error"]["hint"]
        with big.open("rb") as stream:
            again = client.post("import", params={"name": "big.json"}, content=stream).json()
        report = ended(client, again)["report"]
        assert report["already_there"] > 0
        assert report["imported"] + report["already_there"] == 2000


def test_a_job_that_waits_can_be_cancelled(serve: Serve, big: Path) -> None:
    with serve().client() as client:
        jobs = []
        for _ in range(3):
            with big.open("rb") as stream:
                jobs.append(client.post("import", params={"name": "big.json"}, content=stream).json())
        client.post(f"jobs/{jobs[2]['id']}/cancel")
        for job in jobs:
            client.post(f"jobs/{job['id']}/cancel")
        assert [ended(client, job)["state"] for job in jobs] == ["cancelled"] * 3
        assert client.get("health").json()["jobs"] == 0


@pytest.mark.slow
def test_the_process_gets_no_key(tmp_path: Path, big: Path) -> None:
    settings = {"SQUID_MODEL__API_KEY": KEY, "OPENAI_API_KEY": KEY}
    with Endpoint("Fine.") as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url, **settings) as server:
        with server.client() as client:
            job = begun(client, big)
            (worker,) = workers(server.pid)
            assert KEY not in " ".join(worker.cmdline())
            assert KEY not in worker.environ().values()
            assert worker.nice() > 0
            assert ended(client, job)["state"] == "done"
        assert KEY not in server.log()


@pytest.mark.slow
def test_a_server_that_ends_takes_its_jobs_along(tmp_path: Path, big: Path) -> None:
    with Endpoint("Fine.") as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url) as server:
        with server.client() as client:
            begun(client, big)
        (worker,) = workers(server.pid)
        server.end()
        assert not worker.is_running()
        assert "Traceback" not in server.log()
        assert "leaked" not in server.log()
    assert 0 < whole_conversations(server.database, turns=10) < 2000


@pytest.mark.slow
def test_a_server_that_is_killed_leaves_no_process_behind(tmp_path: Path, big: Path) -> None:
    with Endpoint("Fine.") as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url) as server:
        with server.client() as client:
            begun(client, big)
        (worker,) = workers(server.pid)
        server.kill()
        wait_until(lambda: not worker.is_running())
    assert 0 < whole_conversations(server.database, turns=10) < 2000


def test_each_identity_exports_its_own(serve: Serve) -> None:
    """The person is carried to the process: what others have said is not in the file."""
    server = serve(changes={"server.user_from_identity": True})
    mine = server.state.people.squid_of("mine")
    theirs = server.state.people.squid_of("theirs")
    mine.sessions.create("Of mine")
    theirs.sessions.create("Of theirs")
    place = server.state.jobs.scratch.folder()
    result = Child().run(Task("export", Whose.of(mine), str(place)), lambda *_: None)
    written = json.loads(Path(result["path"]).read_text())
    assert "Of mine" in json.dumps(written)
    assert "Of theirs" not in json.dumps(written)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Jobs wait for it and fail then."""
    gate = threading.Event()

    def wait_for_gate(_child: Child, _task: Task, _told: object) -> dict[str, Any]:
        gate.wait()
        raise TransferError("It was a test.")

    monkeypatch.setattr(Child, "run", wait_for_gate)
    return gate


def test_jobs_that_pile_up_are_refused_until_one_has_ended(serve: Serve, gate: threading.Event) -> None:
    server = serve()
    with server.client() as client:
        begun = [client.post("export", json={}) for _ in range(10)]
        assert {answer.status_code for answer in begun} == {202}
        for refused in (client.post("export", json={}), client.post("import", params={"name": "x"}, content=b"x")):
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
            assert refused.json()["message"] == "There are 10 imports and exports under way."
        gate.set()
        wait_until(lambda: client.get("health").json()["jobs"] == 0)
        assert client.post("export", json={}).status_code == 202


def test_a_job_that_is_forgotten_while_it_runs_is_gone_at_once_and_its_files_with_its_end(
    serve: Serve, gate: threading.Event
) -> None:
    server = serve()
    with server.client() as client:
        job = client.post("export", json={}).json()["id"]
        (folder,) = [running.folder for running in server.state.jobs._all.values()]
        assert client.delete(f"jobs/{job}").status_code == 204
        for method, path in (("GET", ""), ("GET", "/file"), ("POST", "/cancel"), ("DELETE", "")):
            assert client.request(method, f"jobs/{job}{path}").status_code == 404
        assert client.get("jobs").json()["items"] == []
        assert folder.is_dir()
        gate.set()
        wait_until(lambda: not folder.exists())


def test_what_was_sent_goes_with_the_end_of_its_import(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    place = server.state.jobs.scratch.folder().parent
    with server.client() as client:
        job = client.post("import", params={"name": "x.json"}, content=b"neither this nor that").json()
        assert ended(client, job)["state"] == "failed"
        wait_until(lambda: not [path for path in place.rglob("*") if path.is_file() and path.name != ".alive"])


def test_a_file_of_the_persons_own_stays_where_it_is(serve: Serve, tmp_path: Path) -> None:
    own = tmp_path / "mine.json"
    own.write_text("neither this nor that")
    server = serve()
    jobs, squid = server.state.jobs, server.state.people.squid_of("ada")
    task = Task("import", Whose.of(squid), str(own))
    job = jobs.start(task, owner="ada", folder=jobs.scratch.folder(), done=lambda *_: None)
    wait_until(lambda: jobs.get(job.id, owner="ada").job.state == "failed")
    jobs.forget(job.id, owner="ada")
    assert own.read_text() == "neither this nor that"
