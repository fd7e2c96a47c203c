"""Where an export or a backup goes: a temporary name beside the target, renamed when it is whole.

Whatever ends the writing, the target is either as it was or complete.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import TransferError

__all__ = ["explained", "new_directory", "new_file", "workplace"]

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "its directory does not exist",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EISDIR: "there is a directory of that name",
    errno.ENAMETOOLONG: "its name is too long",
}
_HINTS = {errno.ENOSPC: "Free some space, or give another path."}


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that appears at `path` when the block has ended without an error.

    Parameters
    ----------
    force
        Replace a file that is there.

    Raises
    ------
    TransferError
        When there is a file already, or it cannot be written; says why.
    """
    with explained(path):
        _refuse_existing(path, force=force)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent)
        os.close(descriptor)
        part = Path(name)
        try:
            # Opened by its name, so that who writes can read it again.
            with part.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            _as_usual(part, 0o666)
            _refuse_existing(path, force=force)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def new_directory(path: Path, *, force: bool, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A directory that appears at `path` when the block has ended without an error.

    Parameters
    ----------
    force
        Replace a directory that is there, provided that `ours` knows it as an earlier export.

    Raises
    ------
    TransferError
        When there is something already, or it cannot be written; says why.
    """
    with explained(path):
        empty = path.is_dir() and not any(path.iterdir())
        _refuse_existing(path, force=empty or (force and path.is_dir() and ours(path)))
        part = Path(tempfile.mkdtemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent))
        try:
            yield part
            _as_usual(part, 0o777)
            _exchange(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def workplace(path: Path) -> Iterator[Path]:
    """A directory beside `path` for what is only needed on the way; its troubles are told as those of `path`."""
    with explained(path):
        place = Path(tempfile.mkdtemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _exchange(part: Path, path: Path) -> None:
    if not path.exists():
        part.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name[:60]}.", suffix=".old", dir=path.parent))
    try:
        path.rename(old / path.name)
        try:
            part.rename(path)
        except OSError:
            (old / path.name).rename(path)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise TransferError(
            f"{path} exists already.", "Give another path, or --force (`force=True` in Python) to replace it."
        )
    if not path.parent.is_dir():
        raise TransferError(f"There is no directory {path.parent}.", "Make it, or give another path.")


def _as_usual(path: Path, mode: int) -> None:
    """The permissions that a new file of this person has; temporary ones are private."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Tells the troubles of the disk in a sentence."""
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        reason = _REASONS.get(number) or (error.strerror or "the disk reports an error").lower()
        raise TransferError(f"{path} cannot be written: {reason}.", _HINTS.get(number, "Give another path.")) from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise TransferError(f"{str(path)!r} cannot be the name of a file.", "Give another path.") from error
