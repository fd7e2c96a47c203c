"""A second import adds nothing, a later export only what is new, and nothing here is ever taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from transfer import exports

FILES: dict[str, Callable[[], Any]] = {
    "chatgpt.json": lambda: [exports.chatgpt_branched()],
    "claude.json": lambda: [exports.claude()],
    "sharegpt.json": lambda: [exports.sharegpt("a"), exports.sharegpt("b", 5)],
    "open-webui.json": lambda: [exports.open_webui()],
    "librechat.json": exports.librechat,
    "talk.chat": exports.jupyter_chat,
    "5e55.jsonl": exports.claude_code,
}


@pytest.mark.parametrize("name", FILES)
def test_a_second_import_of_the_same_file_adds_nothing(history, name):
    path = history.write(name, FILES[name]())
    first = history.bring(path)
    before = history.rows("from messages order by id"), history.rows("from sessions order by id")
    again = history.bring(path)
    assert (again.imported, again.extended, again.messages) == (0, 0, 0)
    assert again.already_there == first.imported > 0
    assert (history.rows("from messages order by id"), history.rows("from sessions order by id")) == before
    history.assert_sound()


def _grown() -> dict[str, Any]:
    """The branched conversation, months later: another answer, which is the visible one."""
    conversation = exports.chatgpt_branched()
    node = exports.chatgpt_node("a2b", "q1b", "assistant", "Use polars.", time=1710000000.0)
    conversation["mapping"]["a2b"] = node
    return conversation | {"current_node": "a2b", "update_time": 1710000001.0}


def test_a_later_export_adds_only_what_is_new_and_moves_the_head(history):
    history.bring_in("may.json", [exports.chatgpt_branched()])
    report = history.bring_in(
        "june.json", [_grown(), exports.chatgpt(exports.chatgpt_node("q", None, "user", "New"), key="c2")]
    )
    assert (report.imported, report.extended, report.messages) == (1, 1, 2)
    old = next(session for session in history.sessions if session.messages == 5)
    assert history.store.messages.get(old.head_id).content == "Use polars."
    assert old.updated_at.timestamp() == 1710000001
    history.assert_sound()


def test_an_export_of_linear_messages_that_has_grown_is_one_conversation(history):
    history.bring_in("one.json", [exports.sharegpt("a", 2)])
    report = history.bring_in("two.json", [exports.sharegpt("a", 4)])
    assert (report.imported, report.extended, report.messages) == (0, 1, 2)
    assert len(history.path()) == 4


def test_who_has_gone_on_here_keeps_the_place(history):
    history.bring_in("may.json", [exports.chatgpt_branched()])
    session = history.session
    turn = history.store.open_turn(user_id=history.user_id, session_id=session.id, question="And in polars?")
    history.store.close_turn(turn.answer.id, content="Like this.", reasoning="", status="complete", usage=None)
    history.store.sessions.rename(session.id, "My groupby")
    history.bring_in("june.json", [_grown()])
    assert (history.session.title, history.session.head_id) == ("My groupby", turn.answer.id)
    assert [message.content for message in history.path()][-2:] == ["And in polars?", "Like this."]
    assert history.count("messages") == 7


def test_what_was_deleted_comes_back_when_it_is_imported_again(history):
    path = history.write("may.json", [exports.chatgpt_branched()])
    history.bring(path)
    history.store.sessions.delete(history.session.id)
    assert history.bring(path).imported == 1
    assert len(history.sessions) == 1


def test_two_people_import_the_same_file_each_for_themselves(history):
    path = history.write("may.json", [exports.chatgpt_branched()])
    history.bring(path)
    history.user_id = history.store.users.ensure("grace").id
    assert history.bring(path).imported == 1


def test_two_imports_at_once_do_not_double_anything(history):
    path = history.write("data.json", [exports.sharegpt(f"c{n}", 4) for n in range(600)])
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(history.bring(path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.imported for report in reports) == 600
    assert (history.count("sessions"), history.count("messages")) == (600, 2400)
    history.assert_sound()


def test_a_conversation_twice_in_one_file_is_one(history):
    report = history.bring_in("both.json", [exports.chatgpt_branched(), _grown(), exports.chatgpt_branched()])
    assert (report.imported, report.extended, report.already_there) == (1, 1, 1)
    assert history.session.messages == 5
    history.assert_sound()


def test_a_dry_run_says_the_same_and_changes_nothing(history):
    history.bring_in("may.json", [exports.chatgpt_branched()])
    path = history.write(
        "june.json", [_grown(), exports.chatgpt(exports.chatgpt_node("q", None, "user", "N"), key="c2"), {}]
    )
    rows = history.rows("from messages")
    dry = history.bring(path, dry_run=True)
    assert "would import 1 conversation with 2 messages; 1 extended; 1 skipped" in str(dry)
    assert history.rows("from messages") == rows
    wet = history.bring(path)
    told = [(item.outcome, item.title, item.messages, item.reason) for item in dry.items]
    assert told == [(item.outcome, item.title, item.messages, item.reason) for item in wet.items]


def test_a_dry_run_sees_what_comes_twice_far_apart_in_a_file(history):
    between = [exports.sharegpt(f"c{n}") for n in range(1200)]  # more than are stored at once
    path = history.write("data.json", [exports.sharegpt("twice"), *between, exports.sharegpt("twice")])
    dry = history.bring(path, dry_run=True)
    assert (dry.imported, dry.already_there) == (1201, 1)
    wet = history.bring(path)
    assert (wet.imported, wet.already_there) == (1201, 1)


def test_cancel_keeps_what_is_stored_and_a_second_run_goes_on(history):
    path = history.write("data.json", [exports.sharegpt(f"c{n}") for n in range(1200)])
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return asked > 700

    report = history.bring(path, cancel=cancel)
    assert report.cancelled
    assert report.imported == history.count("sessions") == 500
    assert "Cancelled: what had been imported so far is kept" in str(report)
    rest = history.bring(path)
    assert (rest.already_there, rest.imported, rest.cancelled) == (500, 700, False)
    history.assert_sound()


def test_an_interrupt_is_a_cancel(history):
    path = history.write("data.json", [exports.sharegpt(f"c{n}") for n in range(1200)])

    def interrupt(progress: Any) -> None:
        if progress.conversations >= 1000:
            raise KeyboardInterrupt

    report = history.bring(path, progress=interrupt)
    assert report.cancelled
    assert report.imported == history.count("sessions") == 1000


def test_progress_grows_to_the_whole(history):
    path = history.write("data.json", [exports.sharegpt(f"c{n}") for n in range(1200)])
    told = []
    history.bring(path, progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert (fractions[-1], told[-1].conversations, told[-1].messages) == (1.0, 1200, 2400)


def test_a_report_is_readable_where_there_is_no_markdown(history):
    report = history.bring_in("conversations.json", [exports.claude()])
    assert repr(report) == str(report)
    assert repr(report).endswith("conversations.json: imported 1 conversation with 5 messages (claude).")
