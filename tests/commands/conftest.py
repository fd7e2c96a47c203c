from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.events import Used
from squid_nb.squid import Squid


@pytest.fixture
def provider() -> Scripted:
    return Scripted("An **answer**.", Used(3, 4))


@pytest.fixture
def squid(tmp_path: Path, provider: Scripted) -> Iterator[Squid]:
    config = Config().replace({"database.path": tmp_path / "squid.duckdb", "user.name": "ada"})
    with Squid(config, provider=provider) as opened:
        yield opened
