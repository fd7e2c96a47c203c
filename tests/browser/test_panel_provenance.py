"""What is stored of a question from the panel: what its chips were, which notebook was beside it, who answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def stored(panel: Panel, query: str) -> list[tuple[Any, ...]]:
    """Rows of the history, read by another process than the server."""
    return panel.lab.stored(query)


def test_chips_are_stored_as_what_they_are(panel: Panel) -> None:
    panel.open("frame = [1, 2, 3]\nprint('out' + 'put')")
    (panel.lab.server.notebooks / "notes.md").write_text("The word is *cuttlebone*.", encoding="utf-8")
    panel.lab.run_all()
    panel.box.click()
    panel.page.keyboard.type("Tell @cell @output @frame @notes.md apart, please")
    expect(panel.chips).to_have_count(4)
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    # Other tests have asked this server too.
    newest = "select max(id) from messages where role = 'user'"
    rows = stored(panel, f"select kind, name, detail from sources where message_id = ({newest}) order by name")
    assert [(kind, name) for kind, name, _ in rows] == [
        ("cell", "cell-1.py"),
        ("variable", "frame"),
        ("file", "notes.md"),
        ("cell", "output-1.txt"),
    ]
    cell, variable, _, output = (json.loads(detail) for *_, detail in rows)
    assert (cell["part"], cell["cell"], cell["notebook"]) == ("cell", 1, panel.lab.path)
    assert output["part"] == "output"
    assert variable["type"] == "list"
    path = str(panel.lab.server.notebooks / panel.lab.path)
    newest = "select role, door, notebook from messages order by id desc limit 2"
    assert sorted(stored(panel, newest)) == [("assistant", "server", path), ("user", "server", path)]


def test_mentioned_files_count_against_the_limit(panel: Panel) -> None:
    panel.open("1 + 1")
    for number in range(1, 7):
        (panel.lab.server.notebooks / f"part{number}.md").write_text(f"This is part {number}.", encoding="utf-8")
    panel.box.click()
    panel.page.keyboard.type("Join @part1.md @part2.md @part3.md @part4.md @part5.md and @part6.md with @cell, please")
    expect(panel.chips).to_have_count(6)
    expect(panel.chat.get_by_role("alert")).to_have_text("A message takes up to 5 files. Left out: “part6.md”.")
    panel.box.press("Enter")
    panel.lab.wait_for_answer()
    assert "This is part 5." in panel.sent()
    assert "This is part 6." not in panel.sent()
    assert "1 + 1" in panel.sent()


def test_another_model_answers_once(panel: Panel) -> None:
    panel.endpoint.models = ["served-1", "served-2"]
    panel.open()
    panel.ask("Who are you?", "The first.")
    picker = panel.chat.get_by_role("combobox", name="Model")
    panel.endpoint.steps = ("The second.",)
    panel.button("Regenerate with another model").click()
    panel.chat.get_by_role("menuitem").filter(has_text="served-2").click()
    answer = panel.lab.answers(panel.chat).filter(has_text="The second.")
    expect(answer.locator(".squid-footer")).to_contain_text("served-2")
    expect(panel.chat.locator(".squid-pager")).to_contain_text("2/2")
    expect(picker.locator("option:checked")).to_have_text("served-1")
    panel.ask("And now?", "The first again.")
    asked = [request["model"] for request in panel.endpoint.requests if "And now?" in json.dumps(request)]
    assert asked[0] == "served-1"
