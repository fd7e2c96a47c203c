"""The dashboard in a real JupyterLab: filters, copied cells, keyboard, narrow and dark, while a cell runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .lab import ARTEFACTS, Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SAMPLE = Path(__file__).parents[2] / "notebooks" / "sample-history.json"
IMPORTED = f"""
%load_ext squid_nb
import os, tempfile
from squid_nb import Squid, dashboard
from squid_nb.squid import set_shared
os.environ["SQUID_DATABASE__PATH"] = os.path.join(tempfile.mkdtemp(), "squid.duckdb")
squid = Squid()
set_shared(squid)
squid.import_({str(SAMPLE)!r})
dashboard()
"""
EMPTY = IMPORTED.replace("squid.import_(", "str(")


@pytest.fixture
def board(lab: Lab) -> Any:
    """The dashboard with the sample in it."""
    lab.open(IMPORTED, "")
    lab.run_cell(0)
    return shown(lab)


def shown(lab: Lab) -> Any:
    board = lab.page.get_by_role("region", name="Squid dashboard")
    board.get_by_role("img").first.wait_for()
    settled(lab)
    return board


def settled(lab: Lab) -> None:
    lab.page.locator(".squid-dashboard[aria-busy=false]").wait_for()


def tile(board: Any, label: str) -> str:
    return board.locator("dl > div").filter(has_text=label).locator("strong").first.inner_text()


def choose(board: Any, model: str) -> None:
    """Narrow to a model, and see that it is chosen."""
    button = board.get_by_role("group", name="Models").get_by_role("button", name=model)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def picture(board: Any, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    board.page.set_viewport_size({"width": 1280, "height": 2600})
    board.screenshot(path=ARTEFACTS / f"{name}.png")


def scan(lab: Lab, name: str) -> None:
    results = Axe().run(lab.page, context=".squid-dashboard")
    found = [f"{one['id']}: {one['help']} {one['nodes'][0]['html'][:120]}" for one in results.response["violations"]]
    assert not found, f"{name}: {found}"


def test_charts_have_names_and_tables_and_axe_finds_nothing(lab: Lab, board: Any) -> None:
    titles = board.get_by_role("heading", level=3).all_inner_texts()
    assert titles == [
        "Tokens over time", "Cost over time", "Heaviest sessions", "Files and variables",
        "Time to first token", "Speed",
    ]  # fmt: skip
    for title, image in zip(titles, board.get_by_role("img").all(), strict=True):
        assert (image.get_attribute("aria-label") or "").startswith(title)
    picture(board, "dashboard-light")
    for summary in board.locator("summary").all():
        summary.click()
    table = board.get_by_role("region", name="Table: Time to first token")
    assert table.get_by_role("columnheader").all_inner_texts() == ["Model", "Median", "95th percentile", "Calls"]
    scan(lab, "light, tables open")
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    lab.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    scan(lab, "dark, tables open")
    for summary in board.locator("summary").all():
        summary.click()
    picture(board, "dashboard-dark")
    assert lab.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_into_320_pixels(lab: Lab, board: Any, dark: bool) -> None:
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"})
    lab.page.locator(f"body[data-jp-theme-light={str(not dark).lower()}]").wait_for(state="attached")
    board.evaluate("(root) => { root.parentElement.style.width = '320px'; }")
    lab.page.wait_for_function("() => document.querySelector('.squid-bars canvas').getBoundingClientRect().width < 320")
    assert board.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    picture(board, f"dashboard-narrow-{'dark' if dark else 'light'}")
    scan(lab, "narrow")


def test_filters_apply_to_everything_and_can_be_cleared(lab: Lab, board: Any) -> None:
    calls = tile(board, "Calls")
    choose(board, "gpt-5-mini")
    tiles = board.locator("dl > div").first.locator("strong")
    expect(tiles).not_to_have_text(calls)
    assert int(tiles.inner_text()) < int(calls)
    expect(board.get_by_role("img", name=re.compile("^Speed"))).to_have_attribute(
        "aria-label", re.compile(r"^Speed: gpt-5-mini [\d.]+ tokens a second\.$")
    )
    board.get_by_label("From").fill("2026-04-01")
    board.get_by_label("To", exact=True).fill("2026-04-30")
    expect(board.get_by_role("img", name=re.compile("^Tokens over time"))).to_have_attribute(
        "aria-label", re.compile("Apr.* to Apr.*gpt-5-mini")
    )
    board.get_by_role("button", name="Clear filters").click()
    expect(tiles).to_have_text(calls)


def test_dragging_over_a_chart_narrows_the_period(lab: Lab, board: Any) -> None:
    calls = int(tile(board, "Calls"))
    canvas = board.get_by_role("img", name=re.compile("^Tokens over time"))
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=5)
    lab.page.mouse.up()
    expect(board.locator("dl > div").first.locator("strong")).not_to_have_text(str(calls))
    assert 0 < int(tile(board, "Calls")) < calls
    assert board.get_by_label("From").input_value() > "2026-03-10"


@pytest.mark.parametrize("language", ["SQL", "Python"])
def test_a_copied_cell_gives_the_numbers_of_the_chart(lab: Lab, board: Any, language: str) -> None:
    calls = tile(board, "Calls")
    choose(board, "claude-sonnet-4-5")
    expect(board.locator("dl > div").first.locator("strong")).not_to_have_text(calls)
    board.get_by_role("button", name=f"Copy as {language}: Heaviest sessions").click()
    board.get_by_role("status").filter(has_text=f"Copied as {language}").wait_for()
    text = lab.page.evaluate("() => navigator.clipboard.readText()")
    board.locator(".squid-card-sessions summary").click()
    rows = board.get_by_role("region", name="Table: Heaviest sessions").locator("tbody tr").all()
    expected = [[cell.replace(",", "") for cell in row.locator("td").all_inner_texts()] for row in rows]
    lab.page.evaluate(
        "(text) => { window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(text); }",
        text,
    )
    lab.run_cell(1)
    output = lab.output(1).locator("table tbody tr")
    output.first.wait_for()
    pasted = [row.locator("td").all_inner_texts() for row in output.all()]
    assert [(row[0], row[1], row[3]) for row in pasted] == [(row[0], row[1], row[3]) for row in expected]


def test_everything_is_reached_by_keyboard(lab: Lab, board: Any) -> None:
    board.get_by_role("button", name="Refresh").focus()
    reached = []
    for _ in range(60):
        lab.page.keyboard.press("Tab")
        name = lab.page.evaluate(
            """() => {
                const one = document.activeElement;
                if (!one?.closest('.squid-dashboard')) return null;
                return one.getAttribute('aria-label') || one.labels?.[0]?.firstChild?.textContent || one.textContent;
            }"""
        )
        if name is None:
            break
        reached.append(name.strip())
    assert {"Period", "From", "To", "gpt-5-mini", "Table", "Copy as SQL: Speed"} <= set(reached)
    assert reached[-1] == "Copy as Python: Speed"
    board.get_by_role("group", name="Models").get_by_role("button", name="gpt-4.1").press("Space")
    board.get_by_role("button", name="Clear filters").wait_for()


def test_it_works_while_a_cell_runs(lab: Lab) -> None:
    lab.open(IMPORTED, "import time\nwhile True: time.sleep(0.05)")
    lab.run_cell(0)
    board = shown(lab)
    calls = tile(board, "Calls")
    lab.run_cell(1, wait=False)
    lab.page.locator(".jp-Notebook .jp-Cell").nth(1).get_by_text("[*]").wait_for()
    choose(board, "gpt-4.1")
    expect(board.locator("dl > div").first.locator("strong")).not_to_have_text(calls)
    assert lab.page.locator(".jp-Notebook .jp-Cell").nth(1).get_by_text("[*]").is_visible()
    lab.interrupt()


def test_an_empty_history_says_what_to_do_and_refreshes(lab: Lab) -> None:
    lab.open(EMPTY, f"squid.import_({str(SAMPLE)!r})")
    lab.run_cell(0)
    board = lab.page.get_by_role("region", name="Squid dashboard")
    board.get_by_text("No model has been called yet.").wait_for()
    scan(lab, "empty")
    picture(board, "dashboard-empty")
    lab.run_cell(1)
    board.get_by_role("button", name="Refresh").click()
    shown(lab)


def test_a_failure_is_one_sentence_and_can_be_tried_again(lab: Lab, board: Any) -> None:
    lab.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource("
        "'from squid_nb.errors import StoreBusy\\n"
        "from squid_nb.conversing import dashboard_bridge\\n"
        "whole = dashboard_bridge.dashboard\\n"
        'def busy(*_): raise StoreBusy("The database is in use.", "Close it there.")\\n'
        "dashboard_bridge.dashboard = busy'); }"
    )
    lab.run_cell(1)
    board.get_by_role("button", name="Refresh").click()
    board.get_by_role("alert").filter(has_text="The database is in use. Close it there.").wait_for()
    scan(lab, "error")
    lab.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource("
        "'dashboard_bridge.dashboard = whole'); }"
    )
    lab.run_cell(1)
    board.get_by_role("button", name="Try again").click()
    board.get_by_role("alert").wait_for(state="detached")


def test_no_row_is_kept_in_the_notebook(lab: Lab, board: Any) -> None:
    lab.save()
    saved = (lab.server.notebooks / lab.path).read_text("utf-8")
    assert "permutation" not in saved
    assert "Heaviest sessions" not in re.sub(r'"_esm": "[^\n]*', "", saved)
