"""The session browser with twenty thousand sessions; what it takes is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from histories import many
from playwright.sync_api import expect

from squid_nb.store import Store

from .lab import Lab
from .session_list import WIDGET, Sessions

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

FIRST_PAGE = """
    window.squidTimes = {};
    new MutationObserver(() => {
        const times = window.squidTimes;
        if (!times.shown && document.querySelector('[aria-label="Squid sessions"]')) times.shown = performance.now();
        if (!times.filled && document.querySelector('.squid-session-title')) times.filled = performance.now();
    }).observe(document, { childList: true, subtree: true });
"""
SCROLL = """(scroller) => new Promise((resolve) => {
    const frames = [];
    let last = performance.now();
    const step = (now) => {
        frames.push(now - last);
        last = now;
        scroller.scrollTop += 300;
        if (frames.length < 240) requestAnimationFrame(step);
        else resolve(frames.slice(1));
    };
    requestAnimationFrame(step);
})"""


def test_twenty_thousand_sessions(lab: Lab, tmp_path: Path) -> None:
    sessions = Sessions(lab, tmp_path / "squid.duckdb")
    store = Store(sessions.database)
    many(store, owner_id=store.users.ensure("ada").id, sessions=20_000, messages_each=4)
    # Imported before, so that the list and not the package is measured.
    sessions.lab.open(sessions.setup, "from squid_nb import SessionsWidget\nSessionsWidget().close()", WIDGET)
    sessions.lab.run_cells(2)
    sessions.page.evaluate(FIRST_PAGE)
    sessions.lab.run_cell(2)
    sessions.rows.first.wait_for()
    expect(sessions.root.get_by_text("20,000 sessions")).to_be_visible()
    times = sessions.page.evaluate("window.squidTimes")
    print(f"\nFirst page of 20,000 sessions: {times['filled'] - times['shown']:.0f} ms after the list was shown")
    assert sessions.rows.count() < 60
    frames = sessions.root.locator(".squid-sessions-scroller").evaluate(SCROLL)
    slow = sum(frame > 25 for frame in frames)
    print(f"Scrolling: {1000 * len(frames) / sum(frames):.0f} frames a second, {slow} of {len(frames)} over 25 ms")
    sessions.rows.last.locator(".squid-session-open").focus()
    sessions.page.keyboard.press("End")
    last = sessions.root.locator('[aria-posinset="20000"]')
    expect(last.locator(".squid-session-title")).to_be_visible()
    expect(last.locator(".squid-session-open")).to_be_focused()
    sessions.page.keyboard.press("Shift+Home")
    sessions.root.get_by_text("20,000 selected").wait_for()
