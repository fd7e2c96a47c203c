"""Reading a conversation in the panel: where the view stays, what came meanwhile, and what an answer took."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import expect

from squid_nb.store import Store

from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(60))
DISTANCE = "(log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)"


@pytest.fixture
def log(panel: Panel) -> Any:
    """What scrolls."""
    panel.open()
    return panel.chat.get_by_role("log")


def wait_at_the_end(panel: Panel) -> None:
    panel.page.wait_for_function(
        """() => {
            const log = document.querySelector('#squid-nb-panel [role=log]');
            return log.scrollHeight > log.clientHeight && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
        }"""
    )


def scroll_to_top(panel: Panel, log: Any) -> None:
    """Turn the wheel as a reader does, until the beginning is there."""
    log.hover()
    panel.page.mouse.wheel(0, -100_000)
    panel.page.wait_for_function("() => document.querySelector('#squid-nb-panel [role=log]').scrollTop === 0")


def test_view_follows_the_answer_until_somebody_reads_elsewhere(panel: Panel, log: Any) -> None:
    more, end = threading.Event(), threading.Event()
    panel.endpoint.steps = (LONG, more, "\n\nIn the middle.\n\n", LONG, end, "\n\nThe end.")
    panel.lab.ask("Tell me everything", panel.chat)
    answer = panel.lab.answers(panel.chat)
    answer.filter(has_text="Paragraph 59").wait_for()
    wait_at_the_end(panel)
    scroll_to_top(panel, log)
    more.set()
    answer.filter(has_text="In the middle.").wait_for()
    jump = panel.chat.get_by_role("button", name="Jump to latest")
    expect(jump).to_be_visible()
    assert log.evaluate("(log) => log.scrollTop") == 0
    panel.picture("reading")
    jump.click()
    wait_at_the_end(panel)
    expect(jump).to_have_count(0)
    end.set()
    answer.filter(has_text="The end.").wait_for()
    wait_at_the_end(panel)


def test_what_came_meanwhile_is_counted(panel: Panel, log: Any) -> None:
    panel.ask("Tell me everything", LONG)
    wait_at_the_end(panel)
    scroll_to_top(panel, log)
    say_elsewhere(panel, "From the other notebook", "An answer there.")
    jump = panel.chat.get_by_role("button", name="Jump to latest (2)")
    expect(jump).to_be_visible()
    panel.scan("unread")
    panel.picture("unread")
    jump.focus()
    panel.page.keyboard.press("Enter")
    panel.lab.answers(panel.chat).filter(has_text="An answer there.").wait_for()
    wait_at_the_end(panel)
    expect(jump).to_have_count(0)


def say_elsewhere(panel: Panel, question: str, answer: str) -> None:
    """A turn in the newest session, by another process than the server's."""
    store = Store(panel.lab.server.database)
    try:
        owner = store.users.ensure("ada").id
        session = store.sessions.list(owner_id=owner, limit=1).items[0]
        turn = store.open_turn(user_id=owner, session_id=session.id, question=question)
        store.close_turn(turn.answer.id, content=answer, status="complete")
    finally:
        store.close()


def test_footer_says_model_tokens_time_and_cost(panel: Panel, log: Any) -> None:
    footer = panel.ask("How much?", "This ", "much.").locator("footer")
    texts = footer.locator("span").all_inner_texts()
    assert texts[:2] == ["served-1", "3 in, 2 out"]
    assert texts[2].endswith(("ms", "s"))
    assert texts[3] == "free, runs locally"
    assert footer.get_by_title("Tokens in and out, as counted by the model").count() == 1


def test_footer_marks_what_is_estimated(panel: Panel, log: Any) -> None:
    panel.endpoint.counts_tokens = False
    footer = panel.ask("How much?", "This much, more or less.").locator("footer")
    estimated = footer.get_by_title("Estimated: the model did not report how many tokens it used")
    assert estimated.inner_text().startswith("~")
    assert estimated.inner_text().count("~") == 2
