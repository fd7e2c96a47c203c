"""`Config`: every setting, resolved from all the places it can come from.

Strongest first: call argument, environment (`SQUID_<SECTION>__<KEY>`, then `OPENAI_API_KEY` and `OPENAI_BASE_URL`),
the nearest `squid.toml`, the person's `config.toml`, defaults. What settings there are is `config_sections`, how each
place is read `config_layers`, whether a project file may use the person's key `config_trust`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from . import config_layers, config_trust
from .config_layers import Layer
from .config_sections import (
    BUILT_IN_PROVIDERS,
    Budget,
    Context,
    Database,
    Embedded,
    Files,
    Model,
    Performance,
    Server,
    Session,
    Ui,
    User,
)
from .endpoint import host_of, is_loopback
from .errors import ConfigError

__all__ = ["Config", "Origin"]

_VERB = "/config"
"""What the place is called where the verb keeps what it sets."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting as it is in force; `value_shown` never holds a secret."""

    key: str
    value_shown: str
    origin: str


class Config(BaseSettings):
    """All settings in force, frozen. `Config()` is the defaults, `Config.load()` what the person has set."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    database: Database = Field(default_factory=Database)
    model: Model = Field(default_factory=Model)
    embedded: Embedded = Field(default_factory=Embedded)
    session: Session = Field(default_factory=Session)
    context: Context = Field(default_factory=Context)
    budget: Budget = Field(default_factory=Budget)
    files: Files = Field(default_factory=Files)
    performance: Performance = Field(default_factory=Performance)
    server: Server = Field(default_factory=Server)
    ui: Ui = Field(default_factory=Ui)
    user: User = Field(default_factory=User)

    _layers: tuple[Layer, ...] = PrivateAttr(default=())
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the five names are pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only arguments: the other places are read by `load`, which remembers where each value came from."""
        return (init_settings,)

    @classmethod
    def load(cls, cwd: Path | str | None = None, **overrides: Any) -> Self:
        """Resolve every setting.

        Parameters
        ----------
        cwd
            Where to look for `squid.toml`, upwards; the working directory if None.
        overrides
            The strongest values, by section (`model={"name": "x"}`) or dotted (`**{"model.name": "x"}`).

        Raises
        ------
        ConfigError
            Names the file or variable, the key, and the nearest valid one.
        """
        known = cls.keys()
        layers = [
            config_layers.argument_layer(overrides, known=known),
            config_layers.environment_layer(cls, known=known),
            config_layers.openai_layer(),
        ]
        for path in (config_layers.project_file(Path(cwd or Path.cwd()).absolute()), config_layers.user_file()):
            if path is not None:
                layers.append(config_layers.toml_layer(cls, path, known=known))
        return cls._resolve(layers)

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """A config with these dotted keys set on top: what the `/config` verb does for the running process."""
        top = config_layers.argument_layer(changes, known=self.keys(), place=_VERB)
        return self._resolve([top, *(self._layers or [_given(self)])])

    def taken_back(self, key: str) -> Self:
        """A config without what `replace` has set for this key; other places keep theirs."""
        config_layers.argument_layer({key: None}, known=self.keys())  # raises the error that names the nearest key
        return self._resolve([_without(layer, key) for layer in self._layers or [_given(self)]])

    def origins(self) -> list[Origin]:
        """Every setting, its value and where it came from."""
        return [
            Origin(key, _show(getattr(getattr(self, section), name)), self._origins.get(key, "default"))
            for key in self.keys()
            for section, _, name in [key.partition(".")]
        ]

    @classmethod
    def keys(cls) -> list[str]:
        """All dotted keys, in the order of the sections."""
        return [
            f"{section}.{name}"
            for section, field in cls.model_fields.items()
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
            for name in field.annotation.model_fields
        ]

    @staticmethod
    def trust(path: Path | str | None = None) -> Path:
        """Let this `squid.toml` (the nearest one if None), as it is now, use the person's key; returns its path."""
        file = Path(path) if path is not None else config_layers.project_file(Path.cwd())
        if file is not None and file.is_dir():
            file = file / config_layers.PROJECT_FILE
        if file is None or not file.is_file():
            raise ConfigError("There is no squid.toml to trust here.", "Name the file, or change into its directory.")
        config_trust.trust(file)
        return file.absolute()

    @classmethod
    def _resolve(cls, layers: Sequence[Layer]) -> Self:
        values, names = _merge(layers)
        if "model.base_url" in values and "model.provider" not in values:
            values["model.provider"], names["model.provider"] = "openai", "because model.base_url is set"
        config = cls._validated(values, names)
        # A keyring may ask for a password, so it is read only when a key is wanted.
        if config._is_remote() and config.model.api_key is None and (key := config_layers.keyring_key()):
            values["model.api_key"], names["model.api_key"] = SecretStr(key), "keyring"
            config = cls._validated(values, names)
        if config._is_remote() and config.model.api_key is not None:
            _refuse_untrusted(layers, config.model.base_url)
        config._layers, config._origins = tuple(layers), names
        return config

    @classmethod
    def _validated(cls, values: Mapping[str, Any], names: Mapping[str, str]) -> Self:
        nested: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            section, _, name = key.partition(".")
            nested.setdefault(section, {})[name] = value
        try:
            return cls.model_validate(nested)
        except ValidationError as error:
            raise _bad_value(error, names) from None

    def _is_remote(self) -> bool:
        url = self.model.base_url
        return self.model.provider != "embedded" and not (url and is_loopback(url))


def _merge(layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    for layer in reversed(layers):
        values |= layer.values
        names |= layer.names
    return values, names


def _without(layer: Layer, key: str) -> Layer:
    if layer.names.get(key) != _VERB:
        return layer
    values = {name: value for name, value in layer.values.items() if name != key}
    return replace(layer, values=values, names={name: layer.names[name] for name in values})


def _given(config: Config) -> Layer:
    """What was passed to `Config(...)` directly."""
    given = config.model_dump(exclude_unset=True)
    flat = {f"{section}.{name}": value for section, values in given.items() for name, value in values.items()}
    return Layer(flat, dict.fromkeys(flat, "call argument"))


def _bad_value(error: ValidationError, names: Mapping[str, str]) -> ConfigError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"][:2])
    text = str(first["input"])[:80]
    # A refused URL may hold a password or a key.
    secret = key == "model.api_key" or (key == "model.base_url" and re.search("[@?#]", text))
    shown = "" if secret else f" = {text!r}"
    cause = first.get("ctx", {}).get("error")
    reason = str(cause) if cause is not None else first["msg"][:1].lower() + first["msg"][1:]
    hint = "Correct it or remove it."
    if key == "model.provider" and (near := config_layers.nearest(str(first["input"]), BUILT_IN_PROVIDERS)):
        hint = f"Did you mean {near!r}?"
    return ConfigError(f"Bad value for {key}{shown} ({names.get(key, 'call argument')}): {reason}.", hint)


def _refuse_untrusted(layers: Sequence[Layer], url: str | None) -> None:
    source = next((layer for layer in layers if "model.base_url" in layer.values), None)
    path = source.file if source else None
    if url is None or path is None or path.name != config_layers.PROJECT_FILE or config_trust.is_trusted(path):
        return
    raise ConfigError(
        f"{path} would send your key to {host_of(url)}, and this file is not trusted yet.",
        f"If it is yours, run `squid-nb config --trust {path}` once; else set model.base_url yourself.",
    )


def _show(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "(set, not shown)"
    return "" if value is None else str(value)
