"""The panel with the keyboard alone: from the shortcut to asking, reading, finding, editing and opening a session."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .panel import CODE, Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

NAME_OF_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one?.closest('#squid-nb-panel')) return null;
    return one.getAttribute('aria-label') || one.title || one.textContent.trim();
}"""

MODE = """() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    return content.node.contains(document.activeElement) ? content.mode : null;
}"""


@pytest.fixture
def press(panel: Panel) -> Any:
    """Nothing but keys from here on."""
    panel.lab.open("first = 1")
    panel.lab.select_cell(0)
    press = panel.page.keyboard.press
    press("Control+Shift+Space")
    expect(panel.box).to_be_focused()
    return press


def reach(panel: Panel, name: str, *, key: str = "Tab") -> None:
    """Press Tab until a control of this name has the focus."""
    passed = []
    for _ in range(40):
        panel.page.keyboard.press(key)
        focused = panel.page.evaluate(NAME_OF_FOCUSED)
        if focused is not None and re.match(name, focused):
            return
        passed.append(focused)
    raise AssertionError(f"{name!r} is not reached: {passed}")


def ask(panel: Panel, question: str, answer: str) -> None:
    panel.endpoint.steps = (answer,)
    count = panel.lab.answers(panel.chat).count()
    panel.page.keyboard.type(question)
    panel.page.keyboard.press("Enter")
    panel.lab.wait_for_answer(count + 1, panel.chat)


def test_ask_insert_code_and_ask_on(panel: Panel, press: Any) -> None:
    ask(panel, "Some code, please", CODE)
    expect(panel.box).to_be_focused()
    reach(panel, "Insert code", key="Shift+Tab")
    press("Enter")
    panel.lab.wait_for_cells(["first = 1", "leaked = 1"])
    reach(panel, "Message")
    ask(panel, "And more?", "No more.")
    assert panel.executed() == 0


def test_every_control_is_reached_and_shows_where_the_focus_is(panel: Panel, press: Any) -> None:
    ask(panel, "Some code, please", CODE)
    panel.tab("Chat").focus()
    reached = [panel.page.evaluate(NAME_OF_FOCUSED)]
    unmarked = []
    while (name := reached[-1]) is not None and len(reached) < 40:
        if not panel.page.evaluate(
            """() => {
                const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
                const around = getComputedStyle(document.activeElement.closest('.squid-composer') ?? document.body);
                const marked = (style, width) => style !== 'none' && parseFloat(width) >= 1;
                return marked(outlineStyle, outlineWidth) || boxShadow !== 'none'
                    || marked(around.outlineStyle, around.outlineWidth) || around.boxShadow !== 'none';
            }"""
        ):
            unmarked.append(name)
        press("Tab")
        reached.append(panel.page.evaluate(NAME_OF_FOCUSED))
    expected = {"Find in conversation (Ctrl+F)", "New chat", "Conversation", "Edit question", "Copy code",
                "Insert code", "Copy message", "Message", "Attach files", "Model", "Send"}  # fmt: skip
    assert expected <= set(reached), reached
    assert unmarked == []
    assert reached[-1] is None, "the focus must be able to leave the panel"


def test_find_edit_and_delete_with_undo(panel: Panel, press: Any) -> None:
    ask(panel, "Whi a kraken?", "A kraken is large.")
    press("Control+f")
    expect(panel.chat.get_by_role("searchbox", name="Find in conversation")).to_be_focused()
    panel.page.keyboard.type("kraken")
    panel.chat.get_by_role("search").get_by_text("2 of 2").wait_for()
    press("Enter")
    panel.chat.get_by_role("search").get_by_text("1 of 2").wait_for()
    press("Escape")
    expect(panel.box).to_be_focused()
    reach(panel, "Edit question", key="Shift+Tab")
    press("Enter")
    expect(panel.chat.get_by_role("textbox", name="Edited question")).to_be_focused()
    panel.endpoint.steps = ("It is a legend.",)
    press("Control+a")
    panel.page.keyboard.type("Why a kraken?")
    press("Enter")
    panel.lab.answers(panel.chat).filter(has_text="It is a legend.").wait_for()
    panel.lab.wait_for_answer(1, panel.chat)
    assert panel.lab.said(panel.chat) == ["Why a kraken?"]
    panel.chat.get_by_text("2/2").first.wait_for()
    panel.box.focus()
    reach(panel, "Copy message", key="Shift+Tab")
    press("End")
    assert panel.page.evaluate(NAME_OF_FOCUSED) == "Delete answer"
    press("Enter")
    panel.chat.get_by_role("button", name="Undo").wait_for()
    assert panel.page.evaluate(NAME_OF_FOCUSED) is not None, "the focus must stay in the panel"
    reach(panel, "Undo")
    press("Enter")
    panel.lab.answers(panel.chat).filter(has_text="It is a legend.").wait_for()


def test_chips_are_opened_and_removed(panel: Panel, press: Any) -> None:
    panel.page.keyboard.type("Look at @cell and")
    expect(panel.chips).to_have_count(1)
    reach(panel, "Remove cell-1.py", key="Shift+Tab")
    reach(panel, "Show what is sent|cell-1.py", key="Shift+Tab")
    press("Enter")
    panel.chat.get_by_role("region", name="What is sent as cell-1.py").wait_for()
    press("Enter")
    expect(panel.chat.get_by_role("region", name="What is sent as cell-1.py")).to_have_count(0)
    reach(panel, "Remove cell-1.py")
    press("Enter")
    expect(panel.chips).to_have_count(0)
    expect(panel.box).to_be_focused()


def test_list_is_opened_searched_and_left_with_a_session(panel: Panel, press: Any) -> None:
    ask(panel, "Where do nautiluses sleep?", "In the deep.")
    reach(panel, "New chat", key="Shift+Tab")
    press("Enter")
    expect(panel.box).to_be_focused()
    assert panel.lab.said(panel.chat) == []
    reach(panel, "^Chat$", key="Shift+Tab")
    press("ArrowRight")
    expect(panel.tab("Sessions")).to_be_focused()
    reach(panel, "Search sessions")
    panel.page.keyboard.type("nautiluses")
    rows = panel.sessions.get_by_role("listitem")
    expect(rows).to_have_count(1)
    press("ArrowDown")
    expect(rows.locator(".squid-session-open")).to_be_focused()
    press("Enter")
    panel.lab.answers(panel.chat).filter(has_text="In the deep.").wait_for()


def test_menu_of_a_dialog_keeps_the_focus_and_gives_it_back(panel: Panel, press: Any) -> None:
    ask(panel, "What was sent?", "This.")
    reach(panel, "Copy message", key="Shift+Tab")
    for _ in range(10):
        if panel.page.evaluate(NAME_OF_FOCUSED) == "What was asked of the model":
            break
        press("ArrowRight")
    press("Enter")
    dialog = panel.page.get_by_role("dialog", name="What was sent")
    dialog.wait_for()
    for _ in range(5):
        press("Tab")
        assert panel.page.evaluate(
            "() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    press("Escape")
    dialog.wait_for(state="detached")
    assert panel.page.evaluate(NAME_OF_FOCUSED) == "What was asked of the model"


def test_notebook_shortcuts_do_not_fire_in_the_panel(panel: Panel, press: Any) -> None:
    panel.page.keyboard.type("dd bb aa xx 00 m y")
    expect(panel.box).to_have_value("dd bb aa xx 00 m y")
    press("Shift+Enter")
    expect(panel.box).to_have_value("dd bb aa xx 00 m y\n")
    panel.tab("Sessions").focus()
    for key in ("b", "d", "d", "a"):
        press(key)
    assert panel.sources() == ["first = 1"]


def test_shortcut_leads_to_the_chat_and_back_to_the_cell(panel: Panel, press: Any) -> None:
    press("Control+Shift+Space")
    assert panel.page.evaluate(MODE) == "command"
    press("Enter")
    press("End")
    panel.page.keyboard.type("0")
    press("Control+Shift+Space")
    expect(panel.box).to_be_focused()
    panel.page.keyboard.type("Why?")
    press("Control+Shift+Space")
    assert panel.page.evaluate(MODE) == "edit"
    panel.page.keyboard.type("1")
    panel.lab.wait_for_cells(["first = 101"])
    expect(panel.box).to_have_value("Why?")


def test_shortcut_leads_from_a_tab_back_to_the_notebook(panel: Panel, press: Any) -> None:
    panel.lab.command("squid:open-tab")
    box = panel.lab.message_box(panel.page.locator("#jp-main-dock-panel").get_by_role("region", name="Squid chat"))
    expect(box).to_be_focused()
    press("Control+Shift+Space")
    panel.page.wait_for_function("() => document.activeElement.closest('.jp-Notebook') !== null")
    expect(box).to_be_hidden()


def test_shortcuts_of_the_whole_application_work_in_the_panel(panel: Panel, press: Any) -> None:
    panel.page.keyboard.type("Half a question")
    press("Control+b")
    expect(panel.box).to_be_hidden()
    press("Control+Shift+Space")
    expect(panel.box).to_be_focused()
    expect(panel.box).to_have_value("Half a question")
    press("Control+Shift+c")
    panel.page.wait_for_function("() => document.activeElement.closest('.lm-CommandPalette') !== null")
