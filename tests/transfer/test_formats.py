"""Each JSON format: roles, branches, times, models, files, and what goes on behind an answer."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from transfer import exports

from squid_nb.transfer.document import text_and_type


def test_chatgpt_keeps_branches_times_models_and_the_visible_path(history):
    report = history.bring_in("conversations.json", [exports.chatgpt_branched()])
    assert (report.formats, report.imported, report.messages) == (["chatgpt"], 1, 4)
    assert history.said() == [("user", "Why is my pandas groupby slow?"), ("assistant", "Use categories.")]
    question, answer = history.path()
    assert question.siblings == 2
    assert answer.model == "o3"
    assert answer.created_at == datetime.fromtimestamp(1700000055, UTC)
    assert answer.provenance.door == "import"
    session = history.session
    assert (session.title, session.model, session.messages) == ("Slow groupby", "gpt-4o", 4)
    assert session.created_at == datetime.fromtimestamp(1700000000.5, UTC)
    assert session.updated_at == datetime.fromtimestamp(1700000600, UTC)
    history.assert_sound()


def test_chatgpt_folds_thoughts_and_tools_into_the_answer(history):
    conversation = exports.chatgpt(
        exports.chatgpt_node("q", None, "user", "Plot it"),
        exports.chatgpt_node(
            "think", "q", "assistant",
            content={"content_type": "thoughts", "thoughts": [{"summary": "Plan", "content": "Use a bar chart."}]},
        ),
        exports.chatgpt_node(
            "call", "think", "assistant", recipient="python",
            content={"content_type": "code", "language": "python", "text": "plot(df)"},
        ),
        exports.chatgpt_node(
            "out", "call", "tool", content={"content_type": "execution_output", "text": "<Figure>"}
        ),
        exports.chatgpt_node("a", "out", "assistant", "Here it is."),
    )  # fmt: skip
    history.bring_in("conversations.json", [conversation])
    assert history.said() == [("user", "Plot it"), ("assistant", "Here it is.")]
    reasoning = history.path()[1].reasoning
    assert reasoning == "Plan\n\nUse a bar chart.\n\n[tool python] plot(df)\n\n[result] <Figure>"


def test_chatgpt_head_on_a_hidden_node_is_the_last_message_before_it(history):
    conversation = exports.chatgpt(
        exports.chatgpt_node("q", None, "user", "Search"),
        exports.chatgpt_node("a", "q", "assistant", "Found."),
        exports.chatgpt_node("t", "a", "tool", "raw"),
    )
    history.bring_in("conversations.json", [conversation])
    assert history.said()[-1] == ("assistant", "Found.")


def test_chatgpt_links_of_parents_or_of_children_are_enough(history):
    conversation = exports.chatgpt_branched()
    conversation["mapping"]["a1"]["parent"] = None  # only the child list of q1 knows it
    conversation["mapping"]["q1b"]["children"] = ["gone"]  # and this child does not exist
    del conversation["mapping"]["sys"]["children"]
    history.bring_in("conversations.json", [conversation])
    parents = dict(
        history.rows("select m.content, p.content from messages as m left join messages as p on p.id = m.parent_id")
    )
    assert parents["Because of object columns."] == "Why is my groupby slow?"
    assert parents["Use categories."] == "Why is my pandas groupby slow?"


def test_chatgpt_zip_brings_its_pictures(history):
    node = exports.chatgpt_node(
        "q", None, "user",
        content={"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc"},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_gone"},
            "What is this?",
        ]},
        metadata={"attachments": [{"id": "file-abc", "name": "leaf.png", "mimeType": "image/png"}]},
    )  # fmt: skip
    conversation = exports.chatgpt(node, exports.chatgpt_node("a", "q", "assistant", "A leaf."))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/conversations-000.json", _json([conversation]))
        archive.writestr(
            "export/conversations-001.json", _json([exports.chatgpt_branched() | {"conversation_id": "2"}])
        )
        archive.writestr("export/file-abc-leaf.png", exports.PNG)
        archive.writestr("export/user.json", "{}")
    report = history.bring_in("export.zip", data.getvalue())
    assert (report.imported, report.skipped) == (2, 0)
    (name, mime_type, sha256), = history.rows(
        "select s.name, f.mime_type, f.sha256 from sources as s join files as f using (sha256)"
    )  # fmt: skip
    stored = history.store.files.get(sha256, data=True).data
    assert (name, mime_type, stored) == ("leaf.png", "image/png", exports.PNG)
    (content,) = history.rows("select content from messages where content like '%What is this?%'")[0]
    assert content == "What is this?\n\n[attached: image, not in the export]"
    history.assert_sound()


def test_the_text_of_a_very_large_attachment_is_not_read_out(monkeypatch):
    monkeypatch.setattr("squid_nb.transfer.document._TEXT_LIMIT", 100)
    attached = [exports.PNG, b"x" * 100, b"x" * 101]
    assert [text_and_type(data, mime_type="text/plain") for data in attached] == [
        (None, "image/png"),
        ("x" * 100, "text/plain"),
        (None, "text/plain"),
    ]


def test_claude_keeps_the_tree_thinking_and_attachments(history):
    report = history.bring_in("conversations.json", [exports.claude()])
    assert (report.formats, report.messages) == (["claude"], 5)
    first, second, third, fourth = history.path()
    assert first.content == "What is a tree?\n\n[attached: oak.png, not in the export]"
    assert (fourth.content, fourth.siblings) == ("A graph without cycles.", 2)
    assert second.reasoning.startswith("Botany or data?")
    assert '[tool web_search] {"query": "tree"}' in second.reasoning
    assert third.created_at == datetime(2025, 1, 2, 3, 5, tzinfo=UTC)
    source = history.store.messages.get(first.id).sources[0]
    assert (source.name, history.store.files.get(source.sha256).text) == ("notes.md", "# Trees")
    history.assert_sound()


def test_claude_exports_without_parents_are_one_line(history):
    conversation = exports.claude()
    for message in conversation["chat_messages"]:
        message.pop("parent_message_uuid", None)
    del conversation["current_leaf_message_uuid"]
    history.bring_in("conversations.json", [conversation])
    assert len(history.path()) == 5


def test_sharegpt_keeps_roles_and_makes_a_title(history):
    conversation = {
        "id": "x",
        "conversations": [
            {"from": "system", "value": "Be kind."},
            {"from": "human", "value": "Why is the sky blue?"},
            {"from": "tool", "value": "Rayleigh"},
            {"from": "gpt", "value": "Scattering."},
        ],
    }
    report = history.bring_in("data.json", [conversation])
    assert report.formats == ["sharegpt"]
    assert history.said() == [("system", "Be kind."), ("user", "Why is the sky blue?"), ("assistant", "Scattering.")]
    assert history.path()[-1].reasoning == "[tool] Rayleigh"
    assert history.session.title == "Why is the sky blue?"


def test_sharegpt_with_one_id_for_two_conversations_gives_two(history):
    report = history.bring_in(
        "data.json", [exports.sharegpt("x", 0), exports.sharegpt("x", 4), exports.sharegpt("y", 2)]
    )
    assert (report.imported, report.messages) == (3, 6)
    assert history.bring(history.directory / "data.json").already_there == 3


def test_open_webui_keeps_siblings_tags_pictures_and_reasoning(history):
    report = history.bring_in("chat-export.json", [exports.open_webui()])
    assert (report.formats, report.messages) == (["open-webui"], 3)
    question, answer = history.path()
    assert (answer.content, answer.reasoning) == ("Two.", "It is <easy>.")
    assert (answer.model, answer.siblings) == ("llama3:8b", 2)
    assert question.created_at == datetime.fromtimestamp(1720000001, UTC)
    session = history.session
    assert (session.title, session.tags, session.pinned, session.system) == ("Sums", ("maths",), True, "Be brief.")
    assert [source.mime_type for source in history.store.messages.get(question.id).sources] == ["image/png"]
    history.assert_sound()


@pytest.mark.parametrize("recursive", [False, True])
def test_librechat_keeps_branches_flat_or_nested(history, recursive):
    report = history.bring_in("Greeting.json", exports.librechat(recursive=recursive))
    assert (report.formats, report.messages) == (["librechat"], 3)
    question, answer = history.path()
    assert (question.role, answer.role) == ("user", "assistant")
    assert (answer.content, answer.model, answer.provider) == ("Hello!", "claude-3-opus", "anthropic")
    assert (answer.siblings, answer.reasoning) == (2, "A greeting.")
    history.assert_sound()


def test_librechat_nested_and_flat_are_the_same_conversation(history):
    history.bring_in("flat.json", exports.librechat())
    assert history.bring_in("nested.json", exports.librechat(recursive=True)).already_there == 1


def test_jupyter_chat_knows_people_from_bots(history):
    report = history.bring_in("Trees and more.chat", exports.jupyter_chat())
    assert report.formats == ["jupyter-chat"]
    assert history.said() == [
        ("user", "@Jupyternaut hi\n\n[attached: data/trees.csv, not in the export]"),
        ("assistant", "Hello"),
        ("assistant", "**rich**"),
    ]
    assert history.session.title == "Trees and more"
    assert history.path()[0].created_at == datetime.fromtimestamp(1735000000.25, UTC)


def test_claude_code_folds_tool_calls_and_leaves_subagents_out(history):
    report = history.bring_in("5e55.jsonl", exports.claude_code())
    assert (report.formats, report.imported) == (["claude-code"], 1)
    assert history.said() == [
        ("user", "Fix the test"),
        ("assistant", "It asserts False."),
        ("user", "Then change it"),
        ("assistant", "Done."),
    ]
    answer = history.path()[1]
    assert answer.model == "claude-opus-4"
    assert answer.reasoning == 'Look first.\n\n[tool Read] {"file": "test.py"}\n\n[result] assert False'
    assert history.session.title == "Fix the test"
    assert history.count("sources") == 1


def test_a_directory_of_transcripts_is_imported_file_by_file(history):
    history.write("projects/work/5e55.jsonl", exports.claude_code())
    other = [record | ({"sessionId": "5e56"} if "sessionId" in record else {}) for record in exports.claude_code()]
    history.write("projects/work/5e56.jsonl", other)
    history.write("projects/work/notes.json", {"nothing": "here"})
    report = history.bring(history.directory / "projects")
    assert (report.imported, report.skipped) == (2, 1)
    assert "the format of work/notes.json is not known" in str(report)


def _json(value: object) -> str:
    import json

    return json.dumps(value)
