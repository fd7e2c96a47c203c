"""What comes back when the page is loaded again: the panel, its session, an answer under way, and the tabs."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

# JupyterLab keeps its layout and its state on the server a while after they have changed.
PANEL = """(data) => (
    data['squid-nb:panel']?.session && data['layout-restorer:data']?.left?.current === 'squid-nb-panel'
)"""
TABS = """(data, count) => {
    const kept = ([key, value]) => key.startsWith('squid-nb-tab:') && value.data.session && value.data.text;
    const tabs = Object.entries(data).filter(kept);
    const laid = JSON.stringify(data['layout-restorer:data']?.main ?? {});
    return tabs.length === count && tabs.every(([key]) => laid.includes(key));
}"""


@pytest.mark.every_lab
def test_session_and_the_running_answer_come_back(panel: Panel) -> None:
    gate = threading.Event()
    panel.endpoint.steps = ("The beginning ", gate, "and the end.")
    panel.open()
    panel.lab.ask("Tell me a story")
    panel.lab.answers().filter(has_text="The beginning").wait_for()
    panel.lab.wait_for_saved(PANEL)
    panel.lab.visit()
    panel.lab.answers().filter(has_text="The beginning").wait_for()
    gate.set()
    panel.lab.answers().filter(has_text="The beginning and the end.").wait_for()
    assert panel.lab.said(panel.chat) == ["Tell me a story"]


@pytest.mark.every_lab
def test_tabs_come_back_each_with_its_session(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    tabs = panel.page.locator(".jp-MainAreaWidget .squid-lab")
    for number, question in enumerate(("In the first tab", "In the second tab")):
        panel.lab.command("squid:open-tab")
        tab = tabs.nth(number)
        panel.lab.message_box(tab).wait_for()
        panel.lab.ask(question, tab)
        panel.lab.wait_for_answer(1, tab)
        panel.lab.message_box(tab).fill(f"More {question.lower()}")
    panel.lab.wait_for_saved(TABS, 2)
    panel.page.reload()
    for question in ("In the first tab", "In the second tab"):
        panel.page.get_by_role("tab", name=question).click()
        panel.page.locator(".squid-lab:visible").get_by_text(question).first.wait_for()
        expect(panel.lab.message_box(panel.page.locator(".squid-lab:visible"))).to_have_value(
            f"More {question.lower()}"
        )


def test_new_chat_is_still_new_after_a_reload(panel: Panel) -> None:
    panel.open()
    panel.ask("What is forgotten here")
    panel.lab.wait_for_saved(PANEL)
    panel.button("New chat").click()
    panel.lab.answers().first.wait_for(state="detached")
    panel.lab.wait_for_saved("(data) => data['squid-nb:panel']?.session === null")
    panel.lab.visit()
    panel.box.wait_for()
    expect(panel.chat.get_by_role("button", name="Explain")).not_to_have_count(0)
    assert panel.lab.said(panel.chat) == []


def test_panel_on_the_other_side_comes_back_there(panel: Panel) -> None:
    panel.open()
    panel.ask("On which side are you?")
    panel.lab.wait_for_saved(PANEL)
    panel.lab.set_settings("squid-nb:plugin", position="right")
    panel.page.locator("#jp-right-stack #squid-nb-panel").wait_for(state="attached")
    panel.show()
    panel.lab.wait_for_saved("(data) => data['layout-restorer:data']?.right?.current === 'squid-nb-panel'")
    panel.lab.visit()
    panel.page.locator("#jp-right-stack #squid-nb-panel").wait_for()
    panel.lab.answers(panel.chat).filter(has_text="Squid is here.").wait_for()
    assert panel.lab.said(panel.chat) == ["On which side are you?"]


def test_what_was_being_written_is_there_after_a_reload(panel: Panel) -> None:
    panel.open("value = 1")
    panel.box.fill("What does @cell do, and why")
    expect(panel.chips).to_have_count(1)
    panel.lab.wait_for_saved("(data) => data['squid-nb:panel']?.text === 'What does @cell do, and why'")
    panel.lab.visit()
    panel.show()
    expect(panel.box).to_have_value("What does @cell do, and why")
    expect(panel.chips.locator(".squid-attachment-name")).to_have_text(["cell-1.py"])
    panel.box.press("Enter")
    panel.lab.wait_for_answer(1, panel.chat)
    panel.lab.wait_for_saved("(data) => data['squid-nb:panel']?.text === ''")
