"""The session browser in a real JupyterLab: search, keyboard, selection, undo, and links to the chat."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect
from serving import Endpoint

from .lab import Lab
from .session_list import APP, WIDGET, Sessions
from .test_chat_widget import through

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def sessions(lab: Lab, tmp_path: Path) -> Sessions:
    return Sessions(lab, tmp_path / "squid.duckdb")


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    sessions.talk()
    return sessions


def test_empty_history_says_so_and_the_first_session_appears(sessions: Sessions) -> None:
    sessions.open(WIDGET, "from squid_nb.squid import shared\nshared().sessions.create('The first')")
    sessions.root.get_by_text("No conversations yet").wait_for()
    sessions.scan("empty")
    sessions.picture("empty")
    sessions.lab.run_cell(2)
    sessions.row("The first").wait_for()
    assert sessions.lab.errors == []


def test_other_doors_and_other_processes_are_seen(filled: Sessions) -> None:
    filled.open(
        WIDGET,
        "from squid_nb.squid import shared\nshared().sessions.rename('Plan the migration', 'Renamed in the kernel')",
    )
    filled.row("Plan the migration").wait_for()
    filled.lab.run_cell(2)
    filled.row("Renamed in the kernel").wait_for()
    filled.elsewhere(lambda squid: squid.sessions.rename("Explain the KeyError", "Renamed elsewhere"))
    filled.row("Renamed elsewhere").wait_for()


def test_search_as_you_type_marks_what_was_found(filled: Sessions) -> None:
    filled.open()
    filled.rows.nth(3).wait_for()
    filled.search.press_sequentially("duck")
    expect(filled.rows).to_have_count(2)
    assert {mark.lower() for mark in filled.root.locator("mark").all_inner_texts()} == {"ducks"}
    assert "<b>pond</b>" in filled.row("Plan the migration").inner_text()
    expect(filled.search).to_be_focused()
    assert filled.root.get_by_label("Sort by").input_value() == "match"
    filled.search.fill("zebra")
    filled.root.get_by_text("Nothing found for “zebra”").wait_for()
    filled.scan("nothing found")
    filled.button("Show all sessions").click()
    expect(filled.rows).to_have_count(4)
    expect(filled.search).to_have_value("")


def test_filters_and_orders(filled: Sessions) -> None:
    filled.elsewhere(lambda squid: squid.sessions.archive("Recipe for ink pasta"))
    filled.elsewhere(lambda squid: squid.sessions.pin("Plan the migration"))
    filled.open()
    expect(filled.rows).to_have_count(3)
    filled.root.get_by_role("heading", name="Pinned").wait_for()
    filled.root.get_by_label("Sort by").select_option("title")
    expect(filled.root.locator(".squid-session-title > span")).to_have_text(
        ["Plan the migration", "Explain the KeyError", "Why is my groupby so slow?"]
    )
    filled.button("Filters").click()
    filled.button("Archived").click()
    expect(filled.root.locator(".squid-session-title > span")).to_have_text(["Recipe for ink pasta"])
    filled.button("Archived").click()
    filled.root.get_by_label("Filter by tag").select_option("work")
    expect(filled.rows).to_have_count(2)
    filled.button("Pinned").click()
    expect(filled.rows).to_have_count(1)
    filled.root.get_by_role("button", name="Filters, 2 set").wait_for()
    filled.scan("filters")
    filled.button("With files").click()
    filled.root.get_by_text("No session fits the filters").wait_for()
    filled.button("Clear filters").click()
    filled.root.get_by_label("Filter by model").select_option("talker-1")
    expect(filled.rows).to_have_count(3)


def test_keyboard_alone_moves_selects_renames_deletes_and_undoes(filled: Sessions) -> None:
    filled.open(WIDGET, "print(sorted(widget.selection['title']))")
    filled.rows.nth(3).wait_for()
    press = filled.page.keyboard.press
    filled.search.focus()
    press("ArrowDown")
    expect(filled.title("Recipe for ink pasta")).to_be_focused()
    press("End")
    expect(filled.title("Why is my groupby")).to_be_focused()
    press("Home")
    press("ArrowDown")
    expect(filled.title("Explain the KeyError")).to_be_focused()
    press("Space")
    press("Shift+ArrowDown")
    filled.root.get_by_text("2 selected").wait_for()
    filled.lab.run_cell(2)
    assert filled.said(2) == "['Explain the KeyError', 'Plan the migration']"
    filled.title("Plan the migration").focus()
    press("Escape")
    expect(filled.root.get_by_text("2 selected")).to_have_count(0)
    press("F2")
    filled.root.get_by_label("Session title").fill("Plan it again")
    press("Enter")
    expect(filled.title("Plan it again")).to_be_focused()
    filled.root.get_by_text("Renamed to Plan it again.").wait_for()
    assert filled.elsewhere(lambda squid: squid.sessions.get("Plan it again").title) == "Plan it again"
    press("Delete")
    filled.root.get_by_text("Deleted “Plan it again”.").first.wait_for()
    expect(filled.rows).to_have_count(3)
    press("Control+z")
    expect(filled.rows).to_have_count(4)
    press("Control+a")
    filled.root.get_by_text("4 selected").wait_for()
    # JupyterLab's own shortcuts, such as A for a new cell, have not heard any of it.
    assert filled.page.locator(".jp-Notebook .jp-Cell").count() == 3


def test_many_are_tagged_archived_exported_and_deleted_together(filled: Sessions) -> None:
    filled.open(WIDGET, "print(list(widget.selection['title']))")
    filled.rows.nth(3).wait_for()
    for title in ("Explain the KeyError", "Recipe for ink pasta"):
        filled.row(title).hover()
        filled.row(title).get_by_role("checkbox").check()
    filled.scan("selected")
    filled.button("Tag").click()
    box = filled.root.get_by_role("combobox", name="Add tag")
    box.press_sequentially("wo")
    filled.root.get_by_role("option", name=re.compile("work")).wait_for()
    filled.scan("tags")
    box.press("ArrowDown")
    box.press("Enter")
    filled.root.get_by_role("button", name="Remove tag work").wait_for()
    assert len(filled.elsewhere(lambda squid: squid.sessions.list(tags=["work"]).items)) == 4
    box.press("Escape")
    filled.button("Export").click()
    filled.button("Markdown").click()
    filled.root.get_by_text(re.compile(r"Exported 2 sessions to .*")).first.wait_for()
    written = list(filled.lab.server.notebooks.glob("*.md")) + list(filled.lab.server.notebooks.glob("*.zip"))
    assert written
    filled.button("Archive").click()
    expect(filled.rows).to_have_count(2)
    filled.button("Undo").click()
    expect(filled.rows).to_have_count(4)
    filled.title("Plan the migration").click(modifiers=["Control"])
    filled.title("Why is my groupby").click(modifiers=["Shift"])
    filled.root.get_by_text("2 selected").wait_for()
    filled.button("Delete").click()
    expect(filled.rows).to_have_count(2)
    filled.button("Undo").click()
    expect(filled.rows).to_have_count(4)


def test_copied_query_gives_the_rows_that_are_shown(filled: Sessions) -> None:
    paste = "import json\nexec(code := json.loads('''CODE'''))\nprint(list(sessions['title']))"
    filled.open(
        WIDGET, paste, "from squid_nb.squid import shared\nprint(list(shared().history.sql(widget.sql)['title']))"
    )
    filled.rows.nth(3).wait_for()
    filled.search.fill("duck")
    expect(filled.rows).to_have_count(2)
    shown = str(filled.titles())
    filled.button("Copy as SQL").click()
    filled.root.get_by_text("Copied as SQL.").first.wait_for()
    sql = filled.page.evaluate("navigator.clipboard.readText()")
    assert sql.startswith("select * from v_sessions")
    assert filled.elsewhere(lambda squid: list(squid.history.sql(sql)["title"])) == filled.titles()
    filled.button("Copy as Python").click()
    filled.root.get_by_text("Copied as Python.").first.wait_for()
    code = filled.page.evaluate("navigator.clipboard.readText()")
    filled.page.evaluate(
        """([marker, code]) => {
            const cell = window.jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel;
            cell.setSource(cell.getSource().replace(marker, () => code));
        }""",
        ["CODE", json.dumps(code).replace("\\", "\\\\")],
    )
    filled.lab.run_cell(2)
    assert filled.said(2) == shown
    filled.lab.run_cell(3)
    assert filled.said(3) == shown


def test_app_opens_in_the_chat_what_is_clicked(filled: Sessions) -> None:
    filled.open(APP, "app.chat.session_id = squid_nb.Squid().sessions.get('Plan the migration').id")
    filled.title("Recipe for ink pasta").click()
    chat = filled.lab.chat
    chat.get_by_role("article", name="Squid").filter(has_text="Take ink.").wait_for()
    expect(filled.title("Recipe for ink pasta")).to_have_attribute("aria-current", "true")
    filled.lab.run_cell(2)
    expect(filled.title("Plan the migration")).to_have_attribute("aria-current", "true")
    chat.get_by_role("article", name="Squid").filter(has_text="First the ducks").wait_for()
    wide = filled.root.bounding_box(), chat.bounding_box()
    assert abs(wide[0]["y"] - wide[1]["y"]) < 5
    assert wide[0]["x"] + wide[0]["width"] <= wide[1]["x"]
    filled.page.set_viewport_size({"width": 720, "height": 900})
    # Whichever of the two stylesheets has come last.
    for of_the_list in (False, True):
        filled.page.evaluate(
            """(ofTheList) => {
                const own = [...document.querySelectorAll('style')].filter((one) => one.textContent.includes('.squid'));
                const has = (one) => one.textContent.includes('.squid-session-open') === ofTheList;
                document.head.append(...own.filter(has));
            }""",
            of_the_list,
        )
        wait_until_stacked(filled)


def wait_until_stacked(filled: Sessions) -> None:
    filled.page.wait_for_function(
        """() => {
            const [list, chat] = ['sessions', 'chat'].map((name) => (
                document.querySelector(`[aria-label="Squid ${name}"]`).getBoundingClientRect()));
            return chat.top >= list.bottom && list.height <= 300 && chat.height > 600;
        }"""
    )


def test_who_is_answering_now(sessions: Sessions) -> None:
    gate = threading.Event()
    with Endpoint("One ", gate, "two.") as endpoint:
        sessions.open(WIDGET, through(endpoint), "for _ in shared().stream('Count slowly'):\n    pass")
        sessions.lab.run_cell(2)
        sessions.lab.run_cell(3, wait=False)
        sessions.root.get_by_text("served-1 is answering…").wait_for()
        gate.set()
        expect(sessions.root.get_by_text("served-1 is answering…")).to_have_count(0)


def test_list_works_while_a_cell_runs(filled: Sessions) -> None:
    filled.open(WIDGET, "import time\nfor _ in range(600):\n    time.sleep(0.1)")
    filled.rows.nth(3).wait_for()
    filled.lab.run_cell(2, wait=False)
    filled.page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt", has_text="[*]").wait_for()
    filled.search.fill("pasta")
    expect(filled.rows).to_have_count(1)
    filled.row("Recipe").hover()
    filled.button("Pin Recipe for ink pasta").click()
    filled.root.get_by_text("Pinned “Recipe for ink pasta”.").first.wait_for()
    assert filled.page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt").inner_text().startswith("[*]")
    filled.lab.interrupt()


def test_a_database_that_cannot_be_read_is_one_sentence_and_trying_again_works(filled: Sessions) -> None:
    filled.open(
        "import pathlib\npath = pathlib.Path(os.environ['SQUID_DATABASE__PATH'])\n"
        "bytes_ = path.read_bytes()\npath.write_bytes(b'no database')\n" + WIDGET,
        "path.write_bytes(bytes_)",
    )
    filled.root.get_by_role("heading", name="The sessions could not be read").wait_for()
    assert "Traceback" not in filled.root.inner_text()
    filled.scan("error")
    filled.picture("error")
    filled.lab.run_cell(2)
    filled.button("Try again").first.click()
    expect(filled.rows).to_have_count(4)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_narrow_cuts_nothing(filled: Sessions, dark: bool) -> None:
    filled.open(dark=dark)
    filled.rows.nth(3).wait_for()
    theme = "dark" if dark else "light"
    for pixels in (320, 300, None):
        filled.width(pixels)
        filled.scan(f"{theme} {pixels}")
        filled.picture(f"{theme}-{pixels or 'wide'}")
        overflow = filled.root.evaluate("(root) => root.scrollWidth - root.clientWidth")
        assert overflow <= 0
    filled.search.fill("duck")
    expect(filled.rows).to_have_count(2)
    filled.scan(f"{theme} searching")
    filled.picture(f"{theme}-searching")
    filled.page.keyboard.press("ArrowDown")
    filled.page.keyboard.press("Space")
    filled.root.get_by_text("1 selected").wait_for()
    filled.scan(f"{theme} selected")
    filled.picture(f"{theme}-selected")


def test_in_a_narrow_list_the_middle_of_a_row_opens_it_and_a_menu_has_the_rest(filled: Sessions) -> None:
    filled.open()
    filled.rows.nth(3).wait_for()
    filled.width(250)
    for place in range(4):
        row = filled.rows.nth(place)
        row.hover()
        row.locator(".squid-session-actions").wait_for()
        row.click()
        expect(row.locator(".squid-session-open")).to_have_attribute("aria-current", "true")
    filled.row("Recipe for ink pasta").hover()
    filled.button("More actions Recipe for ink pasta").click()
    menu = filled.page.get_by_role("menu", name="More actions Recipe for ink pasta")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    filled.picture("menu-250")
    filled.scan("menu")
    filled.page.keyboard.press("End")
    filled.page.keyboard.press("Enter")
    filled.root.get_by_text("Deleted “Recipe for ink pasta”.").first.wait_for()
    filled.button("Undo").click()
    filled.row("Recipe for ink pasta").wait_for()
