"""The JupyterLab extension in a real JupyterLab: panel, tabs, commands, mentions, insertion, settings."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from serving import Endpoint

from .lab import ARTEFACTS, Lab, LabServer

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

COMMANDS = {
    "open-panel", "open-tab", "new-chat", "show-sessions", "open-session", "focus-composer", "explain-cell",
    "fix-cell", "attach-selection", "insert-code-below", "insert-code-above", "insert-code-replace",
}  # fmt: skip
CODE = "Here:\n\n```python\nleaked = 1\n```\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """What the server asks; a test says with `steps` what it answers."""
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> Iterator[LabServer]:
    settings = {"SQUID_MODEL__BASE_URL": endpoint.url, "SQUID_MODEL__NAME": "served-1"}
    with LabServer(tmp_path_factory.mktemp("panel"), settings=settings) as server:
        yield server


@pytest.fixture(autouse=True)
def plain_answer(endpoint: Endpoint) -> None:
    endpoint.steps = ("Squid is here.",)
    endpoint.requests.clear()


def open_panel(lab: Lab) -> Any:
    lab.command("squid:open-panel")
    lab.message_box().wait_for()
    return lab.page.locator("#squid-nb-panel")


def chips(lab: Lab) -> Any:
    return lab.chat.get_by_role("list", name="Files to send").get_by_role("listitem")


def cells(lab: Lab) -> list[str]:
    """The sources in the notebook model, which is what would be saved."""
    found: list[str] = lab.page.evaluate(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            return panel.content.model.sharedModel.cells.map((cell) => cell.getSource());
        }"""
    )
    return found


def executed(lab: Lab) -> int:
    prompts = lab.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    return sum(re.match(r"\[\d+\]", prompt) is not None for prompt in prompts)


def sent(endpoint: Endpoint) -> str:
    """What the model was given; a title may have been asked for behind the answer."""
    return json.dumps(endpoint.requests)


def test_panel_opens_asks_and_streams(lab: Lab, endpoint: Endpoint) -> None:
    gate = threading.Event()
    endpoint.steps = ("The beginning ", gate, "and the end.")
    lab.open("1 + 1")
    open_panel(lab)
    lab.ask("Tell me a story")
    lab.answers().filter(has_text="The beginning").wait_for()
    assert lab.chat.get_by_role("button", name="Stop").is_visible()
    gate.set()
    lab.answers().filter(has_text="The beginning and the end.").wait_for()
    assert lab.errors == []


def test_every_command_is_there(lab: Lab) -> None:
    lab.open("1 + 1")
    found = lab.page.evaluate("() => window.jupyterapp.commands.listCommands().filter((id) => id.startsWith('squid:'))")
    assert {name.removeprefix("squid:") for name in found} == COMMANDS
    labels = lab.page.evaluate("(ids) => ids.map((id) => window.jupyterapp.commands.label(id))", found)
    assert all(labels)


def test_toolbar_button_opens_the_panel(lab: Lab) -> None:
    lab.open("1 + 1")
    lab.page.locator('.jp-NotebookPanel-toolbar [data-command="squid:open-panel"]').first.click()
    lab.message_box().wait_for()


def test_reload_brings_the_session_and_the_running_answer_back(lab: Lab, endpoint: Endpoint) -> None:
    gate = threading.Event()
    endpoint.steps = ("The beginning ", gate, "and the end.")
    lab.open("1 + 1")
    open_panel(lab)
    lab.ask("Tell me a story")
    lab.answers().filter(has_text="The beginning").wait_for()
    lab.page.wait_for_timeout(1500)  # JupyterLab saves its layout and its state a while after they have changed
    lab.visit()
    lab.answers().filter(has_text="The beginning").wait_for()
    gate.set()
    lab.answers().filter(has_text="The beginning and the end.").wait_for()
    assert lab.said(lab.chat) == ["Tell me a story"]


def test_kernel_restart_and_a_busy_kernel_do_not_concern_the_panel(lab: Lab) -> None:
    lab.open("import time\nwhile True:\n    time.sleep(0.1)")
    open_panel(lab)
    lab.run_cell(0, wait=False)
    lab.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    lab.ask("While it is busy")
    lab.wait_for_answer()
    lab.restart_kernel()
    lab.ask("After a restart")
    lab.wait_for_answer(2)
    assert lab.said(lab.chat) == ["While it is busy", "After a restart"]


def test_tab_in_the_main_area(lab: Lab) -> None:
    lab.open("1 + 1")
    lab.command("squid:open-tab")
    tab = lab.page.locator(".jp-MainAreaWidget .squid-lab")
    lab.message_box(tab).wait_for()
    lab.ask("In a tab", tab)
    lab.wait_for_answer(1, tab)
    lab.page.wait_for_timeout(1500)
    lab.page.reload()
    lab.page.get_by_role("tab", name="Squid Chat").click()
    lab.answers(lab.page.locator(".jp-MainAreaWidget .squid-lab")).filter(has_text="Squid is here.").wait_for()


def test_sessions_are_listed_and_opened(lab: Lab) -> None:
    lab.open("1 + 1")
    panel = open_panel(lab)
    lab.ask("Where do cuttlefish live")
    lab.wait_for_answer()
    lab.chat.get_by_role("button", name="New chat").click()
    lab.answers().first.wait_for(state="detached")
    panel.get_by_role("tab", name="Sessions").click()
    panel.locator(".squid-session-open").first.click(position={"x": 24, "y": 10})
    lab.answers().filter(has_text="Squid is here.").wait_for()


def test_fix_attaches_the_cell_and_its_error(lab: Lab, endpoint: Endpoint) -> None:
    lab.open("value = 1", "value / 0")
    open_panel(lab)
    lab.run_cells(2)
    lab.output(1).get_by_role("button", name="Fix with Squid").click()
    chips(lab).nth(1).wait_for()
    assert [re.sub(r"\s.*", "", text) for text in chips(lab).all_inner_texts()] == ["cell-2.py", "error-2.txt"]
    assert endpoint.requests == []
    lab.message_box().press("Enter")
    lab.wait_for_answer()
    assert "value / 0" in sent(endpoint)
    assert "ZeroDivisionError: division by zero" in sent(endpoint)
    assert "\\u001b" not in sent(endpoint)


def test_explain_in_the_context_menu_of_a_cell(lab: Lab) -> None:
    lab.open("value = 1", "print('hello')")
    open_panel(lab)
    lab.page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-InputArea").click(button="right")
    lab.page.locator(".lm-Menu-item", has_text="Explain with Squid").click()
    assert chips(lab).first.inner_text().startswith("cell-2.py")
    assert lab.message_box().input_value() == "Explain this cell."


def test_chips_can_be_opened_and_removed_before_sending(lab: Lab, endpoint: Endpoint) -> None:
    lab.open("secret = 'nautilus'")
    open_panel(lab)
    lab.command("squid:explain-cell")
    chips(lab).get_by_role("button", name=re.compile("^cell-1")).click()
    lab.chat.get_by_role("region", name="What is sent as cell-1.py").get_by_text("nautilus").wait_for()
    chips(lab).get_by_role("button", name="Remove cell-1.py").click()
    lab.message_box().press("Enter")
    lab.wait_for_answer()
    assert "nautilus" not in sent(endpoint)


def test_mentions_become_chips(lab: Lab, endpoint: Endpoint) -> None:
    lab.open("import pandas as pd\nframe = pd.DataFrame({'tentacles': [8, 10]})\nprint('out' + 'put')")
    (lab.server.notebooks / "notes.md").write_text("The word is *cuttlebone*.", encoding="utf-8")
    open_panel(lab)
    lab.run_all()
    lab.message_box().click()
    lab.page.keyboard.type("Compare @cell @output @frame @notes.md, please")
    chips(lab).nth(3).wait_for()
    lab.message_box().press("Enter")
    lab.wait_for_answer()
    for part in ("pd.DataFrame", "output", "tentacles", "cuttlebone"):
        assert part in sent(endpoint)
    assert "@notes.md" not in sent(endpoint)


def test_mention_that_was_removed_as_chip_stays_away(lab: Lab, endpoint: Endpoint) -> None:
    lab.open("secret = 'nautilus'")
    open_panel(lab)
    lab.message_box().click()
    lab.page.keyboard.type("Look at @cell now")
    chips(lab).get_by_role("button", name="Remove cell-1.py").click()
    lab.page.keyboard.type(" or later")
    lab.message_box().press("Enter")
    lab.wait_for_answer()
    assert "nautilus" not in sent(endpoint)


def test_at_completes_parts_variables_and_files_also_while_the_kernel_is_busy(lab: Lab) -> None:
    lab.open("squid_frame = 1", "import time\nfor _ in range(600):\n    time.sleep(0.1)")
    (lab.server.notebooks / "squid_notes.txt").write_text("x", encoding="utf-8")
    open_panel(lab)
    lab.run_cell(0)
    box = lab.message_box()
    box.press_sequentially("@squid_")
    options = lab.chat.get_by_role("option")
    options.filter(has_text="squid_frame").wait_for()
    options.filter(has_text="squid_notes.txt").wait_for()
    box.fill("")
    lab.run_cell(1, wait=False)
    lab.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    box.press_sequentially("@squid_fr")
    options.filter(has_text="squid_frame").wait_for()
    box.fill("")
    box.press_sequentially("@se")
    options.filter(has_text="selection").wait_for()
    lab.interrupt()


def test_code_goes_below_above_and_into_the_cell_and_can_be_undone(lab: Lab, endpoint: Endpoint) -> None:
    endpoint.steps = (CODE,)
    lab.open("first = 1", "second = 2")
    open_panel(lab)
    lab.ask("Code?")
    lab.wait_for_answer()
    before = cells(lab)
    for command, after in (
        ("squid:insert-code-below", ["first = 1", "leaked = 1", "second = 2"]),
        ("squid:insert-code-above", ["leaked = 1", "first = 1", "second = 2"]),
    ):
        lab.select_cell(0)
        lab.command(command)
        lab.wait_for_cells(after)
        lab.command("notebook:undo-cell-action")
        lab.wait_for_cells(before)
    lab.select_cell(0)
    lab.command("squid:insert-code-replace")
    lab.wait_for_cells(["leaked = 1", "second = 2"])
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.undo()")
    lab.wait_for_cells(before)
    assert executed(lab) == 0


def test_insert_button_of_the_panel(lab: Lab, endpoint: Endpoint) -> None:
    endpoint.steps = (CODE,)
    lab.open("first = 1", "second = 2")
    open_panel(lab)
    lab.ask("Code?")
    lab.wait_for_answer()
    lab.chat.get_by_role("button", name="Insert code").click()
    lab.wait_for_cells(["first = 1", "leaked = 1", "second = 2"])
    assert executed(lab) == 0


def test_widget_in_an_output_inserts_through_the_model(lab: Lab, endpoint: Endpoint) -> None:
    endpoint.steps = (CODE,)
    lab.open("from squid_nb import ChatWidget\nChatWidget()", "second = 2")
    lab.run_cell(0)
    lab.ask("Code?")
    lab.wait_for_answer()
    lab.select_cell(1)
    lab.chat.get_by_role("button", name="Insert code").click()
    lab.wait_for_cells(["from squid_nb import ChatWidget\nChatWidget()", "leaked = 1", "second = 2"])
    lab.command("notebook:undo-cell-action")
    lab.wait_for_cells(["from squid_nb import ChatWidget\nChatWidget()", "second = 2"])
    assert executed(lab) == 1


def test_socket_that_is_cut_comes_back_and_nothing_is_lost(lab: Lab, endpoint: Endpoint) -> None:
    gate = threading.Event()
    endpoint.steps = ("The beginning ", gate, "and the end.")
    lab.open("1 + 1")
    lab.keep_sockets()
    lab.visit()
    open_panel(lab)
    lab.ask("Tell me a story")
    lab.answers().filter(has_text="The beginning").wait_for()
    lab.cut_sockets("squid/api/ws")
    gate.set()
    lab.answers().filter(has_text="The beginning and the end.").wait_for()
    lab.wait_for_answer()
    assert lab.said(lab.chat) == ["Tell me a story"]


def test_setting_swaps_the_send_key(lab: Lab) -> None:
    lab.open("1 + 1")
    open_panel(lab)
    lab.set_setting("squid-nb:plugin", "sendKey", "shift-enter")
    try:
        open_panel(lab)
        box = lab.message_box()
        box.fill("One line")
        box.press("Enter")
        assert box.input_value() == "One line\n"
        box.press("Shift+Enter")
        lab.wait_for_answer()
    finally:
        lab.set_setting("squid-nb:plugin", "sendKey", "default")


def test_panel_moves_to_the_other_side(lab: Lab) -> None:
    lab.open("1 + 1")
    open_panel(lab)
    lab.set_setting("squid-nb:plugin", "position", "right")
    try:
        lab.page.locator("#jp-right-stack #squid-nb-panel").wait_for(state="attached")
    finally:
        lab.set_setting("squid-nb:plugin", "position", "left")
    lab.page.locator("#jp-left-stack #squid-nb-panel").wait_for(state="attached")


def test_keyboard_alone_is_enough(lab: Lab, endpoint: Endpoint) -> None:
    endpoint.steps = (CODE,)
    lab.open("first = 1")
    lab.select_cell(0)
    lab.page.keyboard.press("Control+Shift+Space")
    lab.page.wait_for_function("() => document.activeElement?.getAttribute('aria-label') === 'Message'")
    lab.page.keyboard.type("Some code, please")
    lab.page.keyboard.press("Enter")
    lab.wait_for_answer()
    lab.chat.get_by_role("button", name="New chat").focus()
    assert {"Copy code", "Insert code", "Message"} <= set(lab.tab_through(limit=30))
    lab.page.get_by_role("tab", name="Chat").focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.get_by_role("searchbox", name="Search sessions").wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [300, 620])
def test_accessible_in_every_theme_and_width(lab: Lab, endpoint: Endpoint, dark: bool, width: int) -> None:
    endpoint.steps = (CODE,)
    lab.open("value = 1", "value / 0", dark=dark)
    lab.run_cells(2)
    panel = open_panel(lab)
    lab.side_width(width)
    lab.ask("Show me")
    lab.wait_for_answer()
    lab.command("squid:fix-cell")
    chips(lab).first.wait_for()
    name = f"panel-{width}-{'dark' if dark else 'light'}"
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    lab.page.screenshot(path=ARTEFACTS / f"{name}.png")
    axe(lab, name)
    assert lab.chat.evaluate("root => root.scrollWidth <= root.clientWidth + 1")
    panel.get_by_role("tab", name="Sessions").click()
    panel.get_by_role("listitem").first.wait_for()
    lab.page.screenshot(path=ARTEFACTS / f"{name}-sessions.png")
    axe(lab, f"{name}-sessions")


def axe(lab: Lab, name: str) -> None:
    results = Axe().run(lab.page, context="#squid-nb-panel")
    found = [f"{one['id']}: {one['help']}" for one in results.response["violations"]]
    assert not found, f"{name}: {found}"


def test_launcher_card_and_menu_entry(lab: Lab) -> None:
    lab.open("1 + 1")
    lab.command("launcher:create")
    lab.page.locator(".jp-LauncherCard", has_text="Squid Chat").wait_for()
    lab.page.locator(".lm-MenuBar-item", has_text="View").click()
    lab.page.locator(".lm-Menu-item", has_text="Open Squid in a New Tab").wait_for()


def test_installed_extension_is_listed() -> None:
    root = Path(__file__).parents[2]
    package = json.loads((root / "squid_nb" / "labextension" / "package.json").read_text("utf-8"))
    assert package["name"] == "squid-nb"
    assert (root / "squid_nb" / "labextension" / package["jupyterlab"]["_build"]["load"]).is_file()
