"""The places a setting can come from, each read into one `Layer` that remembers where every value was found.

Nothing is merged or validated here beyond what only the place can know: TOML that does not parse, a key that does
not exist (the sentence names the file or variable), and secrets where they must not be.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, TomlConfigSettingsSource

from .errors import ConfigError
from .places import config_dir

__all__ = [
    "Layer",
    "argument_layer",
    "environment_layer",
    "keyring_key",
    "nearest",
    "openai_layer",
    "project_file",
    "toml_layer",
    "user_file",
]

PREFIX = "SQUID_"
DELIMITER = "__"
PROJECT_FILE = "squid.toml"
_SECRETS = frozenset({"model.api_key"})
_PATHS = frozenset({"database.path", "embedded.model_path"})
_KEYRING = ("squid_nb", "api_key")
_WHERE_SECRETS_GO = (
    "Put it into the environment variable OPENAI_API_KEY, or install `squid-nb[keyring]` and store it with "
    f"`keyring set {' '.join(_KEYRING)}`."
)


@dataclass(frozen=True, slots=True)
class Layer:
    """Values by dotted key (`model.name`) from one place, and what to call the place for each."""

    values: dict[str, Any]
    names: dict[str, str]
    file: Path | None = None


def argument_layer(values: Mapping[str, Any], *, known: Iterable[str], place: str = "call argument") -> Layer:
    """Values given in code, as dotted keys or nested by section.

    A plain string is refused as a key: it would have been typed into a notebook. Code that fetches one elsewhere
    passes a `SecretStr`.
    """
    flat = _flatten(values)
    _refuse_unknown(flat, known, dict.fromkeys(flat, place))
    for key in _SECRETS & flat.keys():
        if flat[key] is not None and not isinstance(flat[key], SecretStr):
            raise ConfigError(f"{key} cannot be set as text: it would be kept where it was typed.", _WHERE_SECRETS_GO)
    return Layer(flat, dict.fromkeys(flat, place))


class _Nested(EnvSettingsSource):
    """Only `SQUID_<SECTION>__<KEY>`: `SQUID_USER` alone may be anybody's variable and is not ours to parse."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: value for name, value in super()._load_env_vars().items() if DELIMITER in name}


def environment_layer(settings: type[BaseSettings], *, known: Iterable[str]) -> Layer:
    """`SQUID_<SECTION>__<KEY>`; an empty variable counts as not set."""
    source = _Nested(settings, env_prefix=PREFIX, env_nested_delimiter=DELIMITER, env_ignore_empty=True)
    flat = _flatten(source())
    names = {key: f"environment variable {_variable(key)}" for key in flat}
    # Variables of a section that does not exist belong to no field, so the source does not report them.
    for name, value in os.environ.items():
        if value and name.upper().startswith(PREFIX) and DELIMITER in name[len(PREFIX) :]:
            names.setdefault(name[len(PREFIX) :].lower().replace(DELIMITER, "."), f"environment variable {name}")
    _refuse_unknown(names, known, names)
    return Layer(flat, names)


def openai_layer() -> Layer:
    """The two variables that OpenAI's own client and many programs read."""
    pairs = {"model.api_key": "OPENAI_API_KEY", "model.base_url": "OPENAI_BASE_URL"}
    found = {key: name for key, name in pairs.items() if os.environ.get(name, "").strip()}
    return Layer(
        {key: os.environ[name].strip() for key, name in found.items()},
        {key: f"environment variable {name}" for key, name in found.items()},
    )


def keyring_key() -> str | None:
    """The key in the system's keyring, if there is a keyring that works."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(*_KEYRING)
    except (KeyringError, RuntimeError, OSError):  # no backend, locked, no session bus: as good as no key
        return None


def toml_layer(settings: type[BaseSettings], path: Path, *, known: Iterable[str]) -> Layer:
    """A `squid.toml` or `config.toml`; relative paths in it are relative to the file."""
    try:
        nested = TomlConfigSettingsSource(settings, toml_file=path).toml_data
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", "Correct that line, or move the file away.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from None
    flat = _flatten(nested)
    names = {key: str(path) for key in flat}
    _refuse_unknown(flat, known, names)
    for key in _SECRETS & flat.keys():
        raise ConfigError(f"{path} holds {key}, and such files get shared.", f"Remove it there. {_WHERE_SECRETS_GO}")
    for key in _PATHS & flat.keys():
        if isinstance(flat[key], str):
            flat[key] = path.parent / Path(flat[key]).expanduser()
    return Layer(flat, names, path)


def project_file(cwd: Path) -> Path | None:
    """The nearest `squid.toml` upwards from a directory."""
    return next((path for folder in (cwd, *cwd.parents) if (path := folder / PROJECT_FILE).is_file()), None)


def user_file() -> Path | None:
    """The person's own `config.toml`, if there is one."""
    path = config_dir() / "config.toml"
    return path if path.is_file() else None


def _flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{section}.{key}": item for key, item in value.items()}
        else:
            flat[section] = value
    return flat


def _refuse_unknown(keys: Iterable[str], known: Iterable[str], names: Mapping[str, str]) -> None:
    known = sorted(known)
    for key in keys:
        if key in known:
            continue
        near = nearest(key, known)
        sections = ", ".join(sorted({name.partition(".")[0] for name in known}))
        hint = f"Did you mean {_shown(near, names[key])}?" if near else f"The sections are {sections}."
        raise ConfigError(f"Unknown setting {key!r} ({names[key]}).", hint)


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known dotted key that was probably meant; also found when only the section was forgotten."""
    known = list(known)
    matches = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if not matches:
        tails = {name.rpartition(".")[2]: name for name in known}
        matches = [tails[tail] for tail in difflib.get_close_matches(key.rpartition(".")[2], tails, n=1, cutoff=0.7)]
    return matches[0] if matches else None


def _shown(key: str, place: str) -> str:
    return _variable(key) if place.startswith("environment variable") else key


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", DELIMITER)
