"""What every test stands on: nobody's own history, settings or keys, and the real weights where they are needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A loaded machine is no failure. CI tries the same examples each time; everybody else explores.
hypothesis.settings.register_profile("everyday", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "everyday")


@pytest.fixture(autouse=True)
def nobodys_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Data and settings in a place of the test's own; no key and no endpoint from the environment."""
    place = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("SQUID_DATA_DIR", str(place / "data"))
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(place / "config"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    from squid_nb.squid import set_shared

    set_shared(None)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The embedded model's weights, from the cache or fetched once."""
    from squid_nb.providers.weights import ensure

    return ensure()
