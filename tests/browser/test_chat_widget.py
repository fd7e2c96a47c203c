"""The chat widget in a real JupyterLab, with the embedded model or a scripted endpoint behind it."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect
from serving import Endpoint

from .lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CHAT = "from squid_nb import ChatWidget\nchat = ChatWidget()\nchat"
STORY = "Tell a long story about a squid."


def through(endpoint: Endpoint) -> str:
    """A cell that asks this endpoint from now on."""
    return (
        "from squid_nb.squid import shared\n"
        "shared().configure_all({'model.provider': 'openai', 'model.name': 'served-1', 'session.refine_titles': False, "
        f"'model.base_url': {endpoint.url!r}}})"
    )


def stored(lab: Lab) -> list[tuple[str, str, str]]:
    """Role, content and status of every message, oldest first, read by another process than the kernel."""
    return lab.stored("select role, content, status from messages order by id")


def test_embedded_model_answers_and_the_turn_is_a_row(lab: Lab) -> None:
    lab.open(CHAT)
    lab.run_all()
    suggestions = lab.chat.get_by_role("button", name=re.compile("Explain|Look|Write"))
    suggestions.nth(2).wait_for()
    assert suggestions.count() == 3
    lab.ask("Name one sea animal.")
    answer = lab.wait_for_answer()
    assert "SmolLM2" in answer.inner_text()
    rows = [row for row in stored(lab) if row[1] and row[2] == "complete"]
    assert ("user", "Name one sea animal.", "complete") in rows
    assert rows[-1][0] == "assistant"
    assert lab.errors == []


@pytest.mark.slow
def test_suggestion_fills_the_composer_and_sends_nothing(lab: Lab) -> None:
    lab.open(CHAT)
    lab.run_all()
    lab.chat.get_by_role("button", name=re.compile("^Write some code")).click()
    assert lab.message_box().input_value().startswith("Write")
    assert lab.answers().count() == 0


def test_answer_appears_while_it_is_written_and_can_be_stopped(lab: Lab) -> None:
    gate = threading.Event()
    with Endpoint("The beginning ", gate, "and the end.") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask(STORY)
        lab.answers().filter(has_text="The beginning").wait_for()
        stop = lab.chat.get_by_role("button", name="Stop")
        assert stop.is_visible()
        stop.click()
        lab.wait_for_answer().get_by_text(re.compile("[Ss]topped")).first.wait_for()
        gate.set()
    assert ("assistant", "The beginning ", "stopped") in stored(lab)


@pytest.mark.slow
def test_escape_stops(lab: Lab) -> None:
    with Endpoint("The beginning ", threading.Event()) as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask(STORY)
        lab.answers().filter(has_text="The beginning").wait_for()
        lab.message_box().press("Escape")
        lab.wait_for_answer()


def test_failure_is_one_sentence_and_retry_works(lab: Lab) -> None:
    with Endpoint("Back again.") as endpoint:
        gone = through(endpoint).replace(endpoint.url, "http://127.0.0.1:9/v1")
        lab.open(gone, CHAT, through(endpoint))
        lab.run_cells(2)
        lab.ask("Anybody there?")
        lab.chat.get_by_role("button", name="Retry").wait_for()
        assert "Traceback" not in lab.chat.inner_text()
        lab.run_cell(2)
        lab.chat.get_by_role("button", name="Retry").click()
        lab.answers().filter(has_text="Back again.").wait_for()
        assert lab.chat.get_by_role("article", name="You").count() == 1


@pytest.mark.slow
def test_attached_file_reaches_the_model(lab: Lab, tmp_path: Path) -> None:
    note = tmp_path / "notes.md"
    note.write_text("The secret word is *nautilus*.", encoding="utf-8")
    with Endpoint("I have read it.") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.attach(note)
        lab.chat.get_by_text("notes.md").first.wait_for()
        lab.ask("What is the secret word?")
        lab.answers().filter(has_text="I have read it.").wait_for()
        assert any("nautilus" in str(request["messages"]) for request in endpoint.requests)
        assert "notes.md" in lab.chat.get_by_role("article", name="You").inner_text()


@pytest.mark.slow
def test_file_over_the_limit_is_one_sentence(lab: Lab, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_text("a" * (11 * 1024 * 1024), encoding="utf-8")
    lab.open(CHAT)
    lab.run_all()
    lab.attach(big)
    lab.chat.get_by_text(re.compile(r"big\.txt.*10 MB")).first.wait_for()


def test_chat_goes_on_while_a_cell_runs(lab: Lab) -> None:
    with Endpoint("Not waiting.") as endpoint:
        lab.open(through(endpoint), CHAT, "import time\nfor _ in range(600):\n    time.sleep(0.1)")
        lab.run_cells(2)
        lab.message_box().wait_for()
        lab.run_cell(2, wait=False)
        lab.page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt", has_text="[*]").wait_for()
        lab.ask("Are you waiting?")
        lab.answers().filter(has_text="Not waiting.").wait_for()
        assert lab.page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt").inner_text().startswith("[*]")
        lab.interrupt()


def test_reload_loses_nothing_and_a_running_answer_goes_on(lab: Lab) -> None:
    gate = threading.Event()
    with Endpoint("The beginning ", gate, "and the end.") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask(STORY)
        lab.answers().filter(has_text="The beginning").wait_for()
        lab.save()
        lab.visit()
        lab.answers().filter(has_text="The beginning").wait_for()
        gate.set()
        lab.answers().filter(has_text="The beginning and the end.").wait_for()
        assert lab.chat.get_by_role("article").count() == 2


@pytest.mark.slow
def test_kernel_restart_keeps_the_transcript_readable_and_the_cell_brings_it_back(lab: Lab) -> None:
    with Endpoint("I remember.") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask("Remember me?")
        lab.answers().filter(has_text="I remember.").wait_for()
        lab.wait_for_answer()
        lab.restart_kernel()
        lab.chat.get_by_text(re.compile("kernel is gone")).first.wait_for()
        assert "I remember." in lab.chat.inner_text()
        lab.run_all()
        lab.answers().filter(has_text="I remember.").wait_for()
        assert lab.chat.get_by_text(re.compile("kernel is gone")).count() == 0
        lab.ask("Still?")
        lab.answers().nth(1).wait_for()


@pytest.mark.slow
def test_two_widgets_on_one_session_show_one_conversation(lab: Lab) -> None:
    with Endpoint("To both.") as endpoint:
        lab.open(through(endpoint), CHAT, "ChatWidget(session=chat.session_id)")
        lab.run_cells(2)
        lab.ask("First")
        lab.wait_for_answer()
        lab.run_cell(2)
        one, two = lab.chat.nth(0), lab.chat.nth(1)
        lab.answers(two).filter(has_text="To both.").wait_for()
        lab.ask("Second", one)
        lab.answers(two).nth(1).wait_for()
        lab.wait_for_answer(2, two)
        lab.ask("Third", two)
        lab.wait_for_answer(3, one)
        one.get_by_role("article", name="You").nth(2).wait_for()
        assert [lab.said(chat) for chat in (one, two)] == [["First", "Second", "Third"]] * 2


@pytest.mark.slow
def test_a_second_notebook_sees_the_same_history_at_the_same_time(lab: Lab, second_lab: Lab) -> None:
    lab.open(CHAT)
    lab.run_all()
    lab.ask("From the first notebook?")
    lab.wait_for_answer()
    second_lab.open("from squid_nb import Squid\nprint(Squid().history.messages()['content'].tolist())")
    second_lab.run_all()
    assert "From the first notebook?" in second_lab.output(0).inner_text()


@pytest.mark.slow
def test_notebook_shortcuts_do_not_fire_in_the_composer(lab: Lab) -> None:
    lab.open(CHAT, "1 + 1")
    lab.run_all()
    box = lab.message_box()
    box.click()
    lab.page.keyboard.type("dd bb aa xx 00 m y")
    assert box.input_value() == "dd bb aa xx 00 m y"
    assert lab.page.locator(".jp-Notebook .jp-Cell").count() == 2
    box.press("Shift+Enter")
    assert "\n" in box.input_value()


def test_keyboard_alone_is_enough(lab: Lab) -> None:
    with Endpoint("```python\nprint('hi')\n```") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.chat.get_by_role("button", name="New chat").focus()
        reached = lab.tab_through(limit=30)
        assert {"Message", "Attach files"} <= set(reached)
        lab.message_box().focus()
        lab.page.keyboard.type("Some code, please")
        lab.page.keyboard.press("Enter")
        lab.wait_for_answer()
        lab.chat.get_by_role("button", name="New chat").focus()
        reached = lab.tab_through(limit=30)
        assert {"Copy code", "Insert code", "Message"} <= set(reached)
        lab.message_box().focus()
        lab.page.keyboard.press("ArrowUp")
        editor = lab.chat.get_by_role("textbox", name="Edited question")
        expect(editor).to_be_focused()
        expect(editor).to_have_value("Some code, please")
        lab.page.keyboard.press("Escape")
        expect(lab.message_box()).to_be_focused()


@pytest.mark.slow
def test_code_is_copied_and_inserted_but_never_run(lab: Lab) -> None:
    with Endpoint("```python\nleaked = 1\n```") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask("Code?")
        lab.wait_for_answer()
        lab.chat.get_by_role("button", name="Copy code").click()
        assert lab.page.evaluate("navigator.clipboard.readText()").strip() == "leaked = 1"
        lab.chat.get_by_role("button", name="Insert code").click()
        lab.page.locator(".jp-Cell .cm-content", has_text="leaked = 1").first.wait_for()
        prompts = lab.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        assert sum(re.match(r"\[\d+\]", prompt) is not None for prompt in prompts) == 2


@pytest.mark.slow
def test_title_is_edited_in_place(lab: Lab) -> None:
    with Endpoint("ok") as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        lab.ask("A question")
        lab.wait_for_answer()
        lab.chat.get_by_role("button", name=re.compile("A question")).click()
        box = lab.chat.get_by_role("textbox", name=re.compile("[Tt]itle"))
        box.fill("A better title")
        box.press("Enter")
        lab.chat.get_by_role("button", name=re.compile("A better title")).wait_for()


def test_hostile_answer_does_nothing(lab: Lab) -> None:
    hostile = (
        "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
        "[link](javascript:window.owned=3) ![pixel](http://127.0.0.1:9/pixel.png) **done**"
    )
    with Endpoint(hostile) as endpoint:
        lab.open(through(endpoint), CHAT)
        lab.run_all()
        asked: list[str] = []
        lab.page.on("request", lambda request: asked.append(request.url))
        lab.ask("Hurt me")
        lab.wait_for_answer().get_by_text("done").wait_for()
        assert lab.page.evaluate("window.owned") is None
        assert not [url for url in asked if "pixel" in url]
        assert lab.chat.locator("a[href^='javascript']").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_in_every_theme_and_width(lab: Lab, theme: str) -> None:
    reply = "A **list**:\n\n- one\n- two\n\n```python\nx = [1]\n```\n\nAnd $a^2$."
    with Endpoint(reply) as endpoint:
        lab.open(through(endpoint), CHAT, dark=theme == "dark")
        lab.run_all()
        lab.scan(f"empty-{theme}")
        lab.ask("Show me")
        lab.wait_for_answer()
        for width in (1280, 320):
            if width == 320:
                lab.narrow(width)
            lab.picture(f"answered-{width}-{theme}")
            lab.scan(f"answered-{width}-{theme}")
            assert lab.chat.evaluate("root => root.scrollWidth <= root.clientWidth + 1")


def test_quickstart_notebook_runs_in_the_browser(lab: Lab) -> None:
    lab.copy("quickstart.ipynb")
    lab.visit()
    lab.run_all(timeout_s=200)  # the embedded model answers three times
    lab.message_box().wait_for()
    lab.ask("What can you do?")
    lab.wait_for_answer()
    assert lab.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert lab.page.locator("table.dataframe").count() >= 2
