"""One person's history behind a Jupyter server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.events import Used
from squid_nb.squid import Squid, set_shared
from squid_nb.store import Store

from .live_server import Jupyter

Serve = Callable[..., Jupyter]


@pytest.fixture(autouse=True)
def nobodys_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jupyter's settings and running servers in a place of the test's own."""
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / "jupyter" / name.lower()))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server; what the model says is given, settings come as `changes` and Jupyter's own by name."""
    started: list[Jupyter] = []

    def serve(
        *steps: Any,
        provider: Any = None,
        changes: dict[str, Any] | None = None,
        key: str | None = None,
        store: Store | None = None,
        **more: Any,
    ) -> Jupyter:
        config = Config(database={"path": tmp_path / "squid.duckdb"}, model={"api_key": key}).replace(changes or {})
        provider = provider or Scripted(*(steps or ("Hello ", "there", Used(3, 2))))
        set_shared(Squid(config, "ada", store=store, provider=provider))
        server = Jupyter(tmp_path, **more)
        started.append(server)
        return server.__enter__()

    yield serve
    for server in started:
        server.stop()
