"""A JupyterLab, or a Notebook 7, as a process of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

READY_S = 90
# Whose JupyterLab is driven: another environment's where the tests of every supported version run.
PYTHON = os.environ.get("SQUID_LAB_PYTHON", sys.executable)


class LabServer:
    """A JupyterLab process of its own: settings, history, notebooks and kernels in one temporary directory.

    Parameters
    ----------
    directory
        Where everything is kept.
    settings
        More variables of the environment.
    app
        Which of the two applications.
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        app: Literal["jupyterlab", "notebook"] = "jupyterlab",
    ) -> None:
        self.app = app
        self._settings = dict(settings or {})
        self.notebooks = directory / "notebooks"
        self.notebooks.mkdir()
        # The question whether to show news covers what a picture or a click is meant for.
        news = directory / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        news.parent.mkdir(parents=True)
        news.write_text('{"fetchNews": "false"}', encoding="utf-8")
        self.database = directory / "squid.duckdb"
        self.token = secrets.token_hex(16)
        self.url = ""
        self._port = 0
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LabServer:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()
        return self

    def start(self) -> None:
        """Start it; again, on the same port, after it was killed."""
        with (self._directory / "lab.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    PYTHON, "-m", self.app, "--no-browser", "--allow-root", "--expose-app-in-browser",
                    f"--ServerApp.port={self._port}", "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}",
                    "--LabApp.news_url=", "--LabApp.check_for_updates_class="
                    "jupyterlab.handlers.announcements.NeverCheckForUpdate",
                ],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._wait()

    def kill(self) -> None:
        """End it as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def environment(self) -> dict[str, str]:
        """What the server and its kernels inherit: nothing of the person's own settings."""
        own = {
            "JUPYTER_CONFIG_DIR": self._directory / "config",
            "JUPYTER_RUNTIME_DIR": self._directory / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": self._directory / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": self._directory / "workspaces",
            "IPYTHONDIR": self._directory / "ipython",
            "SQUID_DATABASE__PATH": self.database,
            "SQUID_USER__NAME": "ada",
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SQUID_", "OPENAI_"))}
        cache = {key: os.environ[key] for key in ("SQUID_CACHE_DIR",) if key in os.environ}
        return {**kept, **cache, **{key: str(value) for key, value in own.items()}, **self._settings}

    def forget_settings(self, *plugins: str) -> None:
        """Set everything of these extensions back to its default; pages that are open do not notice."""
        for plugin in plugins:
            shutil.rmtree(self._directory / "settings" / plugin, ignore_errors=True)

    def log(self) -> str:
        """What the server printed."""
        return (self._directory / "lab.log").read_text("utf-8", "replace")

    def request(self, method: str, path: str) -> Any:
        """Call Jupyter Server's own API."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            body = response.read()
        return json.loads(body) if body else None

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended at once:\n{self.log()}")
            try:
                self.request("GET", "status")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"JupyterLab did not start within {READY_S} s:\n{self.log()}")
