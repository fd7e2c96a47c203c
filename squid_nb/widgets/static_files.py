"""The built front end, as anywidget wants it: text."""

from __future__ import annotations

from importlib.resources import files

from ..errors import ConfigError

__all__ = ["static"]


def static(name: str) -> str:
    """A built front-end file.

    Raises
    ------
    ConfigError
        When the package was installed without its front end.
    """
    path = files("squid_nb") / "static" / name
    if not path.is_file():
        raise ConfigError(
            f"The widget's front end ({name}) is missing from this installation.",
            "Install the wheel, or run `npm ci && npm run build` in js/.",
        )
    return path.read_text(encoding="utf-8")
