"""Messages in a real JupyterLab: versions, deleting, finding, viewers, and how answers end."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from histories import chain
from serving import Endpoint

from squid_nb.store import Store
from squid_nb.store.rows import run

from .lab import ARTEFACTS, Lab
from .test_chat_widget import CHAT, STORY, stored, through

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC"
)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint("The first answer.") as endpoint:
        yield endpoint


@pytest.fixture
def chat(lab: Lab, endpoint: Endpoint) -> Lab:
    """A chat with an endpoint behind it, nothing said yet."""
    lab.open(through(endpoint), CHAT)
    lab.run_all()
    lab.message_box().wait_for()
    return lab


def say(lab: Lab, endpoint: Endpoint, question: str, *answer: Any) -> None:
    count = lab.answers().count()
    endpoint.steps = answer
    lab.ask(question)
    lab.wait_for_answer(count + 1)


def button(lab: Lab, name: str, *, nth: int = -1) -> Any:
    found = lab.chat.get_by_role("button", name=name, exact=True)
    return found.nth(nth) if nth >= 0 else found.last


def asked(endpoint: Endpoint, words: str) -> list[dict[str, str]]:
    """The messages of the last request that ends in these words; asking for a title is another."""
    found = [one["messages"] for one in endpoint.requests if words in one["messages"][-1]["content"]]
    return found[-1]


def you(lab: Lab, text: str) -> Any:
    return lab.chat.get_by_role("article", name="You").filter(has_text=text)


def test_an_answer_is_regenerated_and_the_arrows_lead_back(chat: Lab, endpoint: Endpoint, second_lab: Lab) -> None:
    say(chat, endpoint, "Why?", "The first answer.")
    endpoint.steps = ("The second answer.",)
    button(chat, "Regenerate answer").click()
    chat.answers().filter(has_text="The second answer.").wait_for()
    chat.chat.get_by_text("2/2").wait_for()
    chat.chat.get_by_text(re.compile("1 message is in another version")).wait_for()
    assert chat.answers().count() == 1
    button(chat, "Previous version").click()
    chat.answers().filter(has_text="The first answer.").wait_for()
    chat.chat.get_by_text("1/2").wait_for()
    assert [status for _, _, status in stored(chat)[-3:]] == ["complete"] * 3
    second_lab.open("from squid_nb import Squid\nsession = Squid().sessions.list(limit=1).items[0]\n"
                    "print([m.content for m in Squid().messages(session).items])")  # fmt: skip
    second_lab.run_all()
    assert "['Why?', 'The first answer.']" in second_lab.output(0).inner_text()
    assert chat.errors == []


def test_an_answer_is_regenerated_with_another_model(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "Why?", "The first answer.")
    chat.chat.get_by_role("combobox", name="Model").focus()
    chat.chat.locator("option", has_text="served-1").first.wait_for(state="attached")
    endpoint.steps = ("By another.",)
    chat.chat.get_by_role("toolbar").last.get_by_role("button").first.focus()
    button(chat, "Regenerate with another model").click()
    menu = chat.chat.get_by_role("menu", name="Models")
    menu.get_by_role("menuitem").filter(has_text="served-1").click()
    chat.answers().filter(has_text="By another.").wait_for()
    assert endpoint.requests[-1]["model"] == "served-1"


def test_a_question_is_edited_and_its_old_version_stays(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "Whi?", "Pardon?")
    say(chat, endpoint, "And then?", "Nothing.")
    endpoint.steps = ("Because.",)
    you(chat, "Whi?").hover()
    button(chat, "Edit question", nth=0).click()
    box = chat.chat.get_by_role("textbox", name="Edited question")
    assert box.evaluate("box => box === document.activeElement")
    box.fill("Why?")
    chat.picture("editing")
    box.press("Enter")
    chat.answers().filter(has_text="Because.").wait_for()
    assert chat.said(chat.chat) == ["Why?"]
    chat.chat.get_by_text(re.compile("4 messages are in other versions")).wait_for()
    button(chat, "Previous version", nth=0).click()
    you(chat, "And then?").wait_for()
    assert chat.said(chat.chat) == ["Whi?", "And then?"]


def test_escape_leaves_a_question_as_it_was(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "Why?", "So.")
    you(chat, "Why?").hover()
    button(chat, "Edit question").click()
    box = chat.chat.get_by_role("textbox", name="Edited question")
    box.fill("Nonsense")
    box.press("Escape")
    you(chat, "Why?").wait_for()
    assert button(chat, "Edit question").evaluate("one => one === document.activeElement")
    assert not [request for request in endpoint.requests if "Nonsense" in str(request)]


def test_a_message_is_copied(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "Why?", "**So** it is.")
    button(chat, "Copy message").click()
    chat.chat.get_by_text("Message copied.").wait_for()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "**So** it is."


def test_a_message_is_deleted_and_comes_back(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "First?", "One.")
    say(chat, endpoint, "Second?", "Two.")
    you(chat, "First?").hover()
    button(chat, "Delete question and answer", nth=0).click()
    undo = chat.chat.get_by_role("button", name="Undo")
    undo.wait_for()
    assert chat.said(chat.chat) == ["Second?"]
    chat.picture("deleted")
    undo.click()
    you(chat, "First?").wait_for()
    assert chat.said(chat.chat) == ["First?", "Second?"]


def test_words_are_found_with_the_keyboard(chat: Lab, endpoint: Endpoint) -> None:
    for number in range(3):
        say(chat, endpoint, f"Question {number}", f"A **kraken** in {number}." if number != 1 else "Nothing.")
    chat.message_box().press("Control+f")
    box = chat.chat.get_by_role("searchbox", name="Find in conversation")
    box.fill("KRAKEN")
    count = chat.chat.get_by_role("search").get_by_role("status")
    count.get_by_text("2 of 2").wait_for()
    chat.page.wait_for_function("() => CSS.highlights.get('squid-find')?.size === 1")
    chat.picture("found")
    box.press("Enter")
    count.get_by_text("1 of 2").wait_for()
    chat.scan("finding")
    box.fill("unicorn")
    count.get_by_text("Not found").wait_for()
    box.press("Escape")
    assert chat.chat.get_by_role("search").count() == 0
    assert chat.message_box().evaluate("box => box === document.activeElement")
    assert chat.page.evaluate("CSS.highlights.has('squid-find')") is False


def test_files_and_pictures_open_in_a_dialog_that_keeps_the_focus(
    chat: Lab, endpoint: Endpoint, tmp_path: Path
) -> None:
    code, dot = tmp_path / "load.py", tmp_path / "dot.png"
    code.write_text("def load(path):\n    return path  # a comment\n", encoding="utf-8")
    dot.write_bytes(PIXEL)
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    for file in (code, dot):
        chat.attach(file)
        chat.chat.get_by_text(file.name).first.wait_for()
    say(chat, endpoint, "Look at these", "I have.")
    question = chat.chat.get_by_role("article", name="You")
    picture = question.locator("img")
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") == 10
    assert picture.get_attribute("src").startswith("data:image/png;base64,")
    question.get_by_role("button", name="Open load.py", disabled=False).click()
    dialog = chat.chat.get_by_role("dialog", name="load.py")
    dialog.locator(".hljs-keyword", has_text="def").wait_for()
    chat.page.screenshot(path=picture_path("viewer-code"))
    chat.scan("viewer")
    for _ in range(6):
        chat.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert chat.page.evaluate(inside)
    chat.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert question.get_by_role("button", name="Open load.py").evaluate("one => one === document.activeElement")
    question.get_by_role("button", name="Open dot.png").click()
    chat.chat.get_by_role("dialog", name="dot.png").get_by_role("img").wait_for()
    assert not [url for url in asked if url.startswith("http") and "dot.png" in url]
    assert chat.errors == []


def test_five_thousand_messages_stay_fast(lab: Lab, endpoint: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(lab.server.database)
    session_id = chain(store, owner_id=store.users.ensure("ada").id, messages=5000)
    store.sql("select 1")
    with store.database.lease() as connection:
        run(
            connection,
            "update messages set content = 'The very first words' where session_id = $id and parent_id is null",
            id=session_id,
        )
    store.close()
    lab.open(through(endpoint), f"from squid_nb import ChatWidget\nChatWidget(session={session_id!r})")
    lab.run_all()
    lab.answers().first.wait_for()
    measured = {"messages shown first": lab.chat.get_by_role("article").count()}
    lab.message_box().press("Control+f")
    began = time.perf_counter()
    lab.chat.get_by_role("searchbox", name="Find in conversation").fill("the very first words")
    lab.page.wait_for_function("() => CSS.highlights.get('squid-find')?.size === 1")
    measured["find and load the first of 5,000, s"] = round(time.perf_counter() - began, 2)
    assert lab.chat.locator("article").count() == 5000
    assert you(lab, "The very first words").locator(".squid-question").is_visible()
    measured |= lab.chat.evaluate(SCROLL)
    measured["articles parsed"] = lab.chat.locator("article .squid-prose").count()
    endpoint.steps = tuple(f"word {number} " for number in range(300))
    began = time.perf_counter()
    lab.ask("Go on")
    lab.answers().filter(has_text="word 299").wait_for()
    lab.chat.get_by_role("button", name="Send").wait_for()
    measured["300 pieces streamed at the end, s"] = round(time.perf_counter() - began, 2)
    with capsys.disabled():
        print(f"\n5,000 messages: {measured}")
    assert lab.errors == []


SCROLL = """async root => {
    const scroller = root.querySelector('[role=log]');
    const frames = [];
    let last = performance.now();
    for (let step = 0; step < 120; step += 1) {
        scroller.scrollTop = scroller.scrollHeight * step / 120;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
    }
    frames.sort((a, b) => a - b);
    const at = share => Math.round(frames[Math.floor(frames.length * share)]);
    return {'frame p50, ms': at(0.5), 'frame p95, ms': at(0.95), 'frame worst, ms': at(0.999)};
}"""


def picture_path(name: str) -> Path:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS / f"{name}.png"


def test_what_was_sent_can_be_seen(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "First?", "One.")
    say(chat, endpoint, "Second?", "Two.")
    button(chat, "What was asked of the model").click()
    dialog = chat.chat.get_by_role("dialog", name="What was sent")
    text = dialog.inner_text()
    assert "Rebuilt from the stored conversation" in text
    assert endpoint.url.removeprefix("http://").removesuffix("/v1") in text
    assert "served-1" in text
    sent = dialog.locator("pre").all_text_contents()
    assert sent == [message["content"] for message in asked(endpoint, "Second?")]
    chat.page.screenshot(path=picture_path("viewer-sent"))
    chat.scan("sent")
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")


def test_a_stopped_answer_is_gone_on_with(chat: Lab, endpoint: Endpoint) -> None:
    endpoint.steps = ("Once upon", threading.Event())
    chat.ask(STORY)
    chat.answers().filter(has_text="Once upon").wait_for()
    chat.message_box().press("Escape")
    go_on = chat.chat.get_by_role("button", name="Continue")
    go_on.wait_for()
    chat.picture("stopped")
    endpoint.steps = ("a time.",)
    go_on.click()
    chat.answers().filter(has_text="Once upon a time.").wait_for()
    chat.chat.get_by_text("2/2").wait_for()
    assert chat.said(chat.chat) == [STORY]
    sent = asked(endpoint, "Go on exactly where it ended")
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]


def test_failed_stopped_and_interrupted_answers_look_different(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "One?", "Yes.")
    session = chat.page.evaluate("() => document.querySelector('[data-squid-message]').dataset.squidMessage")
    chat.settle()
    store = Store(chat.server.database)
    user, session_id = store.users.ensure("ada").id, store.messages.get(session).session_id
    for status, error in (("stopped", None), ("interrupted", None), ("failed", "Nothing listens at that address.")):
        turn = store.open_turn(user_id=user, session_id=session_id, question=f"{status}?")
        store.close_turn(
            turn.answer.id, content="Half an", status=status, error=error, hint="Start it." if error else None
        )
    store.close()
    chat.chat.locator(".squid-outcome").nth(2).wait_for()
    looks = chat.chat.locator(".squid-outcome").evaluate_all(
        "all => all.map(one => [one.querySelector('svg').innerHTML, getComputedStyle(one).borderColor].join())"
    )
    assert len(set(looks)) == 3
    assert chat.chat.get_by_role("button", name="Retry").count() == 3
    assert chat.chat.get_by_role("button", name="Continue").count() == 3
    chat.picture("endings")
    chat.scan("endings")


def test_retry_of_what_was_never_stored_sends_the_file_again(lab: Lab, endpoint: Endpoint, tmp_path: Path) -> None:
    note = tmp_path / "notes.md"
    note.write_text("The secret word is *nautilus*.", encoding="utf-8")
    cap = "shared().configure('budget.hard_day_tokens', {})"
    lab.open(through(endpoint), CHAT, cap.format(1), cap.format(None))
    lab.run_cells(2)
    say(lab, endpoint, "First?", "Yes.")
    lab.run_cell(2)
    lab.attach(note)
    lab.chat.get_by_text("notes.md").first.wait_for()
    lab.ask("What is it?")
    lab.chat.get_by_role("button", name="Retry").wait_for()
    lab.run_cell(3)
    endpoint.steps = ("Read.",)
    lab.chat.get_by_role("button", name="Retry").click()
    lab.answers().filter(has_text="Read.").wait_for()
    assert "nautilus" in asked(endpoint, "What is it?")[-1]["content"]
    assert lab.chat.get_by_role("list", name="Attached").all_inner_texts() == ["notes.md"]


def test_one_tab_stop_a_message_and_arrows_between_its_tools(chat: Lab, endpoint: Endpoint) -> None:
    say(chat, endpoint, "Why?", "So.")
    chat.chat.get_by_role("button", name="New chat").focus()
    reached = chat.tab_through(limit=12)
    assert "Edit question" in reached
    assert "Copy message" in reached
    assert "Regenerate answer" not in reached
    button(chat, "Copy message").focus()
    for name in ("Copy link", "Regenerate answer"):
        chat.page.keyboard.press("ArrowRight")
        assert button(chat, name).evaluate("one => one === document.activeElement")
    chat.page.keyboard.press("Home")
    assert button(chat, "Copy message").evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_accessible_with_versions_files_and_endings(
    lab: Lab, endpoint: Endpoint, tmp_path: Path, dark: bool, width: int
) -> None:
    lab.page.set_viewport_size({"width": 1600, "height": 1000})
    lab.open(through(endpoint), CHAT.replace("ChatWidget()", "ChatWidget(height=760)"), dark=dark)
    lab.run_all()
    if width == 320:
        lab.narrow(width)
    assert lab.message_box().evaluate("box => box.scrollHeight <= box.clientHeight")
    dot = tmp_path / "dot.png"
    dot.write_bytes(PIXEL)
    lab.attach(dot)
    say(lab, endpoint, "What is in this picture?", "I cannot see it, but here is `code`:\n\n```python\nx = 1\n```")
    endpoint.steps = ("Another **answer**.",)
    button(lab, "Regenerate answer").click()
    lab.chat.get_by_text("2/2").wait_for()
    endpoint.steps = ("Half of", threading.Event())
    lab.ask(STORY)
    lab.answers().filter(has_text="Half of").wait_for()
    lab.message_box().press("Escape")
    lab.chat.get_by_role("button", name="Continue").wait_for()
    name = f"view-{width}-{'dark' if dark else 'light'}"
    lab.picture(name)
    lab.scan(name)
    assert lab.chat.evaluate("root => root.scrollWidth <= root.clientWidth + 1")
