"""What a view does with messages: versions, deleting, finding, sources, what was sent, going on."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted
from speaking import Browser

from squid_nb.config import Config
from squid_nb.errors import BadStream
from squid_nb.events import Used
from squid_nb.squid import Squid
from squid_nb.store import Store

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    store = Store(tmp_path / "squid.duckdb")

    def open_browser(*scripts: Any, squid: Squid | None = None, **more: Any) -> Browser:
        mine = squid or Squid(Config(), "ada", store=store, provider=Scripted.turns(*scripts))
        return Browser(mine, **more)

    yield open_browser
    store.close()


Open = Callable[..., Browser]


def items(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.call("hello")["result"]["page"]["items"]
    return found


def texts(browser: Browser) -> list[str]:
    return [item["content"] for item in items(browser)]


def test_versions_are_switched_for_every_view(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"], ["edited"])
    question = browser.ask("Q")[0]["question_id"]
    browser.ask("", again=question)
    answer = items(browser)[-1]
    assert (answer["version"], answer["siblings"], answer["content"]) == (2, 2, "two")
    assert browser.call("hello")["result"]["hidden"] == 1
    other = open_browser(squid=browser.bridge.squid, session_id=browser.bridge.session_id)
    texts(other)
    browser.call("message.switch", message_id=answer["id"], step=-1)
    assert texts(browser) == ["Q", "one"]
    other.bridge.announce_change()
    assert other.until(lambda message: message["kind"] == "change")[-1]["what"] == "rewritten"
    assert texts(other) == ["Q", "one"]
    assert browser.call("message.switch", message_id=items(browser)[-1]["id"], step=-1)["ok"] is False


def test_an_edited_question_is_a_version_and_keeps_its_attachments(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"], ["three"])
    upload = {"name": "notes.md", "mime_type": "text/markdown"}
    browser.ask("Q", (b"the secret",), attachments=[upload])
    question = items(browser)[0]
    browser.ask("Q better", edit=question["id"])
    edited = items(browser)[0]
    assert (edited["content"], edited["version"], edited["siblings"]) == ("Q better", 2, 2)
    assert [source["name"] for source in edited["sources"]] == ["notes.md"]
    assert "the secret" in browser.bridge.squid.provider.requests[-1].turns[-1].content
    browser.ask("Q bare", edit=question["id"], keep=[])
    assert items(browser)[0]["sources"] == []


def test_a_message_is_deleted_and_comes_back(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"])
    browser.ask("First")
    browser.ask("Second")
    before = items(browser)
    gone = browser.call("message.delete", message_id=before[0]["id"])["result"]
    assert gone["messages"] == 2
    assert texts(browser) == ["Second", "two"]
    browser.call("message.restore", removal_id=gone["removal_id"])
    assert items(browser) == before


def test_words_are_found_beyond_the_page(open_browser: Open) -> None:
    browser = open_browser(["a squid"])
    for number in range(25):
        browser.ask(f"Question {number}")
    found = browser.call("messages.find", session_id=browser.bridge.session_id, text="QUESTION 0")["result"]["ids"]
    assert len(found) == 1
    assert found[0] not in [item["id"] for item in items(browser)]
    page = browser.call("messages", session_id=browser.bridge.session_id, before=items(browser)[0]["id"], limit=500)[
        "result"
    ]
    assert found[0] == page["items"][0]["id"]


def test_sources_are_read_back_as_text_and_as_pictures(open_browser: Open) -> None:
    browser = open_browser(["ok"])
    uploads = [{"name": name, "mime_type": ""} for name in ("code.py", "dot.png", "drawing.svg")]
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    browser.ask("Look", (b"print(1)", PIXEL, svg), attachments=uploads)
    question = items(browser)[0]
    code, dot, drawing = (
        browser.call("source", message_id=question["id"], source_id=source["id"])["result"]
        for source in question["sources"]
    )
    assert (code["text"], code["data_base64"], code["cut"]) == ("print(1)", None, False)
    assert (dot["mime_type"], base64.b64decode(dot["data_base64"]), dot["text"]) == ("image/png", PIXEL, None)
    assert (drawing["data_base64"], drawing["text"]) == (None, svg.decode())


def test_nobody_reads_the_sources_of_somebody_else(open_browser: Open) -> None:
    browser = open_browser(["ok"])
    browser.ask("Look", (b"print(1)",), attachments=[{"name": "code.py", "mime_type": ""}])
    question = items(browser)[0]
    stranger = Squid(Config(), "bob", store=browser.bridge.squid.store, provider=Scripted("x"))
    for verb, args in (
        ("source", {"message_id": question["id"], "source_id": question["sources"][0]["id"]}),
        ("message.delete", {"message_id": question["id"]}),
        ("message.switch", {"message_id": question["id"], "step": 1}),
        ("message.sent", {"message_id": question["id"]}),
        ("messages.find", {"session_id": question["session_id"], "text": "Look"}),
    ):
        assert "somebody else" in open_browser(squid=stranger).call(verb, **args)["error"]["message"]


def test_what_was_sent_can_be_seen(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"])
    browser.ask("First")
    browser.ask("Second", (b"the secret",), attachments=[{"name": "notes.md", "mime_type": ""}])
    request = browser.bridge.squid.provider.requests[-1]
    sent = browser.call("message.sent", message_id=items(browser)[-1]["id"])["result"]
    assert [(turn["role"], turn["content"]) for turn in sent["turns"]] == [
        (turn.role, turn.content) for turn in request.turns
    ]
    assert (sent["host"], sent["model"], sent["omitted_messages"]) == ("in process", "scripted-1", 0)
    assert [source["name"] for source in sent["sources"]] == ["notes.md"]
    assert browser.call("message.sent", message_id=items(browser)[0]["id"])["ok"] is False


def test_an_answer_that_broke_off_is_gone_on_with(open_browser: Open) -> None:
    browser = open_browser(["One, two,", BadStream("It broke.")], ["three", " and four.", Used(9, 2)], ["later"])
    browser.ask("Count")
    broken = items(browser)[-1]
    assert (broken["status"], broken["content"]) == ("failed", "One, two,")
    events = browser.ask("", go_on=broken["id"])
    told = "".join(event["text"] for event in events if event["type"] == "delta")
    assert told == "One, two, three and four."
    whole = items(browser)[-1]
    assert (whole["content"], whole["status"]) == ("One, two, three and four.", "complete")
    assert (whole["version"], whole["siblings"], whole["usage"]["output_tokens"]) == (2, 2, 2)
    roles = [turn.role for turn in browser.bridge.squid.provider.requests[-1].turns]
    assert roles == ["user", "assistant", "user"]
    assert texts(browser)[0] == "Count"


def test_going_on_hides_nothing_of_what_was_said_since(open_browser: Open) -> None:
    browser = open_browser(["Half", BadStream("It broke.")], ["Later"], ["an answer"])
    browser.ask("First")
    half = items(browser)[-1]
    browser.ask("Second")
    browser.ask("", go_on=half["id"])
    assert texts(browser) == ["First", "Half an answer", "Second", "Later"]


def test_a_continuation_that_fails_keeps_the_beginning(open_browser: Open) -> None:
    browser = open_browser(["Half", BadStream("It broke.")], [BadStream("Still broken.")])
    browser.ask("First")
    events = browser.ask("", go_on=items(browser)[-1]["id"])
    assert events[-1]["type"] == "failed"
    assert (items(browser)[-1]["content"], items(browser)[-1]["status"]) == ("Half", "failed")


def test_only_unfinished_answers_are_gone_on_with(open_browser: Open) -> None:
    browser = open_browser([BadStream("Nothing.")], ["x"])
    browser.ask("First")
    question, empty = items(browser)
    for message in (question, empty):
        assert browser.ask("", go_on=message["id"])[-1]["type"] == "failed"
    assert len(browser.bridge.squid.provider.requests) == 1


def test_a_stopped_continuation_is_stopped_at_its_end(open_browser: Open) -> None:
    gate = threading.Event()
    browser = open_browser(["One", BadStream("It broke.")], ["two", gate, "never"])
    browser.ask("Count")
    ask_id = browser.send("ask", args={"prompt": "", "go_on": items(browser)[-1]["id"]})
    browser.until(lambda message: "two" in message.get("event", {}).get("text", ""))
    browser.send("stop", args={"ask": ask_id})
    browser.until(lambda message: message["kind"] == "end")
    assert (items(browser)[-1]["content"], items(browser)[-1]["status"]) == ("One two", "stopped")


def test_hello_says_which_host_the_model_is_at(open_browser: Open) -> None:
    assert open_browser(["x"]).call("hello")["result"]["host"] == "in process"


def test_a_link_leads_to_its_session_and_message(open_browser: Open) -> None:
    browser = open_browser(["one"])
    started = browser.ask("Q")[0]
    session, answer = started["session_id"], started["message_id"]
    follow = lambda uri: browser.call("link.follow", uri=uri)  # noqa: E731
    assert follow(f"squid:session/{session}")["result"] == {"session_id": session, "message_id": None}
    assert follow(f"squid:message/{answer}")["result"] == {"session_id": session, "message_id": answer}
    browser.bridge.squid.sessions.delete(session)
    gone = follow(f"squid:message/{answer}")["error"]
    assert gone["message"] == f"The message of the link squid:message/{answer} is not in this history."
    assert "no link" in follow("squid:elsewhere/1")["error"]["message"]


def test_a_link_to_another_version_makes_it_visible(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"])
    started = browser.ask("Q")[0]
    browser.ask("", again=started["question_id"])
    assert texts(browser) == ["Q", "two"]
    browser.call("link.follow", uri=f"squid:message/{started['message_id']}")
    assert texts(browser) == ["Q", "one"]
    head = browser.bridge.squid.sessions.get(started["session_id"]).head_id
    browser.call("link.follow", uri=f"squid:message/{started['question_id']}")
    assert browser.bridge.squid.sessions.get(started["session_id"]).head_id == head


def test_a_link_does_not_turn_a_conversation_away_from_an_answer_under_way(open_browser: Open) -> None:
    gate = threading.Event()
    browser = open_browser(["one"], ["two"], [gate, "three"])
    started = browser.ask("Q")[0]
    browser.ask("", again=started["question_id"])
    ask_id = browser.send("ask", args={"prompt": "More", "session_id": started["session_id"]})
    browser.until(lambda message: message.get("event", {}).get("type") == "started")
    refused = browser.call("link.follow", uri=f"squid:message/{started['message_id']}")
    assert "is being written" in refused["error"]["message"]
    assert browser.call("link.follow", uri=f"squid:message/{started['question_id']}")["ok"]
    gate.set()
    browser.until(lambda message: message.get("id") == ask_id and message["kind"] == "end")
    assert browser.call("link.follow", uri=f"squid:message/{started['message_id']}")["ok"]


def test_a_change_says_whether_something_above_has_changed(open_browser: Open) -> None:
    browser = open_browser(["one"], ["two"])
    store = browser.bridge.squid.store
    squid = Squid(Config(), "ada", store=store, provider=Scripted.turns(["three"], ["again"]))
    first = browser.ask("Q1")[0]
    browser.ask("Q2")
    texts(browser)

    def told() -> str:
        browser.bridge.announce_change()
        what: str = browser.until(lambda message: message["kind"] == "change")[-1]["what"]
        return what

    squid.ask("Q3", session=first["session_id"])
    assert told() == "messages"
    removed = squid.sessions.remove_message(first["message_id"])
    assert told() == "rewritten"
    squid.sessions.restore_message(removed.id)
    assert told() == "rewritten"
    squid.ask("", again=first["question_id"], session=first["session_id"])
    assert told() == "rewritten"
