"""The kernel's side of a widget, spoken to as the browser does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted
from speaking import Browser

from squid_nb.config import Config
from squid_nb.events import Used
from squid_nb.squid import Squid
from squid_nb.store import Store


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    store = Store(tmp_path / "squid.duckdb")
    squids: list[Squid] = []

    def open_browser(*steps: Any, squid: Squid | None = None, provider: Any = None, **more: Any) -> Browser:
        squids.append(squid or Squid(Config(), "ada", store=store, provider=provider or Scripted(*steps)))
        return Browser(squids[-1], **more)

    yield open_browser
    store.close()


Open = Callable[..., Browser]


def test_hello_of_an_empty_chat(open_browser: Open) -> None:
    hello = open_browser("x").call("hello")["result"]
    assert (hello["session"], hello["page"], hello["live"]) == (None, {"items": [], "cursor": None}, [])
    assert hello["model"] == "scripted-1"
    assert hello["limits"] == {"max_file_size_mb": 10, "max_files_per_message": 5}
    assert hello["context"] == {"tokens": 0, "limit": 8192}


def test_an_ask_streams_numbered_events_and_ends(open_browser: Open) -> None:
    browser = open_browser("Hello ", "there", Used(3, 2))
    ask_id = browser.send("ask", args={"prompt": "Hi"})
    seen = browser.until(lambda message: message["kind"] == "end")
    assert {message["id"] for message in seen} == {ask_id}
    assert [message["seq"] for message in seen[:-1]] == list(range(len(seen) - 1))
    types = [message["event"]["type"] for message in seen[:-1]]
    assert (types[0], types[-2:]) == ("started", ["used", "finished"])
    text = "".join(message["event"]["text"] for message in seen[:-1] if message["event"]["type"] == "delta")
    assert text == "Hello there"
    assert browser.turned == [seen[0]["event"]["session_id"]]


def test_hello_again_brings_the_conversation_back(open_browser: Open) -> None:
    browser = open_browser("Hello", Used(30, 12))
    browser.ask("Hi")
    again = open_browser(squid=browser.bridge.squid, session_id=browser.bridge.session_id).call("hello")["result"]
    assert [item["content"] for item in again["page"]["items"]] == ["Hi", "Hello"]
    assert again["session"]["title"] == "Hi"
    assert again["context"]["tokens"] == 42


def test_messages_know_the_widget_they_came_from(open_browser: Open) -> None:
    browser = open_browser("Hello")
    browser.ask("Hi")
    items = browser.call("hello")["result"]["page"]["items"]
    assert {item["provenance"]["door"] for item in items} == {"widget"}
    assert {item["provenance"]["cell_id"] for item in items} == {"cell-9"}


@pytest.mark.parametrize("by", ["ask", "message_id"])
def test_stop_keeps_the_partial_answer(open_browser: Open, by: str) -> None:
    browser = open_browser("One ", threading.Event(), "never")
    ask_id = browser.send("ask", args={"prompt": "Hi"})
    seen = browser.until(lambda message: message.get("event", {}).get("type") == "delta")
    started = seen[0]["event"]
    target = {"ask": ask_id} if by == "ask" else {"ask": None, "message_id": started["message_id"]}
    browser.send("stop", args=target)
    ended = browser.until(lambda message: message["kind"] == "end")
    assert ended[-2]["event"]["type"] == "finished"
    assert ended[-2]["event"]["status"] == "stopped"
    items = browser.call("hello")["result"]["page"]["items"]
    assert (items[-1]["content"], items[-1]["status"]) == ("One ", "stopped")


def test_retry_answers_the_same_question_once_more(open_browser: Open) -> None:
    browser = open_browser(provider=Scripted.turns(["first"], ["second"]))
    started = browser.ask("Hi")[0]
    browser.ask("", again=started["question_id"])
    items = browser.call("hello")["result"]["page"]["items"]
    assert [item["content"] for item in items] == ["Hi", "second"]
    assert items[-1]["siblings"] == 2


def test_attachments_arrive_in_buffers(open_browser: Open) -> None:
    browser = open_browser("Read it")
    upload = {"name": "../../notes.md", "mime_type": "text/markdown"}
    browser.ask("Read", (b"remember the milk",), attachments=[upload])
    (source,) = browser.call("hello")["result"]["page"]["items"][0]["sources"]
    assert (source["name"], source["size_bytes"]) == ("notes.md", 17)


def test_too_large_an_attachment_is_one_sentence(open_browser: Open) -> None:
    browser = open_browser("never")
    upload = {"name": "big.txt", "mime_type": "text/plain"}
    (failed,) = browser.ask("Read", (b"a" * (11 * 1024 * 1024),), attachments=[upload])
    assert failed["type"] == "failed"
    assert "big.txt" in failed["message"]
    assert browser.call("hello")["result"]["session"] is None


def test_mentioned_variable_is_attached(open_browser: Open) -> None:
    browser = open_browser("ok", namespace={"prices": [1, 2, 3]})
    browser.ask("Look at @prices and @nothing")
    (source,) = browser.call("hello")["result"]["page"]["items"][0]["sources"]
    assert (source["kind"], source["name"]) == ("variable", "prices")


def test_empty_message_is_refused(open_browser: Open) -> None:
    (failed,) = open_browser("never").ask("  \n")
    assert failed["message"] == "The message is empty."


def test_two_widgets_on_one_session_hear_each_other(open_browser: Open) -> None:
    one = open_browser("Hello ", "there")
    one.ask("Hi")
    two = open_browser(squid=one.bridge.squid, session_id=one.bridge.session_id)
    one.ask("More")
    live = two.until(lambda message: message.get("event", {}).get("type") == "finished")
    assert {message["kind"] for message in live} == {"live"}
    assert "".join(m["event"]["text"] for m in live if m["event"]["type"] == "delta") == "Hello there"
    assert not [message for message in list(one.inbox.queue) if message["kind"] == "live"]


def test_hello_in_mid_answer_has_what_came_so_far(open_browser: Open) -> None:
    gate = threading.Event()
    one = open_browser("One ", gate, "two")
    ask_id = one.send("ask", args={"prompt": "Hi"})
    one.until(lambda message: message.get("event", {}).get("type") == "delta")
    (live,) = one.call("hello")["result"]["live"]
    assert (live["text"], live["ask"]) == ("One ", ask_id)
    two = open_browser(squid=one.bridge.squid, session_id=one.bridge.session_id)
    assert two.call("hello")["result"]["live"][0]["ask"] is None
    gate.set()
    one.until(lambda message: message["kind"] == "end")
    assert one.call("hello")["result"]["live"] == []


def test_another_process_writing_is_announced_once(open_browser: Open, tmp_path: Path) -> None:
    browser = open_browser("Hello")
    browser.ask("Hi")
    browser.call("hello")
    with Squid(Config(), "ada", store=Store(tmp_path / "squid.duckdb"), provider=Scripted("From afar")) as other:
        other.ask("More", session=browser.bridge.session_id)
    browser.bridge.announce_change()
    change = browser.inbox.get(timeout=20)
    assert (change["kind"], change["session_id"]) == ("change", browser.bridge.session_id)
    browser.bridge.announce_change()
    assert browser.call("models")["ok"]
    assert browser.inbox.empty()


def test_new_open_and_rename(open_browser: Open) -> None:
    browser = open_browser("Hello")
    browser.ask("Hi")
    session_id = browser.bridge.session_id
    assert browser.call("session.new")["result"] == {"session": None}
    assert browser.call("hello")["result"]["session"] is None
    assert browser.call("session.open", session_id=session_id)["result"]["session"]["id"] == session_id
    assert browser.call("session.rename", session_id=session_id, title="Better")["result"]["title"] == "Better"
    assert browser.turned == [session_id, None, session_id]


def test_rename_is_heard_by_the_other_widget(open_browser: Open) -> None:
    one = open_browser("Hello")
    one.ask("Hi")
    two = open_browser(squid=one.bridge.squid, session_id=one.bridge.session_id)
    one.call("session.rename", session_id=one.bridge.session_id, title="Better")
    assert two.inbox.get(timeout=20)["event"]["title"] == "Better"


def test_commands_and_completions(open_browser: Open) -> None:
    browser = open_browser("Hello", namespace={"prices": [1]})
    assert "help" in browser.call("command", line="/help")["result"]["markdown"]
    wrong = browser.call("command", line="/histroy")
    assert not wrong["ok"]
    assert "history" in wrong["error"]["message"] + wrong["error"]["hint"]
    texts = [match["text"] for match in browser.call("complete", text="see @pri", cursor=8)["result"]["matches"]]
    assert any("prices" in text for text in texts)


def test_command_that_opens_a_session_moves_the_widget(open_browser: Open) -> None:
    browser = open_browser("Hello")
    browser.ask("Hi")
    session_id = browser.bridge.session_id
    moved = browser.call("command", line="/new")["result"]
    assert moved["moved"]
    assert browser.bridge.session_id != session_id
    assert browser.call("hello")["result"]["page"]["items"] == []
    assert browser.call("command", line=f"/open {session_id}")["result"]["moved"]
    assert browser.bridge.session_id == session_id


@pytest.mark.parametrize(
    "content", [None, 3, "x", {}, {"id": 3, "kind": "call"}, {"id": "a"}, {"id": "a", "kind": "ask", "args": []}]
)
def test_nonsense_from_the_page_disturbs_nothing(open_browser: Open, content: Any) -> None:
    browser = open_browser("Hello")
    browser.bridge.receive(content)
    assert browser.call("hello")["ok"]


def test_unknown_call_is_an_error_reply(open_browser: Open) -> None:
    reply = open_browser("x").call("explode")
    assert not reply["ok"]
    assert "explode" in reply["error"]["message"]


def test_deleted_session_becomes_an_empty_chat(open_browser: Open) -> None:
    browser = open_browser("Hello")
    browser.ask("Hi")
    browser.bridge.squid.sessions.delete(browser.bridge.session_id or "")
    assert browser.call("hello")["result"]["session"] is None
