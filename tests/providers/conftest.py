"""The real server for the tests of the providers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_serving import llama_server


@pytest.fixture(scope="session")
def served(weights: Path) -> Iterator[str]:
    """Address of llama.cpp's server, without a path."""
    with llama_server(weights) as address:
        yield address
