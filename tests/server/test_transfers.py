"""Export and import over REST: jobs with progress, a file, a report."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import wait_until

from .conftest import Serve


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it has ended."""
    latest: dict[str, Any] = {}

    def look() -> bool:
        latest.update(client.get(f"jobs/{job['id']}").json())
        return latest["state"] not in ("waiting", "running")

    wait_until(look)
    return latest


def talk(client: httpx.Client, title: str) -> str:
    session: str = client.post("sessions", json={"title": title}).json()["id"]
    client.post(f"sessions/{session}/messages", json={"prompt": f"About {title}"})
    return session


@pytest.mark.slow
def test_what_goes_out_comes_in_again(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        ids = [talk(client, "One"), talk(client, "Two")]
        job = client.post("export", json={"format": "json"})
        assert job.status_code == 202
        done = ended(client, job.json())
        assert (done["state"], done["fraction"], done["sessions"], done["file"]) == (
            "done",
            1.0,
            2,
            "squid-history.json",
        )
        file = client.get(f"jobs/{done['id']}/file")
        assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''squid-history.json"
        client.post("sessions/bulk", json={"action": "delete", "ids": ids})
        for one in ids:
            client.delete(f"deleted/{one}")
        brought = ended(client, client.post("import", params={"name": "history.json"}, content=file.content).json())
        assert (brought["state"], brought["report"]["imported"]) == ("done", 2)
        assert [one["title"] for one in client.get("sessions", params={"sort": "title"}).json()["items"]] == [
            "One",
            "Two",
        ]
        twice = ended(client, client.post("import", params={"name": "history.json"}, content=file.content).json())
        assert (twice["report"]["imported"], twice["report"]["already_there"]) == (0, 2)
        assert [one["kind"] for one in client.get("jobs").json()["items"]] == ["import", "import", "export"]


@pytest.mark.parametrize("kind", ["markdown", "html", "ipynb", "parquet"])
def test_each_format_is_a_file(serve: Serve, kind: str) -> None:
    with serve().client() as client:
        session = talk(client, "One")
        done = ended(client, client.post("export", json={"format": kind, "ids": [session]}).json())
        assert done["state"] == "done", done
        data = client.get(f"jobs/{done['id']}/file").content
        if kind == "parquet":
            assert zipfile.ZipFile(io.BytesIO(data)).namelist()
        else:
            assert b"About One" in data
        half = client.get(f"jobs/{done['id']}/file", headers={"Range": "bytes=0-9"})
        assert (half.status_code, half.content) == (206, data[:10])


def test_a_job_that_cannot_be_done_says_why(serve: Serve) -> None:
    with serve().client() as client:
        talk(client, "One")
        wrong = ended(client, client.post("export", json={"format": "docx"}).json())
        assert (wrong["state"], "docx" in wrong["error"]["message"]) == ("failed", True)
        assert client.get(f"jobs/{wrong['id']}/file").status_code == 404
        nothing = ended(client, client.post("import", params={"name": "x.json"}, content=b"{}").json())
        assert nothing["state"] == "failed"
        assert client.post("import", params={"name": "x.json"}).status_code == 400
        assert client.get("jobs/" + "0" * 32).status_code == 404


def test_a_dry_run_changes_nothing(serve: Serve, tmp_path: Path) -> None:
    with serve().client() as client:
        conversations = [
            {"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]}
        ]
        content = json.dumps(conversations).encode()
        done = ended(client, client.post("import", params={"name": "s.json", "dry_run": True}, content=content).json())
        assert (done["report"]["imported"], done["report"]["dry_run"], done["report"]["path"]) == (1, True, "s.json")
        assert client.get("sessions").json()["items"] == []


def test_progress_reaches_the_views_and_a_job_can_be_forgotten(serve: Serve) -> None:
    server = serve()
    with server.client() as client, server.view() as view:
        talk(client, "One")
        job = client.post("export", json={}).json()
        states = [
            frame["job"]["state"]
            for frame in view.until(lambda frame: frame["kind"] == "job" and frame["job"]["state"] == "done")
            if frame["kind"] == "job"
        ]
        assert states[0] == "running"
        assert client.delete(f"jobs/{job['id']}").status_code == 204
        assert client.get(f"jobs/{job['id']}").status_code == 404


@pytest.mark.slow
def test_an_upload_leaves_nothing_behind(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "uploads"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    server = serve()
    with server.client() as client:
        for params in ({"name": "x.json"}, {"nome": "x.json"}):
            answer = client.post("import", params=params, content=b"[]")
            if answer.status_code == 202:
                ended(client, answer.json())
    server.stop()
    assert list(place.iterdir()) == []
