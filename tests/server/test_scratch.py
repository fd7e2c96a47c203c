"""The directory for uploads and exports: private, gone with its server, and with the next one after a crash."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import wait_until

from squid_nb.server.jobs import Jobs
from squid_nb.server.scratch import Scratch, remove_abandoned

KILLED = """
import os, signal
from squid_nb.server.scratch import Scratch
scratch = Scratch()
scratch.folder().joinpath("upload").write_bytes(b"x")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary directory."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def grown_old(folder: Path) -> Path:
    os.utime(folder, (time.time() - 3600,) * 2)
    return folder


def test_it_is_made_when_it_is_needed_is_private_and_goes(place: Path) -> None:
    scratch = Scratch()
    assert list(place.iterdir()) == []
    folder = scratch.folder()
    with scratch.upload() as file:
        file.write(b"x")
    (made,) = place.iterdir()
    assert folder.parent == made == Path(file.name).parent
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    scratch.close()
    assert list(place.iterdir()) == []


def test_what_a_killed_server_has_left_goes_when_the_next_one_begins(place: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED], check=False).returncode == -signal.SIGKILL
    (left,) = map(grown_old, place.iterdir())
    jobs = Jobs()
    wait_until(lambda: not left.exists())
    jobs.close()


def test_what_may_be_somebodys_is_left_alone(place: Path, tmp_path: Path) -> None:
    alive, young = Scratch(), Scratch()
    grown_old(alive.folder().parent)
    young.folder()
    assert young._lock is not None
    young._lock.release()  # as after a crash, a moment ago
    unknown = place / "squid-jobs-of-another-program"
    unknown.mkdir()
    grown_old(unknown)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".alive").touch()
    (place / "squid-jobs-link").symlink_to(elsewhere)
    before = sorted(place.iterdir())
    remove_abandoned()
    assert sorted(place.iterdir()) == before
    assert (elsewhere / ".alive").exists()
    alive.close()


def test_a_temporary_directory_that_was_swept_is_made_anew(place: Path) -> None:
    scratch = Scratch()
    first = scratch.folder().parent
    for path in sorted(first.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    first.rmdir()
    assert scratch.folder().is_dir()
    scratch.close()
    assert list(place.iterdir()) == []
