"""What axe-core finds, and what a person sees: every main state, light and dark, narrow and as wide as the window."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

ANSWER = (
    "A **list**:\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```python\nx = [1]  # a comment\n```\n\n$a^2$"
)


@dataclass
class Look:
    """One theme and one width: the panel at 320 px, or a tab that fills the window."""

    panel: Panel
    chat: Any
    name: str

    def check(self, state: str) -> None:
        """No violation, nothing cut off; and a picture is kept."""
        name = f"{self.name}-{state}"
        self.panel.picture(name)
        self.panel.scan(name, within=".squid-lab")
        assert self.chat.evaluate("(root) => root.scrollWidth <= root.clientWidth + 1"), name


@pytest.fixture(params=["light", "dark"])
def dark(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "dark")


@pytest.fixture(params=[320, "full"])
def look(request: pytest.FixtureRequest, panel: Panel, dark: bool) -> Look:
    name = f"{request.param}-{'dark' if dark else 'light'}"
    panel.lab.open("value = 1", "value / 0", dark=dark)
    panel.lab.run_cells(2)
    if request.param == 320:
        panel.show()
        panel.lab.side_width(320)
        return Look(panel, panel.chat, name)
    panel.lab.command("squid:open-tab")
    root = panel.page.locator(".jp-MainAreaWidget .squid-lab")
    panel.lab.command("application:toggle-left-area")
    panel.root = root
    panel.chat = root.get_by_role("region", name="Squid chat")
    panel.sessions = root.get_by_role("region", name="Squid sessions")
    panel.box = panel.lab.message_box(panel.chat)
    panel.box.wait_for()
    return Look(panel, panel.chat, name)


def test_chat(look: Look) -> None:
    panel = look.panel
    panel.chat.get_by_role("heading", name="What are you working on?").wait_for()
    look.check("empty")
    panel.ask("Show me", ANSWER)
    panel.lab.command("squid:fix-cell")
    expect(panel.chips).to_have_count(2)
    panel.chips.get_by_role("button", name=re.compile("^error-2")).click()
    panel.chat.get_by_role("region", name="What is sent as error-2.txt").wait_for()
    look.check("answer-and-chips")
    panel.box.fill("@")
    panel.box.press_sequentially("c")
    panel.chat.get_by_role("option").first.wait_for()
    look.check("completion")
    panel.box.fill("")
    panel.box.press("Control+f")
    panel.chat.get_by_role("searchbox", name="Find in conversation").fill("list")
    panel.chat.get_by_role("search").get_by_text("1 of 1").wait_for()
    look.check("find")


def test_answers_that_ended_otherwise_and_versions(look: Look) -> None:
    panel = look.panel
    panel.ask("Why?", "The first answer.")
    panel.endpoint.steps = ("The second answer.",)
    panel.button("Regenerate answer").click()
    panel.chat.get_by_text("2/2").wait_for()
    panel.endpoint.steps = ("Half of", threading.Event())
    panel.lab.ask("And then?", panel.chat)
    panel.lab.answers(panel.chat).filter(has_text="Half of").wait_for()
    look.check("answering")
    panel.button("Stop").click()
    panel.chat.get_by_role("button", name="Continue").wait_for()
    look.check("stopped")
    panel.button("Delete question and answer").last.click()
    panel.chat.get_by_role("button", name="Undo").wait_for()
    look.check("deleted")


def test_dialogs(look: Look) -> None:
    panel = look.panel
    panel.lab.command("squid:explain-cell")
    expect(panel.chips).to_have_count(2)
    panel.box.press("Enter")
    panel.lab.wait_for_answer(1, panel.chat)
    panel.chat.get_by_role("button", name="Open cell-2.py").click()
    dialog = panel.page.get_by_role("dialog", name="cell-2.py")
    dialog.get_by_text("value / 0").first.wait_for()
    look.check("source")
    panel.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    panel.lab.answers(panel.chat).first.hover()
    panel.button("What was asked of the model").click()
    panel.page.get_by_role("dialog", name="What was sent").wait_for()
    look.check("sent")


def test_list(look: Look) -> None:
    panel = look.panel
    panel.ask("A question about ducks", "The ducks are well.")
    panel.tab("Sessions").click()
    rows = panel.sessions.get_by_role("listitem")
    rows.first.wait_for()
    Look(panel, panel.sessions, look.name).check("sessions")
    listed = Look(panel, panel.sessions, look.name)
    panel.sessions.get_by_role("button", name="Filters").click()
    panel.sessions.get_by_label("Filter by tag").wait_for()
    listed.check("sessions-filters")
    panel.sessions.get_by_role("button", name="Filters").click()
    rows.first.get_by_role("checkbox").check(force=True)
    panel.sessions.get_by_text("1 selected").wait_for()
    panel.sessions.get_by_role("button", name="Tag", exact=True).click()
    panel.sessions.get_by_role("combobox", name="Add tag").press_sequentially("wo")
    listed.check("sessions-selected")
    panel.page.keyboard.press("Escape")
    panel.sessions.get_by_role("button", name="Clear selection").click()
    panel.sessions.get_by_role("searchbox", name="Search sessions").fill("duck")
    panel.sessions.locator("mark").first.wait_for()
    listed.check("sessions-search")
