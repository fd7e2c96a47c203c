"""Which project files may send the person's key to a remote host: remembered by path and content.

A cloned repository can carry a `squid.toml`; without this, opening a notebook in it would hand the key in the
environment to whatever host the file names. Any change to the file asks again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from .places import data_dir

__all__ = ["is_trusted", "trust"]


def trust(path: Path) -> None:
    """Remember this file, as it is now, as trusted."""
    path = path.resolve()
    known = _read() | {str(path): _digest(path)}
    target = _store()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved into place: a reader never sees half a file.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1, sort_keys=True)
    Path(name).replace(target)


def is_trusted(path: Path) -> bool:
    """Whether exactly this content at this path was trusted."""
    path = path.resolve()
    return _read().get(str(path)) == _digest(path)


def _store() -> Path:
    return data_dir() / "trusted.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read() -> dict[str, str]:
    try:
        found = json.loads(_store().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # missing or damaged: nothing is trusted
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
