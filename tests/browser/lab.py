"""JupyterLab as a test sees it: a page on one of its notebooks."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import nbformat
from axe_playwright_python.sync_playwright import Axe

from .lab_server import LabServer

SAVED_WITHIN_S = 30
ARTEFACTS = Path(os.environ.get("SQUID_TEST_RESULTS", "test-results"))


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
        place = f"lab/workspaces/{self.name}/tree" if self.server.app == "jupyterlab" else "notebooks"
        self.page.goto(f"{self.server.url}/{place}/{self.path}?token={self.server.token}")
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
        if not wait:
            self.command("notebook:run-cell")
        else:
            # To its end, when JupyterLab takes the focus back.
            self.page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-cell'); }")
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

    def wait_until_quiet(self) -> None:
        """Wait until the page has nothing left to do, such as to draw a cell and to give it the focus."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestIdleCallback(done)))")

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

    def set_settings(self, plugin: str, **values: object) -> None:
        """Save an extension's settings and open the page again."""
        self.page.evaluate(
            "([plugin, raw]) => window.jupyterapp.serviceManager.settings.save(plugin, raw)",
            [plugin, json.dumps(values)],
        )
        self.visit()

    def wait_for_saved(self, found: str, arg: Any = None) -> None:
        """Wait until the workspace on the server, from which a reload restores, is as a function of it says."""
        look = f"""async ([name, arg]) => {{
            const {{ data }} = await window.jupyterapp.serviceManager.workspaces.fetch(name);
            return Boolean(({found})(data, arg));
        }}"""
        for _ in range(SAVED_WITHIN_S * 10):
            if self.page.evaluate(look, [self.name, arg]):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"after {SAVED_WITHIN_S} s the workspace is not as wanted: {found}")

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
        while _held(self.server.database):
            self.page.wait_for_timeout(20)

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the history once all is at rest, read by another process than those that write it."""
        while True:
            self.settle()
            try:
                connection = duckdb.connect(str(self.server.database))
            except duckdb.IOException:
                continue  # somebody has taken it again in between
            try:
                return connection.execute(query).fetchall()
            finally:
                connection.close()

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


def _held(database: Path) -> bool:
    """Whether another process has the database open."""
    try:
        duckdb.connect(str(database)).close()
    except duckdb.IOException:
        return True
    return False
