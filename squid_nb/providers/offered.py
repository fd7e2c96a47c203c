"""Which providers there are: the two built in, and those that other packages offer as `squid_nb.providers`."""

from __future__ import annotations

from importlib import metadata
from typing import cast

from ..config import Config
from ..config_sections import PROVIDERS_GROUP
from ..errors import ConfigError, SquidError
from .provider import Provider

__all__ = ["open_provider"]


def open_provider(config: Config) -> Provider:
    """The provider that `model.provider` names; nothing is loaded or asked yet.

    Raises
    ------
    ConfigError
        When a plugin has that name and is broken, or nothing has.
    """
    match config.model.provider:
        case "embedded":
            from .embedded import EmbeddedProvider

            return EmbeddedProvider(config)
        case "openai":
            from .openai import OpenAIProvider

            return OpenAIProvider(config)
        case name:
            return _plugin(name, config)


def _plugin(name: str, config: Config) -> Provider:
    entry = next(iter(metadata.entry_points(group=PROVIDERS_GROUP, name=name)), None)
    if entry is None:
        raise ConfigError(
            f"No installed package offers the provider {name!r}.", "Set model.provider to embedded or openai."
        )
    try:
        provider = entry.load()(config)
    except SquidError:
        raise
    except Exception as error:  # a door: the plugin is somebody else's code
        raise ConfigError(
            f"The provider {name!r} of {_package(entry)} does not work ({type(error).__name__}: {error}).",
            "Update or uninstall that package, or set model.provider to embedded or openai.",
        ) from error
    if not all(hasattr(provider, part) for part in ("name", "host", "stream", "models", "count_tokens", "aclose")):
        raise ConfigError(
            f"What {_package(entry)} offers as {name!r} is no provider.", "Update or uninstall that package."
        )
    return cast(Provider, provider)


def _package(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
