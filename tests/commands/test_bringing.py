"""`import` at the doors: what it says, that it says how far it is, and what a program that called is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transfer import exports

from squid_nb.commands import Context, run
from squid_nb.errors import InvalidInput


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([exports.claude(), {"name": "<b>odd</b>"}]))
    return path


def test_import_reports_and_is_found_in_the_list(squid, export):
    result = run(squid, ["import", str(export)], Context(door="cli"))
    assert "imported 1 conversation with 5 messages; 1 skipped (claude)." in result.text
    assert "item 2 was skipped: it is no conversation of claude" in result.text
    assert not result.failed
    assert [session.title for session in squid.sessions.list().items] == ["Trees"]
    again = run(squid, ["import", str(export)], Context(door="cli"))
    assert "1 already there" in again.text
    assert not again.failed


def test_a_dry_run_leaves_everything_as_it_is(squid, export):
    result = run(squid, ["import", str(export), "--dry-run"], Context())
    assert "would import 1 conversation" in result.text
    assert squid.sessions.list().items == ()


def test_paths_start_where_the_door_is(squid, export):
    run(squid, ["import", export.name], Context(cwd=export.parent))
    assert len(squid.sessions.list().items) == 1


def test_how_far_it_is_ends_at_the_whole(squid, export):
    told: list[tuple[float, str]] = []
    run(squid, ["import", str(export)], Context(progress=lambda fraction, what: told.append((fraction, what))))
    assert told[-1] == (1.0, "Importing, 5 messages")


def test_a_file_that_is_no_export_is_one_sentence(squid, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InvalidInput, match=r"The format of notes\.txt is not known"):
        run(squid, ["import", "notes.txt"], Context(cwd=tmp_path))


def test_a_file_of_which_nothing_could_be_taken_is_a_failure_to_programs(squid, tmp_path):
    (tmp_path / "cut.json").write_text('[{"uuid": "1", "chat_messages": [')
    result = run(squid, ["import", "cut.json"], Context(cwd=tmp_path))
    assert result.failed
    assert "The file breaks off at byte 33, in item 1" in result.text


def test_several_paths_are_imported_one_after_the_other(squid, export, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "talk.chat").write_text(json.dumps(exports.jupyter_chat()))
    result = run(squid, ["import", "notes.txt", export.name, "talk.chat"], Context(door="cli", cwd=tmp_path))
    assert [session.title for session in squid.sessions.list(sort="title").items] == ["talk", "Trees"]
    lines = result.text.splitlines()
    assert lines[0].startswith("The format of notes.txt is not known.")
    assert "conversations.json: imported 1 conversation" in lines[1]
    assert lines[-1].startswith("talk.chat: imported 1 conversation")
    assert result.failed
    assert not run(squid, ["import", export.name, "talk.chat"], Context(cwd=tmp_path)).failed
