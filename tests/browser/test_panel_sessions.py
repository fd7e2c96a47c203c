"""The list of conversations in the panel: the session browser of the widgets, over the server."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from serving import Endpoint

from squid_nb.squid import Squid
from squid_nb.store.rows import run

from .lab_server import LabServer
from .panel import Panel, asks
from .session_list import TALKS, Sessions

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

NEWEST_FIRST = [question for question, _, _ in reversed(TALKS)]


@pytest.fixture(scope="module")
def panel_server(tmp_path_factory: pytest.TempPathFactory, panel_endpoint: Endpoint) -> Iterator[LabServer]:
    """A server with a history of its own."""
    with LabServer(tmp_path_factory.mktemp("sessions"), settings=asks(panel_endpoint)) as server:
        yield server


@pytest.fixture
def listed(panel: Panel) -> Sessions:
    """The list in the panel, with nothing but what `session_list` talks about."""
    sessions = Sessions(panel.lab, panel.lab.server.database)
    sessions.elsewhere(forget_everything)
    sessions.talk()
    panel.open()
    panel.tab("Sessions").click()
    expect(sessions.rows).to_have_count(len(TALKS))
    return sessions


def forget_everything(squid: Squid) -> None:
    for archived in (False, True):
        found = squid.sessions.select(query="", archived=archived)
        if len(found):
            found.delete()


def age(sessions: Sessions, title: str, *, days: float) -> None:
    """Let a session be this old."""

    def change(squid: Squid) -> None:
        session = squid.sessions.get(title)
        with squid.store.database.lease() as connection:
            run(
                connection,
                "update sessions set updated_at = $at where id = $id",
                at=datetime.now(UTC) - timedelta(days=days),
                id=session.id,
            )

    sessions.elsewhere(change)


def choose(sessions: Sessions, title: str, action: str) -> None:
    """Choose in the menu that a row has where it is narrow."""
    sessions.row(title).hover()
    sessions.button(f"More actions {title}").click()
    sessions.root.get_by_role("menuitem", name=action).click()


def test_search_as_you_type_marks_and_opens_what_was_found(listed: Sessions, panel: Panel) -> None:
    listed.search.press_sequentially("duck")
    expect(listed.rows).to_have_count(2)
    assert {mark.lower() for mark in listed.root.locator("mark").all_inner_texts()} == {"ducks"}
    listed.title("Plan the migration").click()
    panel.lab.answers(panel.chat).filter(has_text="First the ducks").wait_for()
    panel.tab("Sessions").click()
    expect(listed.title("Plan the migration")).to_have_attribute("aria-current", "true")


def test_groups_by_date_and_facts_of_a_session(listed: Sessions, panel: Panel) -> None:
    ages = {"Plan the migration": 1.0, "Explain the KeyError": 4, "Why is my groupby so slow?": 400}
    for title, days in ages.items():
        age(listed, title, days=days)
    panel.tab("Chat").click()
    panel.ask("How many hearts has a squid?", "Three.")
    panel.tab("Sessions").click()
    expect(listed.rows).to_have_count(len(TALKS) + 1)
    headings = [text.split("\n")[0] for text in listed.root.get_by_role("heading").all_inner_texts()]
    long_ago = datetime.now(UTC) - timedelta(days=400)
    assert headings[0] == "Today"
    assert headings[1:] == ["Yesterday", "Previous 7 days", f"{long_ago:%B %Y}"]
    facts = listed.row("How many hearts").inner_text()
    assert "2 messages" in facts
    assert "free" in facts
    assert "now" in facts
    assert "pandas" in listed.row("Why is my groupby").inner_text()


def test_sort_and_filters(listed: Sessions) -> None:
    listed.root.get_by_label("Sort by").select_option("title")
    expect(listed.root.locator(".squid-session-title > span")).to_have_text(sorted(NEWEST_FIRST))
    listed.button("Filters").click()
    listed.root.get_by_label("Filter by tag").select_option("work")
    expect(listed.rows).to_have_count(2)
    listed.button("Clear filters").click()
    expect(listed.rows).to_have_count(len(TALKS))


def test_rename_in_place_delete_with_undo_and_pin(listed: Sessions) -> None:
    choose(listed, "Explain the KeyError", "Rename")
    listed.root.get_by_label("Session title").fill("Explain it again")
    listed.page.keyboard.press("Enter")
    listed.root.get_by_text("Renamed to Explain it again.").wait_for()
    assert listed.elsewhere(lambda squid: squid.sessions.get("Explain it again").title) == "Explain it again"
    choose(listed, "Explain it again", "Delete")
    expect(listed.rows).to_have_count(len(TALKS) - 1)
    listed.button("Undo").click()
    expect(listed.rows).to_have_count(len(TALKS))
    listed.row("Why is my groupby").hover()
    listed.button("Pin Why is my groupby so slow?").click()
    listed.root.get_by_role("heading", name="Pinned").wait_for()
    assert listed.elsewhere(lambda squid: squid.sessions.get("Why is my groupby so slow?").pinned)


def test_many_are_tagged_exported_archived_and_deleted_together(listed: Sessions) -> None:
    for title in ("Explain the KeyError", "Recipe for ink pasta"):
        listed.row(title).hover()
        listed.row(title).get_by_role("checkbox").check()
    listed.root.get_by_text("2 selected").wait_for()
    listed.button("Tag").click()
    box = listed.root.get_by_role("combobox", name="Add tag")
    box.press_sequentially("pan")
    listed.root.get_by_role("option", name=re.compile("pandas")).wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    listed.root.get_by_role("button", name="Remove tag pandas").wait_for()
    assert len(listed.elsewhere(lambda squid: squid.sessions.list(tags=["pandas"]).items)) == 3
    box.press("Escape")
    listed.button("Export").click()
    listed.button("JSON").click()
    listed.root.get_by_text(re.compile(r"Exported 2 sessions to .*")).first.wait_for()
    written = list(listed.lab.server.notebooks.glob("*.json"))
    assert len(written) == 1, "the file is where the file browser shows it"
    assert "ink" in written[0].read_text("utf-8")
    listed.button("Archive").click()
    expect(listed.rows).to_have_count(2)
    listed.button("Undo").click()
    expect(listed.rows).to_have_count(4)
    listed.page.keyboard.press("Escape")
    listed.title("Plan the migration").click(modifiers=["Control"])
    listed.title("Why is my groupby").click(modifiers=["Shift"])
    listed.button("Delete").click()
    listed.root.get_by_text(re.compile("^Deleted")).first.wait_for()
    listed.button("Undo").click()
    expect(listed.rows).to_have_count(4)


@pytest.mark.parametrize("language", ["SQL", "Python"])
def test_copied_query_runs_in_the_next_cell(listed: Sessions, panel: Panel, language: str) -> None:
    listed.search.fill("duck")
    expect(listed.rows).to_have_count(2)
    shown = sorted(listed.titles())
    listed.button(f"Copy as {language}").click()
    listed.root.get_by_text(f"Copied as {language}.").first.wait_for()
    copied = panel.page.evaluate("navigator.clipboard.readText()")
    if language == "SQL":
        copied = f"from squid_nb import Squid\nsessions = Squid().history.sql({copied!r})"
    source = f"{copied}\nprint(sorted(sessions['title']))"
    panel.page.evaluate(
        "(source) => window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.setSource(source)",
        source,
    )
    panel.lab.run_cell(0)
    assert panel.lab.output(0).inner_text().strip() == str(shown)


def test_who_is_answering_now(listed: Sessions, panel: Panel) -> None:
    gate = threading.Event()
    panel.endpoint.steps = ("One ", gate, "two.")
    panel.tab("Chat").click()
    panel.lab.ask("Count slowly", panel.chat)
    panel.lab.answers(panel.chat).filter(has_text="One").wait_for()
    panel.tab("Sessions").click()
    listed.row("Count slowly").get_by_text("served-1 is answering…").wait_for()
    panel.picture("answering")
    gate.set()
    expect(listed.root.get_by_text("served-1 is answering…")).to_have_count(0)
    listed.row("Count slowly").get_by_text("2 messages").wait_for()


def test_changes_of_other_doors_arrive_by_themselves(listed: Sessions) -> None:
    listed.elsewhere(lambda squid: squid.sessions.rename("Plan the migration", "Renamed elsewhere"))
    listed.row("Renamed elsewhere").wait_for()
    listed.elsewhere(lambda squid: squid.sessions.create("Made elsewhere"))
    listed.row("Made elsewhere").wait_for()
    listed.row("Made elsewhere").get_by_text("Empty").wait_for()


def test_the_widgets_selection_is_there_in_the_next_cell(listed: Sessions, panel: Panel) -> None:
    """One history: what the panel lists is what `SessionsWidget` selects."""
    code = "from squid_nb import SessionsWidget\nwidget = SessionsWidget()\nwidget"
    panel.lab.open(code, "print(widget.selection['title'].tolist(), 'from v_sessions' in widget.sql)")
    panel.lab.run_cell(0)
    widget = panel.lab.output(0).get_by_role("region", name="Squid sessions")
    widget.get_by_role("listitem").filter(has_text="Recipe for ink pasta").hover()
    widget.get_by_role("checkbox", name="Select Recipe for ink pasta").check()
    widget.get_by_text("1 selected").wait_for()
    panel.lab.run_cell(1)
    assert panel.lab.output(1).inner_text().strip() == f"{json.loads(json.dumps(['Recipe for ink pasta']))} True"
