"""What a question from the panel is given: the cell, what is marked, outputs, errors, variables and files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

FAILING = ("value = 1", "print('before ' + 'the error')\nvalue / 0")


def open_chip(panel: Panel, name: str) -> str:
    """What is sent as this file, as its chip shows it."""
    panel.chips.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click()
    shown = panel.chat.get_by_role("region", name=f"What is sent as {name}")
    shown.wait_for()
    return str(shown.inner_text())


# Not in every JupyterLab: 4.4 itself gives the focus back to the notebook up to 0.2 s after a cell has run.
def test_each_part_of_the_notebook_is_a_chip_that_opens_and_is_removed(panel: Panel) -> None:
    panel.open(*FAILING)
    panel.lab.run_cells(2)
    panel.lab.select_cell(1)
    panel.page.evaluate(
        """() => {
            const { editor } = window.jupyterapp.shell.currentWidget.content.activeCell;
            editor.setSelection({ start: { line: 1, column: 0 }, end: { line: 1, column: 9 } });
        }"""
    )
    panel.lab.wait_until_quiet()
    panel.box.click()
    panel.page.keyboard.type("What about @cell @selection @output @error here")
    expect(panel.chips).to_have_count(4)
    assert sorted(panel.attached()) == ["cell-2.py", "error-2.txt", "output-2.txt", "selection.py"]
    assert open_chip(panel, "cell-2.py").strip() == FAILING[1]
    assert open_chip(panel, "selection.py").strip() == "value / 0"
    assert "before the error" in open_chip(panel, "output-2.txt")
    assert "ZeroDivisionError: division by zero" in open_chip(panel, "error-2.txt")
    for name in ("cell-2.py", "selection.py", "output-2.txt"):
        panel.chips.get_by_role("button", name=f"Remove {name}").click()
    expect(panel.chips).to_have_count(1)
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    assert "ZeroDivisionError" in panel.sent()
    for name in ("cell-2.py", "selection.py", "output-2.txt"):
        assert name not in panel.sent()


def test_what_is_marked_in_an_output_is_the_selection(panel: Panel) -> None:
    panel.open("print('nautilus swims')")
    panel.lab.run_cells(1)
    panel.page.locator(".jp-Cell-outputArea pre").dblclick(position={"x": 20, "y": 8})
    panel.box.click()
    panel.page.keyboard.type("What is @selection to you?")
    expect(panel.chips).to_have_count(1)
    assert panel.attached()[0].startswith("selection.")
    assert "nautilus" in open_chip(panel, panel.attached()[0])


def test_what_is_marked_is_attached_by_a_command(panel: Panel) -> None:
    panel.open("squid = 'nautilus'")
    panel.page.locator(".jp-Notebook .cm-content").get_by_text("nautilus").first.dblclick()
    panel.page.keyboard.press("Control+Shift+C")
    panel.page.locator(".lm-CommandPalette-input").fill("Attach the Selection to Squid")
    panel.page.keyboard.press("Enter")
    expect(panel.chips).to_have_count(1)
    expect(panel.box).to_be_focused()
    assert open_chip(panel, "selection.py").strip().strip("'") == "nautilus"


@pytest.mark.every_lab
def test_fix_below_a_traceback_attaches_the_cell_and_its_error(panel: Panel) -> None:
    panel.open("value = 1", "value / 0")
    panel.lab.run_cells(2)
    panel.lab.output(1).get_by_role("button", name="Fix with Squid").click()
    expect(panel.chips).to_have_count(2)
    assert panel.attached() == ["cell-2.py", "error-2.txt"]
    assert panel.box.input_value() == "Fix this error. Show the whole corrected cell."
    assert panel.endpoint.requests == []
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    assert "value / 0" in panel.sent()
    assert "ZeroDivisionError: division by zero" in panel.sent()
    assert "\\u001b" not in panel.sent()


def test_explain_below_a_traceback_says_what_is_meant(panel: Panel) -> None:
    panel.open("value = 1", "value / 0", "value")
    panel.lab.run_cells(2)
    panel.lab.select_cell(2)
    panel.lab.output(1).get_by_role("button", name="Explain with Squid").click()
    expect(panel.chips).to_have_count(2)
    assert panel.attached() == ["cell-2.py", "error-2.txt"]
    assert panel.box.input_value() == "Explain this error."


@pytest.mark.parametrize(
    ("action", "question"),
    [
        ("Explain with Squid", "Explain this cell."),
        ("Fix with Squid", "Find and fix what is wrong with this cell."),
    ],
)
def test_context_menu_of_a_cell(panel: Panel, action: str, question: str) -> None:
    panel.open("value = 1", "print('hello')")
    panel.page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-InputArea").click(button="right")
    panel.choose(action)
    expect(panel.chips).to_have_count(1)
    assert panel.attached() == ["cell-2.py"]
    assert panel.box.input_value() == question


def test_shortcuts_explain_and_fix_in_command_mode(panel: Panel) -> None:
    panel.open("value = 1")
    for key, question in (("e", "Explain this cell."), ("f", "Find and fix what is wrong with this cell.")):
        panel.lab.select_cell(0)
        panel.page.keyboard.press("q")
        panel.page.keyboard.press(key)
        expect(panel.box).to_have_value(question)
        panel.box.fill("")
    assert panel.sources() == ["value = 1"]


def test_mentions_become_chips(panel: Panel) -> None:
    panel.open("import pandas as pd\nframe = pd.DataFrame({'tentacles': [8, 10]})\nprint('out' + 'put')")
    (panel.lab.server.notebooks / "notes.md").write_text("The word is *cuttlebone*.", encoding="utf-8")
    panel.lab.run_all()
    panel.box.click()
    panel.page.keyboard.type("Compare @cell @output @frame @notes.md, please")
    expect(panel.chips).to_have_count(4)
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    for part in ("pd.DataFrame", "output", "tentacles", "cuttlebone"):
        assert part in panel.sent()
    assert "@notes.md" not in panel.sent()


def test_mention_that_was_removed_as_chip_stays_away(panel: Panel) -> None:
    panel.open("secret = 'nautilus'")
    panel.box.click()
    panel.page.keyboard.type("Look at @cell now")
    panel.chips.get_by_role("button", name="Remove cell-1.py").click()
    panel.page.keyboard.type(" or later")
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    assert "nautilus" not in panel.sent()


def test_at_completes_parts_variables_and_files_also_while_the_kernel_is_busy(panel: Panel) -> None:
    panel.open("squid_frame = 1", "import time\nfor _ in range(600):\n    time.sleep(0.1)")
    (panel.lab.server.notebooks / "squid_notes.txt").write_text("x", encoding="utf-8")
    panel.lab.run_cell(0)
    panel.box.press_sequentially("@squid_")
    options = panel.chat.get_by_role("option")
    options.filter(has_text="squid_frame").wait_for()
    options.filter(has_text="squid_notes.txt").wait_for()
    panel.box.fill("")
    panel.lab.run_cell(1, wait=False)
    panel.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    panel.box.press_sequentially("@squid_fr")
    options.filter(has_text="squid_frame").wait_for()
    panel.box.press("Tab")
    expect(panel.box).to_have_value("@squid_frame")
    panel.box.fill("")
    panel.box.press_sequentially("@ce")
    options.filter(has_text="the cell").wait_for()
    panel.lab.interrupt()


def test_an_empty_chat_suggests_what_is_there(panel: Panel) -> None:
    panel.open("import pandas as pd\nsales = pd.DataFrame({'a': [1]})", "1 / 0")
    suggested = panel.chat.get_by_role("list", name="Suggestions")
    suggested.get_by_role("button", name="Explain an error").click()
    expect(panel.box).to_have_value("Explain this error and how to fix it:\n")
    panel.lab.run_cells(2)
    suggested.get_by_role("button", name="Explain an error").click()
    expect(panel.box).to_have_value("Explain @error and how to fix it.")
    expect(panel.box).to_be_focused()
    expect(panel.chips).to_have_count(1)
    assert panel.attached() == ["error-2.txt"]
    suggested.get_by_role("button", name="Look at my data").click()
    expect(panel.box).to_have_value("What stands out in @sales? Suggest three plots.")
    expect(panel.chips.locator(".squid-attachment-name")).to_have_text(["sales"])
