"""A ladder of checks: can this installation answer, remember and show, and if not, what to do about it.

It only looks: nothing is fetched, loaded or repaired. Doors show the list; a `fail` means that asking, keeping or
reading the history does not work, a `warn` that something is less good than it could be.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from . import jupyter_install, loop
from ._version import __version__
from .errors import ConfigError, SquidError
from .providers import weights

if TYPE_CHECKING:
    from .config import Config
    from .squid import Squid

__all__ = ["Check", "check", "check_without_config", "failed"]

Grade: TypeAlias = Literal["ok", "warn", "fail"]

_PACKAGES = ("squid-nb", "duckdb", "pandas", "anywidget", "ipywidgets", "ipython", "httpx", "xllamacpp")
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One rung of the ladder."""

    name: str
    status: Grade
    detail: str
    remedy: str = ""
    """What to do; empty when there is nothing to do."""


def check(squid: Squid) -> list[Check]:
    """Everything about this installation, from the database up to the front end."""
    rungs: list[tuple[str, Callable[[], Check]]] = [
        ("settings", lambda: settings(squid.config)),
        ("database", lambda: database(squid)),
        ("owners", lambda: owners(squid)),
        ("model", lambda: model(squid)),
        ("weights", lambda: cached_weights(squid.config)),
        *_INSTALLATION,
    ]
    return [_climb(name, rung) for name, rung in rungs]


def check_without_config(error: ConfigError) -> list[Check]:
    """What can be said when the settings themselves cannot be read."""
    broken = Check("settings", "fail", error.message, error.hint)
    return [broken, *(_climb(name, rung) for name, rung in _INSTALLATION)]


def failed(checks: list[Check]) -> bool:
    """Whether any rung is broken."""
    return any(rung.status == "fail" for rung in checks)


def settings(config: Config) -> Check:
    """What differs from the defaults, and where it was set; secrets are never shown."""
    chosen = [origin for origin in config.origins() if origin.origin != "default"]
    shown = "; ".join(f"{origin.key} = {origin.value_shown} ({origin.origin})" for origin in chosen)
    return Check("settings", "ok", shown or "all defaults")


def database(squid: Squid) -> Check:
    """The file opens and can be read, for this user."""
    path = squid.config.database.path
    counts = squid.history.sql(
        """
        select (select count(*) from v_sessions) as sessions, (select count(*) from v_messages) as messages
        """
    ).iloc[0]
    size = path.stat().st_size / _MEGABYTE if path.exists() else 0.0
    holds = f"{counts['sessions']} sessions, {counts['messages']} messages, {size:.1f} MB"
    detail = f"{path} opens for {squid.user.name}: {holds}"
    return Check("database", "ok", detail)


def owners(squid: Squid) -> Check:
    """Whether another process keeps the file to itself just now."""
    try:
        owner = squid.store.database.owner()
    except SquidError:
        return Check("owners", "warn", "nobody can tell before the database opens", "Do what stands above first.")
    if owner is None or owner.pid == os.getpid():
        return Check("owners", "ok", "no other process holds the file")
    return Check(
        "owners",
        "warn",
        f"{owner.name} (process {owner.pid}) holds the file",
        "Questions wait until it lets go; close that program if it stays.",
    )


def model(squid: Squid) -> Check:
    """Whether somebody answers."""
    if squid.config.model.provider == "embedded":
        return _embedded_model()
    offered = loop.run(squid.provider.models())
    names = [info.id for info in offered]
    wanted = squid.config.model.name
    detail = f"{squid.provider.host} answers and offers {len(names)} model(s)"
    if wanted and wanted not in names:
        return Check(
            "model",
            "warn",
            f"{detail}, but {wanted} is not among them",
            f"Set model.name to one of: {', '.join(names[:5])}.",
        )
    return Check("model", "ok", f"{detail}; {wanted or names[0]} is used" if names else detail)


def _embedded_model() -> Check:
    version = _version("xllamacpp")
    if version is None or importlib.util.find_spec("xllamacpp") is None:
        return Check(
            "model",
            "fail",
            "the embedded model needs xllamacpp, which is not installed",
            'Run `pip install "squid-nb[local]"`, or set model.base_url to an endpoint that answers.',
        )
    return Check("model", "ok", f"embedded, in this process (xllamacpp {version})")


def cached_weights(config: Config) -> Check:
    """Whether the embedded model has something to load."""
    chosen = config.embedded.model_path
    if chosen is not None:
        if chosen.is_file():
            return Check("weights", "ok", str(chosen))
        return Check("weights", "fail", f"{chosen} does not exist", "Correct embedded.model_path, or remove it.")
    cached = weights.cached()
    if cached is not None:
        return Check("weights", "ok", f"{cached} ({cached.stat().st_size / _MEGABYTE:.0f} MB)")
    if config.model.provider != "embedded":
        return Check("weights", "ok", "none cached; the embedded model is not in use")
    return Check(
        "weights",
        "warn",
        "not fetched yet",
        "They come down with the first question, or now with `squid-nb demo`; both need a network once.",
    )


def jupyterlab() -> Check:
    """JupyterLab answers the browser on kernel subshells since 4.4."""
    return _at_least(
        "JupyterLab",
        "jupyterlab",
        (4, 4),
        absent="not installed here; it may live in another environment",
        remedy='Run `pip install "squid-nb[lab]"` where JupyterLab runs.',
    )


def ipykernel() -> Check:
    """The kernel has subshells since ipykernel 7, so the chat works while a cell runs."""
    return _at_least(
        "ipykernel",
        "ipykernel",
        (7,),
        absent="not installed, so this Python is no notebook kernel",
        remedy='Run `pip install "ipykernel>=7"`; until then the chat waits while a cell runs.',
    )


def front_end() -> Check:
    """The views' own bundles are there, and JupyterLab finds what loads them."""
    static = Path(__file__).parent / "static"
    missing = [name for name in ("chat.js", "chat.css", "sessions.js", "dashboard.js") if not (static / name).is_file()]
    if missing:
        return Check(
            "front end",
            "fail",
            f"{', '.join(missing)} not built",
            "Install again with `pip install .`, or run `npm ci && npm run build` in js/.",
        )
    anywidget = jupyter_install.labextension("anywidget")
    if anywidget is None:
        return Check(
            "front end",
            "warn",
            "the anywidget extension is not where this Python's Jupyter looks",
            "Run `pip install anywidget` in the environment that runs JupyterLab.",
        )
    return Check("front end", "ok", f"bundles built; anywidget extension in {anywidget[0].parent}")


def lab_extension() -> Check:
    """The side panel in JupyterLab."""
    name = "panel in JupyterLab"
    found = jupyter_install.labextension()
    if found is None:
        return Check(
            name,
            "warn",
            "the extension squid-nb is not where this Python's Jupyter looks",
            "Run `pip install squid-nb` in the environment that runs JupyterLab.",
        )
    place, version = found
    if version != __version__:
        return Check(
            name,
            "warn",
            f"{place} has version {version}, and the package is {__version__}",
            "Install the same version of squid-nb where JupyterLab runs, and reload the page.",
        )
    off = jupyter_install.lab_disabled_by()
    if off is not None:
        return Check(name, "warn", f"switched off in {off}", "Run `jupyter labextension enable squid-nb`.")
    return Check(name, "ok", f"squid-nb {version} in {place.parent}")


def server_extension() -> Check:
    """What the panel talks to."""
    name = "server extension"
    found = jupyter_install.server_enabled_by()
    remedy = "Run `jupyter server extension enable squid_nb`, and start Jupyter again."
    if found is None:
        return Check(name, "warn", "not enabled, so the panel in JupyterLab gets no answer", remedy)
    enabled, path = found
    if not enabled:
        return Check(name, "warn", f"switched off in {path}", remedy)
    return Check(name, "ok", f"enabled by {path}")


def versions() -> Check:
    """Which versions a bug report should name."""
    found = {name: _version(name) for name in _PACKAGES}
    python = ".".join(str(part) for part in sys.version_info[:3])
    return Check(
        "versions", "ok", ", ".join([f"Python {python}", *(f"{name} {found[name]}" for name in found if found[name])])
    )


_INSTALLATION: tuple[tuple[str, Callable[[], Check]], ...] = (
    ("JupyterLab", jupyterlab),
    ("ipykernel", ipykernel),
    ("front end", front_end),
    ("panel in JupyterLab", lab_extension),
    ("server extension", server_extension),
    ("versions", versions),
)


def _climb(name: str, rung: Callable[[], Check]) -> Check:
    try:
        return rung()
    except SquidError as error:
        return Check(name, "fail", error.message, error.hint)
    except OSError as error:  # a file of somebody else, or of a disk that is gone
        return Check(name, "fail", f"{error.filename or name}: {error.strerror or error}", "Check its permissions.")


def _at_least(name: str, package: str, oldest: tuple[int, ...], *, absent: str, remedy: str) -> Check:
    version = _version(package)
    if version is None:
        return Check(name, "warn", absent, remedy)
    if tuple(int(part) for part in re.findall(r"\d+", version)[: len(oldest)]) < oldest:
        wanted = ".".join(str(part) for part in oldest)
        return Check(name, "warn", f"{version} is older than {wanted}, so the chat waits while a cell runs", remedy)
    return Check(name, "ok", version)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
