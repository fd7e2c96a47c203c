"""Where files live that belong to the person and not to a project: data, settings and what can be fetched again.

`SQUID_DATA_DIR`, `SQUID_CONFIG_DIR` and `SQUID_CACHE_DIR` move them; otherwise platformdirs decides. Nothing here
creates a directory.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

__all__ = ["cache_dir", "config_dir", "data_dir"]

_APP = "squid_nb"


def data_dir() -> Path:
    """What must not be lost: the database, and which project files are trusted."""
    return _from_environment("SQUID_DATA_DIR") or Path(_platform().user_data_dir)


def config_dir() -> Path:
    """The person's own `config.toml`."""
    return _from_environment("SQUID_CONFIG_DIR") or Path(_platform().user_config_dir)


def cache_dir() -> Path:
    """What can be fetched or built again: weights, the search index."""
    return _from_environment("SQUID_CACHE_DIR") or Path(_platform().user_cache_dir)


def _platform() -> PlatformDirs:
    return PlatformDirs(_APP, appauthor=False)


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None
