"""A directory of exports, as somebody's downloads hold them, comes in with one command."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from transfer import exports

from squid_nb.errors import InvalidInput
from squid_nb.transfer import opening


def _zipped(**members: object) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return data.getvalue()


def test_exports_of_several_programs_come_in_at_once_whether_unpacked_or_not(history):
    history.write("all/chatgpt.zip", _zipped(**{"conversations.json": [exports.chatgpt_branched()], "user.json": {}}))
    history.write("all/claude/conversations.json", [exports.claude()])
    history.write("all/claude/users.json", [{"uuid": "me"}])
    history.write("all/chat-export.json", [exports.open_webui()])
    history.write("all/talk.chat", exports.jupyter_chat())
    report = history.bring(history.directory / "all")
    assert sorted(report.formats) == ["chatgpt", "claude", "jupyter-chat", "open-webui"]
    assert (report.imported, report.skipped, report.broken) == (4, 0, [])
    assert history.bring(history.directory / "all").already_there == 4
    history.assert_sound()


def test_files_of_one_export_are_not_found_in_another_one(history):
    node = exports.chatgpt_node(
        "q", None, "user", "See", metadata={"attachments": [{"id": "file-a", "name": "a.png"}]}
    )  # fmt: skip
    history.write("all/one.zip", _zipped(**{"conversations.json": [exports.chatgpt(node)]}))
    history.write("all/two.zip", _zipped(**{"conversations.json": [exports.claude()], "file-a.png": exports.PNG}))
    assert history.bring(history.directory / "all").imported == 2
    assert history.rows("select name from sources where name = 'a.png'") == []


def test_what_cannot_be_opened_or_is_not_known_is_named_and_ends_nothing(history, monkeypatch):
    monkeypatch.setattr(opening, "_ZIPS_LIMIT", 2)
    history.write("all/a.zip", b"PK\x03\x04nothing")
    history.write("all/b.zip", _zipped(**{"readme.txt": b"hello"}))
    history.write("all/c.zip", _zipped(**{"conversations.json": [exports.claude()]}))
    history.write("all/notes.json", {"a": 1})
    history.write("all/page.html", b"<html>somebody else's</html>")
    history.write("all/talk.chat", exports.jupyter_chat())
    report = history.bring(history.directory / "all")
    assert report.imported == 1
    reasons = [item.reason for item in report.items if item.outcome == "skipped"]
    assert len(reasons) == 4
    assert "notes.json is not known" in reasons[0]
    assert "a.zip is a damaged zip file" in reasons[1]
    assert reasons[2] == "b.zip holds no conversations"
    assert reasons[3].startswith("1 more zip files were not opened")


def test_a_directory_with_nothing_says_so(history):
    history.write("all/readme.txt", b"hello")
    with pytest.raises(InvalidInput, match="holds no conversations"):
        history.bring(history.directory / "all")
