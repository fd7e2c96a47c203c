"""A Jupyter server with the extension in a process of its own, to be killed, ended and started again."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from waiting import wait_until
from websockets.sync.client import connect

from .live_server import WAIT_S, View

READY_S = 60


class JupyterProcess:
    """`jupyter server` on one database, with one model endpoint, and nothing of the person's own."""

    def __init__(self, directory: Path, *, model_url: str, **settings: str) -> None:
        self.directory = directory
        self.database = directory / "squid.duckdb"
        self.token = secrets.token_hex(16)
        self.url = ""
        self._model_url = model_url
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        config = self.directory / "config"
        config.mkdir(exist_ok=True)
        extensions = {"squid_nb": True, "jupyterlab": False, "jupyter_lsp": False}
        (config / "jupyter_server_config.json").write_text(
            json.dumps({"ServerApp": {"jpserver_extensions": extensions}})
        )
        runtime = self.directory / f"runtime-{uuid.uuid4().hex[:8]}"
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.port=0",
                    f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.directory}",
                ],
                env=self.environment(
                    JUPYTER_CONFIG_DIR=config, JUPYTER_DATA_DIR=self.directory / "data", JUPYTER_RUNTIME_DIR=runtime
                ),
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_until(lambda: self._found(runtime), timeout_s=READY_S)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def end(self) -> int:
        """End it as a person would; its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(WAIT_S)

    def kill(self) -> None:
        """As a crash or the kernel's out-of-memory killer would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What it printed."""
        return (self.directory / "server.log").read_text("utf-8", "replace")

    def client(self) -> httpx.Client:
        """Somebody with the token."""
        headers = {"Authorization": f"token {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=WAIT_S, trust_env=False)

    def view(self, client: str = "panel-0001", *, after: int = 0) -> View:
        """A view on the WebSocket."""
        url = f"{self.url.replace('http', 'ws', 1)}/ws?client={client}&after={after}"
        return View(connect(url, additional_headers={"Authorization": f"token {self.token}"}, proxy=None))

    def environment(self, **more: Any) -> dict[str, str]:
        """Of every process that works with this history."""
        own: dict[str, Any] = {
            "SQUID_DATABASE__PATH": self.database,
            "SQUID_USER__NAME": "ada",
            "SQUID_MODEL__PROVIDER": "openai",
            "SQUID_MODEL__BASE_URL": self._model_url,
            "SQUID_MODEL__NAME": "served-1",
            "SQUID_SESSION__REFINE_TITLES": "false",
            **self._settings,
            **more,
        }
        return {**os.environ, **{name: str(value) for name, value in own.items()}}

    def _found(self, runtime: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        for file in runtime.glob("jpserver-*.json"):
            try:
                told = json.loads(file.read_text())
            except json.JSONDecodeError:
                continue
            self.url = f"{told['url']}squid/api"
            try:
                return httpx.get(f"{self.url}/health", trust_env=False).status_code == 403
            except httpx.TransportError:
                return False
        return False
