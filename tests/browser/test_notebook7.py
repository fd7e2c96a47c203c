"""The same extension in Notebook 7, which has no launcher and no workspaces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Endpoint

from .lab_server import LabServer
from .panel import CODE, Panel, asks

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.every_lab]


@pytest.fixture(scope="module")
def panel_server(tmp_path_factory: pytest.TempPathFactory, panel_endpoint: Endpoint) -> Iterator[LabServer]:
    with LabServer(tmp_path_factory.mktemp("notebook"), settings=asks(panel_endpoint), app="notebook") as server:
        yield server


def test_panel_asks_inserts_fixes_and_lists(panel: Panel) -> None:
    panel.lab.open("value = 1", "value / 0")
    panel.page.locator('.jp-NotebookPanel-toolbar [data-command="squid:open-panel"]').first.click()
    panel.box.wait_for()
    panel.ask("How many hearts has a squid?", CODE)
    panel.button("Insert code").click()
    panel.lab.wait_for_cells(["value = 1", "leaked = 1", "value / 0"])
    panel.lab.command("notebook:undo-cell-action")
    panel.lab.wait_for_cells(["value = 1", "value / 0"])
    panel.lab.run_cells(2)
    panel.lab.output(1).get_by_role("button", name="Fix with Squid").click()
    panel.chips.nth(1).wait_for()
    panel.box.press("Enter")
    panel.lab.wait_for_answer(2, panel.chat)
    assert "ZeroDivisionError" in panel.sent()
    panel.picture("notebook7")
    panel.button("New chat").click()
    panel.lab.answers().first.wait_for(state="detached")
    panel.tab("Sessions").click()
    row = panel.sessions.get_by_role("listitem").filter(has_text="How many hearts")
    row.locator(".squid-session-open").click()
    panel.lab.answers(panel.chat).nth(1).wait_for()


def test_widget_in_a_cell_asks_and_inserts(panel: Panel) -> None:
    widget = "from squid_nb import ChatWidget\nChatWidget()"
    panel.lab.open(widget)
    panel.lab.run_cell(0)
    chat = panel.lab.output(0).get_by_role("region", name="Squid chat")
    panel.endpoint.steps = (CODE,)
    panel.lab.ask("Code?", chat)
    panel.lab.wait_for_answer(1, chat)
    chat.get_by_role("button", name="Insert code").click()
    panel.lab.wait_for_cells([widget, "leaked = 1"])
