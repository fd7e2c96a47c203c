"""`llm`'s logs.db and Squid's squid.db, through their schemas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from transfer import databases, exports


def test_llm_first_log_table(history):
    report = history.bring(databases.llm_first(history.directory / "log.db"))
    assert (report.formats, report.imported, report.messages) == (["llm"], 2, 6)
    chat = next(session for session in history.sessions if session.messages == 4)
    said = [message.content for message in history.store.messages.page(chat.id).items]
    assert said == ["Hi", "Hello", "And?", "What?"]
    assert (chat.system, chat.model) == ("Be brief.", "gpt-4")
    assert chat.created_at == datetime(2023, 4, 2, 10, tzinfo=UTC)
    history.assert_sound()


def test_llm_responses(history):
    report = history.bring(databases.llm_responses(history.directory / "logs.db", exports.PNG))
    assert (report.formats, report.imported, report.messages) == (["llm"], 1, 4)
    assert history.said() == [
        ("user", "Which leaf?\n\n[attached: /etc/passwd, not in the export]"),
        ("assistant", "Oak."),
        ("user", "Sure?"),
        ("assistant", "Yes."),
    ]
    first, second, _, fourth = history.path()
    assert [source.name for source in first.sources] == ["guide.txt", "attachment-1"]
    assert (second.model, second.reasoning) == ("gpt-4o-2024", "Lobed.")
    assert second.created_at == datetime(2025, 2, 3, 4, 5, 6, 789000, UTC)
    assert fourth.reasoning == '[tool lookup] {"leaf": "oak"}\n\n[result] Quercus'
    assert (history.session.title, history.session.system) == ("Leaf shapes", "Botanist.")
    history.assert_sound()


def test_llm_threads_and_forks(history):
    report = history.bring(databases.llm_threads(history.directory / "logs.db", exports.PNG))
    assert (report.imported, report.messages) == (2, 8)
    paths = {
        session.title: [message.content for message in history.store.messages.page(session.id).items]
        for session in history.sessions
    }
    shared = ["A guide to leaves\n\nWhich leaf?", "Oak."]
    assert paths == {"Leaf shapes": [*shared, "Sure?", "Yes."], "Fork": [*shared, "Or beech?", "No."]}
    answer = next(message for message in _messages(history, "Leaf shapes") if message.content == "Yes.")
    assert answer.reasoning == '[tool lookup] {"leaf": "oak"}\n\n[result] Quercus'
    assert next(message for message in _messages(history, "Fork") if message.content == "No.").model == "o3"
    assert [session.system for session in history.sessions] == ["Botanist.", "Botanist."]
    assert [message.model for message in _messages(history, "Fork")] == [None, "gpt-4o-2024", None, "o3"]
    assert history.count("files") == 1
    history.assert_sound()


def test_llm_upgraded_to_threads_adds_only_the_fork(history):
    history.bring(databases.llm_responses(history.directory / "old.db", exports.PNG))
    report = history.bring(databases.llm_threads(history.directory / "logs.db", exports.PNG))
    assert (report.imported, report.already_there) == (1, 1)
    titled = [session for session in history.sessions if session.title == "Leaf shapes"]
    assert len(titled) == 1
    assert [message.content for message in _messages(history, "Leaf shapes")][-2:] == ["Sure?", "Yes."]
    history.assert_sound()


@pytest.mark.parametrize("make", [databases.llm_first, databases.squid_first])
def test_databases_are_imported_once(history, make):
    path = make(history.directory / "some.db")
    first = history.bring(path)
    again = history.bring(path)
    assert (again.imported, again.messages, again.already_there) == (0, 0, first.imported)


def test_squid_first_schema(history):
    report = history.bring(databases.squid_first(history.directory / "squid.db"))
    assert (report.formats, report.messages) == (["squid"], 4)
    # All four have the same second.
    assert history.said() == [
        ("user", "Read this"),
        ("assistant", "I have read it."),
        ("user", "And?"),
        ("assistant", "It is fine."),
    ]
    assert history.path()[3].reasoning == "Hm."
    source = history.path()[0].sources[0]
    assert (source.name, history.store.files.get(source.sha256).text) == ("notes.md", "# Notes")
    history.assert_sound()


def test_squid_present_schema(history):
    document = b"A long text. " * 1000
    report = history.bring(databases.squid_present(history.directory / "squid.db", document))
    assert report.messages == 4
    first, second, third, fourth = history.path()
    assert second.reasoning == 'Let me see.\n\n[tool read] {"path": "a"}\n\n[result] text'
    assert fourth.reasoning == 'First.\n\n[tool grep] {"for": "x"}\n\n[result] found'
    assert [source.name for source in first.sources] == ["old.md"]
    assert [source.name for source in third.sources] == ["big.txt"]
    assert history.store.files.get(third.sources[0].sha256, data=True).data == document
    assert third.content == "And?\n\n[attached: damaged.txt, not in the export]"
    session = history.session
    assert (session.title, session.model) == ("Reading", "general-assistant")
    assert session.created_at == datetime.fromtimestamp(1760000000, UTC)
    # Tokens and cost were spent elsewhere.
    assert (session.input_tokens, session.cost_usd) == (0, None)
    history.assert_sound()


def test_a_damaged_database_says_so(history):
    path = databases.squid_present(history.directory / "squid.db", b"text")
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    report = history.bring(history.write("damaged.db", bytes(data)))
    assert len(report.broken) == 1
    assert "The database cannot be read after conversation" in str(report)
    history.assert_sound()


def _messages(history, title):
    session = next(session for session in history.sessions if session.title == title)
    return history.store.messages.page(session.id).items
