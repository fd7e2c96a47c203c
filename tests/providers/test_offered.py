"""Which provider the settings open, and what is said of a plugin that is broken."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from types import ModuleType
from typing import Any

import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.config_sections import PROVIDERS_GROUP
from squid_nb.errors import ConfigError
from squid_nb.providers import open_provider


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module whose `make` is offered as the provider `plugged`."""
    module = ModuleType("plugged_provider")
    monkeypatch.setitem(sys.modules, "plugged_provider", module)
    entry = metadata.EntryPoint("plugged", "plugged_provider:make", PROVIDERS_GROUP)
    everything = metadata.entry_points

    def entry_points(**wanted: Any) -> metadata.EntryPoints:
        if wanted.get("group") == PROVIDERS_GROUP:
            return metadata.EntryPoints([entry]).select(**wanted)
        return everything(**wanted)

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    return module


def test_the_built_in_ones() -> None:
    assert open_provider(Config()).name == "embedded"
    opened = open_provider(Config(model={"provider": "openai", "base_url": "localhost:11434/v1"}))
    assert (opened.name, opened.host) == ("openai", "http://localhost:11434")


def test_a_plugin(plugin: ModuleType) -> None:
    plugin.make = lambda config: Scripted("Hi", host="elsewhere")  # type: ignore[attr-defined]
    assert open_provider(Config(model={"provider": "plugged"})).host == "elsewhere"


@pytest.mark.parametrize(
    "make", [None, lambda config: 1 / 0, lambda config: object()], ids=["missing", "raises", "other"]
)
def test_a_broken_plugin_is_named(plugin: ModuleType, make: Any) -> None:
    if make is not None:
        plugin.make = make  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="plugged") as caught:
        open_provider(Config(model={"provider": "plugged"}))
    assert caught.value.hint


def test_a_plugin_that_is_not_installed() -> None:
    with pytest.raises(ConfigError, match=r"model\.provider"):
        Config().replace({"model.provider": "plugged"})


def test_opening_nothing_imports_nothing_heavy() -> None:
    code = (
        "import sys, squid_nb.providers, squid_nb.providers.weights, squid_nb.providers.prices\n"
        "print(sorted({'httpx', 'xllamacpp', 'genai_prices', 'keyring'} & sys.modules.keys()))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
