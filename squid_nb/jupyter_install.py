"""Where Jupyter looks for extensions, and what it would find of Squid there.

The files are read as `jupyter labextension list` and `jupyter server extension list` read them; asking those programs
would load Jupyter into the core.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["lab_disabled_by", "labextension", "server_enabled_by"]

NAME = "squid-nb"


def labextension(name: str = NAME) -> tuple[Path, str] | None:
    """Where a prebuilt extension is, and its version."""
    for place in _labextension_directories():
        package = _read(place / name / "package.json")
        if package:
            return place / name, str(package.get("version", ""))
    return None


def lab_disabled_by() -> Path | None:
    """The file that switches the JupyterLab extension off."""
    for place in _config_directories():
        page = _read(place / "labconfig" / "page_config.json")
        disabled = page.get("disabledExtensions")
        names = [name for name, off in disabled.items() if off] if isinstance(disabled, dict) else disabled or []
        if any(name in (NAME, f"{NAME}:plugin") for name in names):
            return place / "labconfig" / "page_config.json"
    return None


def server_enabled_by() -> tuple[bool, Path] | None:
    """Whether the server extension is switched on, and the file that says so; the strongest file decides."""
    for place in _config_directories():
        # Within a directory, the file for people's own settings is stronger than those of packages.
        for path in (
            place / "jupyter_server_config.json",
            *sorted((place / "jupyter_server_config.d").glob("*.json"), reverse=True),
        ):
            app = _read(path).get("ServerApp")
            extensions = app.get("jpserver_extensions") if isinstance(app, dict) else None
            if isinstance(extensions, dict) and "squid_nb" in extensions:
                return bool(extensions["squid_nb"]), path
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _labextension_directories() -> list[Path]:
    home = Path.home()
    own = home / "Library" / "Jupyter" if sys.platform == "darwin" else home / ".local" / "share" / "jupyter"
    data = [
        *(Path(place) for place in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if place),
        Path(os.environ.get("JUPYTER_DATA_DIR") or own),
        Path(sys.prefix, "share", "jupyter"),
        Path("/usr/local/share/jupyter"),
        Path("/usr/share/jupyter"),
    ]
    return [place / "labextensions" for place in data]


def _config_directories() -> list[Path]:
    return [
        Path(os.environ.get("JUPYTER_CONFIG_DIR") or Path.home() / ".jupyter"),
        *(Path(place) for place in os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep) if place),
        Path(sys.prefix, "etc", "jupyter"),
        Path("/usr/local/etc/jupyter"),
        Path("/etc/jupyter"),
    ]
