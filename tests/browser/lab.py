"""JupyterLab as a test sees it: a server process, and a page on one of its notebooks."""

from __future__ import annotations

import json
import os
import re
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
from typing import Any

import nbformat
from axe_playwright_python.sync_playwright import Axe

READY_S = 90
ARTEFACTS = Path(os.environ.get("SQUID_TEST_RESULTS", "test-results"))


class LabServer:
    """A JupyterLab process of its own: settings, history, notebooks and kernels in one temporary directory.

    Parameters
    ----------
    directory
        Where everything is kept.
    settings
        More variables of the environment.
    """

    def __init__(self, directory: Path, *, settings: Mapping[str, str] | None = None) -> None:
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
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LabServer:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        with (self._directory / "lab.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
                    f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={self.notebooks}", "--LabApp.news_url=", "--LabApp.check_for_updates_class="
                    "jupyterlab.handlers.announcements.NeverCheckForUpdate",
                ],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._wait()
        return self

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


class Lab:
    """One page with one notebook."""

    def __init__(self, page: Any, server: LabServer, *, name: str) -> None:
        self.page = page
        self.server = server
        self.name = re.sub(r"\W+", "-", name).strip("-")
        self.path = ""
        self.errors: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, *cells: str, notebook: str | None = None, dark: bool = False) -> None:
        """Write a notebook with these code cells and open it."""
        self.path = notebook or f"{self.name}.ipynb"
        document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(document, self.server.notebooks / self.path)
        self.visit(dark=dark)

    def visit(self, *, dark: bool = False) -> None:
        """Open the notebook as it is on disk, with a started kernel."""
        self.page.goto(f"{self.server.url}/lab/workspaces/{self.name}/tree/{self.path}?token={self.server.token}")
        self.page.wait_for_function("() => window.jupyterapp !== undefined")
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        # The theme is remembered by the server, so that a test before this one may have changed it.
        self.command("apputils:change-theme", {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"})
        self.page.locator(f"body[data-jp-theme-light={str(not dark).lower()}]").wait_for(state="attached")
        self.wait_until_idle()

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Execute one of JupyterLab's commands."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }", [name, arguments or {}]
        )

    def run_all(self, *, wait: bool = True, timeout_s: float = 60) -> None:
        """Run every cell."""
        self.command("notebook:run-all-cells")
        if wait:
            self.wait_for_prompts(timeout_s=timeout_s)

    def wait_for_prompts(self, *, timeout_s: float = 60) -> None:
        """Wait until every code cell has run."""
        self.page.wait_for_function(
            """() => {
                const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
                return prompts.length > 0 && prompts.every((one) => /\\[\\d+\\]/.test(one.textContent));
            }""",
            timeout=timeout_s * 1000,
        )

    def wait_until_idle(self) -> None:
        """Wait for a kernel that is connected and has nothing to do."""
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget;
                return panel?.sessionContext?.session?.kernel?.status === 'idle';
            }"""
        )

    def run_cell(self, cell: int, *, wait: bool = True) -> None:
        """Run one cell, counted from 0."""
        self.page.evaluate(
            """(index) => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = index;
                content.deselectAll();
            }""",
            cell,
        )
        self.command("notebook:run-cell")
        if wait:
            prompt = self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-InputPrompt")
            prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for()

    def run_cells(self, count: int) -> None:
        """Run the first cells, one after the other."""
        for cell in range(count):
            self.run_cell(cell)

    def interrupt(self) -> None:
        """Interrupt the kernel."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
        self.wait_until_idle()

    def copy(self, name: str) -> None:
        """Put one of the project's notebooks where JupyterLab finds it."""
        source = Path(__file__).parents[2] / "notebooks" / name
        self.path = f"{self.name}.ipynb"
        shutil.copy(source, self.server.notebooks / self.path)

    def save(self) -> None:
        """Save the notebook and wait until it is on disk."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def select_cell(self, cell: int) -> None:
        """Make a cell the active one, in command mode."""
        self.page.evaluate(
            """(index) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                notebook.deselectAll();
                notebook.mode = 'command';
                notebook.activate();
            }""",
            cell,
        )

    def wait_for_cells(self, sources: list[str]) -> None:
        """Wait until the notebook model holds exactly these sources."""
        self.page.wait_for_function(
            """(wanted) => {
                const { cells } = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
                return JSON.stringify(cells.map((cell) => cell.getSource())) === JSON.stringify(wanted);
            }""",
            arg=sources,
        )

    def side_width(self, width: int) -> None:
        """Give the left side area this width, as dragging its edge does."""
        self.page.evaluate(
            """(width) => {
                const split = window.jupyterapp.shell._hsplitPanel;
                const right = split.relativeSizes()[2] ?? 0;
                const left = width / split.node.getBoundingClientRect().width;
                split.setRelativeSizes([left, 1 - left - right, right]);
            }""",
            width,
        )

    def set_setting(self, plugin: str, key: str, value: str) -> None:
        """Save a setting and open the page again."""
        self.page.evaluate(
            "([plugin, raw]) => window.jupyterapp.serviceManager.settings.save(plugin, raw)",
            [plugin, json.dumps({key: value})],
        )
        self.visit()

    def keep_sockets(self) -> None:
        """From the next visit on, remember the page's WebSockets."""
        self.page.add_init_script(
            """window.sockets = [];
            window.WebSocket = class extends WebSocket {
                constructor(...args) { super(...args); window.sockets.push(this); }
            };"""
        )

    def cut_sockets(self, part: str) -> None:
        """Close the WebSockets whose address has this part."""
        count = self.page.evaluate(
            """(part) => {
                const open = window.sockets.filter((one) => one.url.includes(part) && one.readyState === 1);
                for (const one of open) one.close();
                return open.length;
            }""",
            part,
        )
        assert count > 0, "there was no such socket"

    def restart_kernel(self) -> None:
        """Restart without the dialog."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.wait_until_idle()

    def output(self, cell: int) -> Any:
        """The output area of a cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    @property
    def chat(self) -> Any:
        """The chat's root in the page."""
        return self.page.get_by_role("region", name="Squid chat")

    def ask(self, text: str, chat: Any = None) -> None:
        """Type a question and send it with Enter."""
        box = self.message_box(chat)
        box.fill(text)
        box.press("Enter")

    def message_box(self, chat: Any = None) -> Any:
        """Where a question is typed."""
        return (chat or self.chat).get_by_role("textbox", name="Message")

    def attach(self, path: Path) -> None:
        """Choose a file through the `Attach files` button."""
        with self.page.expect_file_chooser() as chooser:
            self.chat.get_by_role("button", name="Attach files").click()
        chooser.value.set_files(path)

    def said(self, chat: Any) -> list[str]:
        """The questions in a transcript."""
        words = chat.get_by_role("article", name="You").locator(".squid-question")
        return [text.strip() for text in words.all_inner_texts()]

    def tab_through(self, *, limit: int) -> list[str]:
        """Names of the controls of the chat that the Tab key reaches from the focused one."""
        reached = []
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            name = self.page.evaluate(
                """() => {
                    const one = document.activeElement;
                    if (!one?.closest('[aria-label="Squid chat"]')) return null;
                    return one.getAttribute('aria-label') || one.title || one.textContent.trim();
                }"""
            )
            if name is None:
                break
            reached.append(name)
        return reached

    def narrow(self, width: int) -> None:
        """Give the chat a side panel's width."""
        self.chat.evaluate("(root, width) => { root.parentElement.style.width = `${width}px`; }", width)

    def picture(self, name: str) -> None:
        """Keep a picture of the chat among the test's artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.chat.first.screenshot(path=ARTEFACTS / f"{name}.png")

    def scan(self, name: str) -> None:
        """Fail on what axe-core finds wrong in the chat."""
        self.chat.first.wait_for()
        results = Axe().run(self.page, context="[aria-label='Squid chat']")
        found = [f"{one['id']}: {one['help']}" for one in results.response["violations"]]
        assert not found, f"{name}: {found}"

    def settle(self) -> None:
        """Wait until no answer is under way and the kernel has let go of the database."""
        self.chat.get_by_role("button", name="Send").first.wait_for()
        self.page.wait_for_timeout(300)

    def answers(self, chat: Any = None) -> Any:
        """The model's messages in the transcript."""
        return (chat or self.chat).get_by_role("article", name="Squid")

    def wait_for_answer(self, count: int = 1, chat: Any = None) -> Any:
        """The answer with this number, when it is finished."""
        root = chat or self.chat
        self.answers(root).nth(count - 1).wait_for()
        root.get_by_role("button", name="Send").wait_for()
        return self.answers(root).nth(count - 1)

    def shut_down_kernels(self) -> None:
        """End what this page has started."""
        for session in self.server.request("GET", "sessions"):
            self.server.request("DELETE", f"sessions/{session['id']}")
