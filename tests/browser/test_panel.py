"""The JupyterLab extension in a real JupyterLab: its panel, the ways to it, and what it does not depend on."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .lab_server import PYTHON, LabServer
from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

COMMANDS = {
    "open-panel", "open-tab", "new-chat", "show-sessions", "open-session", "focus-composer", "explain-cell",
    "fix-cell", "attach-selection", "insert-code-below", "insert-code-above", "insert-code-replace", "open-link",
}  # fmt: skip
NEED_ARGUMENTS = {"open-session", "open-link"}


@pytest.mark.every_lab
def test_installing_is_enough() -> None:
    listed = subprocess.run([PYTHON, "-m", "jupyter", "labextension", "list"], capture_output=True, text=True)
    line = next(line for line in (listed.stdout + listed.stderr).splitlines() if "squid-nb" in line)
    assert "enabled" in line
    assert "OK" in line
    served = subprocess.run([PYTHON, "-m", "jupyter", "server", "extension", "list"], capture_output=True, text=True)
    assert "squid_nb" in served.stdout + served.stderr


def test_labextension_is_prebuilt() -> None:
    root = Path(__file__).parents[2]
    package = json.loads((root / "squid_nb" / "labextension" / "package.json").read_text("utf-8"))
    assert package["name"] == "squid-nb"
    assert (root / "squid_nb" / "labextension" / package["jupyterlab"]["_build"]["load"]).is_file()


@pytest.mark.every_lab
def test_panel_opens_asks_and_streams(panel: Panel) -> None:
    gate = threading.Event()
    panel.endpoint.steps = ("The beginning ", gate, "and the end.")
    panel.open()
    panel.lab.ask("Tell me a story")
    panel.lab.answers().filter(has_text="The beginning").wait_for()
    assert panel.button("Stop").is_visible()
    gate.set()
    panel.lab.answers().filter(has_text="The beginning and the end.").wait_for()
    assert panel.lab.errors == []


@pytest.mark.every_lab
def test_every_command_is_there(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    found = panel.page.evaluate(
        "() => window.jupyterapp.commands.listCommands().filter((id) => id.startsWith('squid:'))"
    )
    assert {name.removeprefix("squid:") for name in found} == COMMANDS
    labels = panel.page.evaluate("(ids) => ids.map((id) => window.jupyterapp.commands.label(id))", found)
    assert all(labels)


def test_palette_offers_every_command_that_needs_no_arguments(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    panel.page.keyboard.press("Control+Shift+C")
    panel.page.locator(".lm-CommandPalette-input").fill("squid")
    items = panel.page.locator(".lm-CommandPalette-item[data-command^='squid:']")
    expect(items).to_have_count(len(COMMANDS - NEED_ARGUMENTS))
    items.filter(has_text="Ask Squid").click()
    panel.box.wait_for()
    expect(panel.box).to_be_focused()


@pytest.mark.every_lab
def test_toolbar_button_opens_the_panel(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    panel.page.locator('.jp-NotebookPanel-toolbar [data-command="squid:open-panel"]').first.click()
    panel.box.wait_for()


@pytest.mark.every_lab
def test_launcher_card_opens_a_chat(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    panel.lab.command("launcher:create")
    panel.page.locator(".jp-LauncherCard", has_text="Squid Chat").click()
    tab = panel.page.locator(".jp-MainAreaWidget .squid-lab")
    panel.lab.message_box(tab).wait_for()
    panel.lab.ask("In a tab", tab)
    panel.lab.wait_for_answer(1, tab)


def test_menu_opens_the_panel_the_list_and_a_chat(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    view = panel.page.locator(".lm-MenuBar-item", has_text="View")
    view.click()
    panel.choose("Show Squid Sessions")
    expect(panel.sessions.get_by_role("searchbox", name="Search sessions")).to_be_focused()
    panel.tab("Chat").click()
    view.click()
    panel.choose("Open Squid in a New Tab")
    panel.lab.message_box(panel.page.locator(".jp-MainAreaWidget .squid-lab")).wait_for()
    panel.lab.command("application:toggle-left-area")
    expect(panel.root).to_be_hidden()
    view.click()
    panel.page.get_by_role("menuitem", name="Open Squid", exact=True).click()
    expect(panel.box).to_be_visible()


@pytest.mark.every_lab
def test_sessions_are_listed_and_opened(panel: Panel) -> None:
    panel.open()
    panel.ask("Where do cuttlefish live")
    panel.button("New chat").click()
    panel.lab.answers().first.wait_for(state="detached")
    panel.tab("Sessions").click()
    panel.sessions.get_by_role("listitem").filter(has_text="Where do cuttlefish live").locator(
        ".squid-session-open"
    ).click(position={"x": 24, "y": 10})
    panel.lab.answers().filter(has_text="Squid is here.").wait_for()


def test_kernel_restart_and_a_busy_kernel_do_not_concern_the_panel(panel: Panel) -> None:
    panel.open("import time\nwhile True:\n    time.sleep(0.1)")
    panel.lab.run_cell(0, wait=False)
    panel.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    panel.ask("While it is busy")
    panel.lab.restart_kernel()
    panel.ask("After a restart")
    assert panel.lab.said(panel.chat) == ["While it is busy", "After a restart"]


def test_panel_works_without_any_notebook(panel: Panel) -> None:
    panel.open()
    panel.lab.save()
    panel.lab.command("application:close-all")
    panel.page.locator(".jp-Notebook").wait_for(state="detached")
    panel.ask("Code?", "Here:\n\n```python\nleaked = 1\n```\n")
    panel.button("Insert code").click()
    panel.chat.get_by_text("There is no notebook to insert into, so the code was copied.").first.wait_for()
    assert panel.page.evaluate("navigator.clipboard.readText()").strip() == "leaked = 1"


def test_socket_that_is_cut_comes_back_and_nothing_is_lost(panel: Panel) -> None:
    gate = threading.Event()
    panel.endpoint.steps = ("The beginning ", gate, "and the end.")
    panel.lab.open("1 + 1")
    panel.lab.keep_sockets()
    panel.lab.visit()
    panel.show()
    panel.lab.ask("Tell me a story")
    panel.lab.answers().filter(has_text="The beginning").wait_for()
    panel.lab.cut_sockets("squid/api/ws")
    gate.set()
    panel.lab.answers().filter(has_text="The beginning and the end.").wait_for()
    panel.lab.wait_for_answer()
    assert panel.lab.said(panel.chat) == ["Tell me a story"]


def test_an_answer_that_ends_out_of_sight_is_told(panel: Panel) -> None:
    gate = threading.Event()
    panel.endpoint.steps = ("It is ", gate, "done.")
    panel.open()
    panel.lab.ask("Take your time")
    panel.lab.answers().filter(has_text="It is").wait_for()
    expect(panel.chat.get_by_role("img", name="Squid is writing")).to_be_visible()
    panel.lab.command("application:toggle-left-area")
    expect(panel.box).to_be_hidden()
    gate.set()
    toast = panel.page.locator(".Toastify__toast", has_text="Squid has answered: “Take your time”")
    toast.get_by_role("button", name="Show").click()
    expect(panel.lab.answers(panel.chat).filter(has_text="It is done.")).to_be_visible()
    panel.ask("And in sight?", "Seen.")
    expect(panel.page.locator(".Toastify__toast", has_text="And in sight?")).to_have_count(0)


def test_a_typed_import_is_told_cancelled_and_done(panel: Panel, panel_server: LabServer) -> None:
    talk = [{"from": ("human", "gpt")[turn % 2], "value": f"{turn} " + 500 * "word "} for turn in range(20)]
    file = panel_server.notebooks / "talks.json"
    file.write_text(json.dumps([{"id": str(number), "conversations": talk} for number in range(1500)]), "utf-8")
    panel.open()
    panel.lab.ask("/import talks.json", panel.chat)
    bar = panel.chat.get_by_role("progressbar", name=re.compile("Importing, [1-9]"))
    bar.wait_for()
    panel.picture("importing")
    panel.scan("importing")
    panel.button("Cancel").click()
    note = panel.chat.get_by_role("complementary", name="Note")
    note.filter(has_text="Cancelled: what had been imported so far is kept").wait_for()
    expect(bar).to_have_count(0)
    panel.tab("Sessions").click()
    expect(panel.sessions.get_by_role("listitem").first).to_be_visible()
