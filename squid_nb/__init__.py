"""Squid for notebooks: a local-first AI chat where every conversation is data.

Importing this package is cheap: the names below load what they need when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .config import Config
    from .squid import Squid
    from .widgets import ChatWidget, SessionsWidget
    from .widgets.app import app
    from .widgets.dashboard import dashboard

__all__ = [
    "ChatWidget",
    "Config",
    "SessionsWidget",
    "Squid",
    "__version__",
    "app",
    "dashboard",
    "load_ipython_extension",
    "unload_ipython_extension",
]

_HOMES = {
    "ChatWidget": "widgets",
    "Config": "config",
    "SessionsWidget": "widgets",
    "Squid": "squid",
    "app": "widgets.app",
    "dashboard": "widgets.dashboard",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server asks a package with extensions for."""
    from .server.extension import SquidExtension

    return [{"module": "squid_nb.server.extension", "app": SquidExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """What `jupyter labextension develop` asks a package with a prebuilt extension for."""
    return [{"src": "labextension", "dest": "squid-nb"}]


def load_ipython_extension(ip: Any) -> None:
    """`%load_ext squid_nb`."""
    from . import magics

    magics.load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """`%unload_ext squid_nb`."""
    from . import magics

    magics.unload(ip)
