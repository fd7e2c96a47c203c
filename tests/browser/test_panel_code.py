"""Code goes from an answer into the notebook through its model: below, above, instead; undone; and never run."""

from __future__ import annotations

import pytest

from .panel import CODE, Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

WIDGET = "from squid_nb import ChatWidget\nChatWidget()"
NEW = "leaked = 1"
BEFORE = ["first = 1", "second = 2"]
PLACES = [
    ("Insert Squid's Code Below", ["first = 1", NEW, "second = 2"]),
    ("Insert Squid's Code Above", [NEW, "first = 1", "second = 2"]),
]


def take_back(panel: Panel, *, before: list[str]) -> None:
    """Press Z in command mode."""
    panel.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .jp-InputPrompt").click()
    panel.page.keyboard.press("z")
    panel.lab.wait_for_cells(before)


def with_code(panel: Panel) -> None:
    panel.open(*BEFORE)
    panel.ask("Code?", CODE)


def test_commands_put_code_below_above_and_into_the_cell(panel: Panel) -> None:
    with_code(panel)
    for command, after in (("squid:insert-code-below", PLACES[0][1]), ("squid:insert-code-above", PLACES[1][1])):
        panel.lab.select_cell(0)
        panel.lab.command(command)
        panel.lab.wait_for_cells(after)
        panel.lab.command("notebook:undo-cell-action")
        panel.lab.wait_for_cells(BEFORE)
    panel.lab.select_cell(0)
    panel.lab.command("squid:insert-code-replace")
    panel.lab.wait_for_cells([NEW, "second = 2"])
    panel.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.undo()")
    panel.lab.wait_for_cells(BEFORE)
    assert panel.executed() == 0


@pytest.mark.every_lab
def test_button_on_the_code_inserts_below_and_z_takes_it_back(panel: Panel) -> None:
    with_code(panel)
    panel.button("Insert code").click()
    panel.lab.wait_for_cells(PLACES[0][1])
    take_back(panel, before=BEFORE)
    assert panel.executed() == 0


@pytest.mark.every_lab
def test_context_menu_of_the_code_inserts_below_above_and_replaces(panel: Panel) -> None:
    with_code(panel)
    block = panel.chat.locator(".squid-code code")
    for label, after in PLACES:
        panel.lab.select_cell(0)
        block.click(button="right")
        panel.choose(label)
        panel.lab.wait_for_cells(after)
        take_back(panel, before=BEFORE)
    panel.lab.select_cell(0)
    block.click(button="right")
    panel.picture("code-menu")
    panel.choose("Replace the Cell with Squid's Code")
    panel.lab.wait_for_cells([NEW, "second = 2"])
    panel.page.locator(".jp-Notebook .jp-Cell").first.locator(".cm-content").click()
    panel.page.keyboard.press("Control+z")
    panel.lab.wait_for_cells(BEFORE)
    assert panel.executed() == 0


def test_shortcuts_insert_below_and_above(panel: Panel) -> None:
    with_code(panel)
    for key, (_, after) in zip("ba", PLACES, strict=True):
        panel.lab.select_cell(0)
        panel.page.keyboard.press("q")
        panel.page.keyboard.press(key)
        panel.lab.wait_for_cells(after)
        panel.page.keyboard.press("z")
        panel.lab.wait_for_cells(BEFORE)
    assert panel.executed() == 0


def test_the_block_that_is_clicked_is_the_one_that_is_inserted(panel: Panel) -> None:
    panel.open(*BEFORE)
    panel.ask("Code?", "One:\n\n```python\none = 1\n```\n\nTwo:\n\n```python\ntwo = 2\n```\n")
    panel.lab.select_cell(1)
    panel.chat.locator(".squid-code code").first.click(button="right")
    panel.choose("Insert Squid's Code Above")
    panel.lab.wait_for_cells(["first = 1", "one = 1", "second = 2"])
    panel.button("Insert code").nth(1).click()
    panel.lab.wait_for_cells(["first = 1", "one = 1", "two = 2", "second = 2"])


@pytest.mark.every_lab
def test_widget_in_an_output_inserts_through_the_model(panel: Panel) -> None:
    panel.lab.open(WIDGET, "second = 2")
    panel.lab.run_cell(0)
    chat = panel.lab.output(0).get_by_role("region", name="Squid chat")
    panel.endpoint.steps = (CODE,)
    panel.lab.ask("Code?", chat)
    panel.lab.wait_for_answer(1, chat)
    panel.lab.select_cell(1)
    chat.get_by_role("button", name="Insert code").click()
    panel.lab.wait_for_cells([WIDGET, NEW, "second = 2"])
    panel.lab.command("notebook:undo-cell-action")
    panel.lab.wait_for_cells([WIDGET, "second = 2"])
    assert panel.executed() == 1


def test_menu_of_a_widgets_code_means_its_own_cell(panel: Panel) -> None:
    panel.lab.open("first = 1", WIDGET, "third = 3")
    panel.lab.run_cells(2)
    chat = panel.lab.output(1).get_by_role("region", name="Squid chat")
    panel.endpoint.steps = (CODE,)
    panel.lab.ask("Code?", chat)
    panel.lab.wait_for_answer(1, chat)
    panel.lab.select_cell(2)
    for label, after in (
        ("Insert Squid's Code Above", ["first = 1", NEW, WIDGET, "third = 3"]),
        ("Insert Squid's Code Below", ["first = 1", WIDGET, NEW, "third = 3"]),
    ):
        chat.locator(".squid-code code").click(button="right")
        panel.choose(label)
        panel.lab.wait_for_cells(after)
        panel.lab.command("notebook:undo-cell-action")
        panel.lab.wait_for_cells(["first = 1", WIDGET, "third = 3"])
    assert panel.executed() == 2


def test_a_read_only_cell_is_not_replaced_and_the_code_is_copied(panel: Panel) -> None:
    with_code(panel)
    panel.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets[0].model.setMetadata('editable', false)"
    )
    panel.lab.select_cell(0)
    panel.chat.locator(".squid-code code").click(button="right")
    panel.choose("Replace the Cell with Squid's Code")
    panel.page.get_by_text("No notebook takes the code, so it was copied.").first.wait_for()
    assert panel.sources() == BEFORE
    assert panel.page.evaluate("navigator.clipboard.readText()").strip() == NEW
