"""Each JSON format: roles, branches, times, models, files, and what goes on behind an answer."""

from __future__ import annotations

import io
import json
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


def test_chatgpt_citations_become_links_and_other_marks_go(history):
    marks = {name: f"\ue200{name}\ue202turn0search0\ue201" for name in ("cite", "navlist")}
    entity = '\ue200entity\ue202["company","Apple Inc.","maker"]\ue201'
    told = f"It is 42 {marks['cite']}, says {entity}.{marks['navlist']} \ue200cite\ue202turn1search9\ue201"
    references = [
        {"matched_text": marks["cite"], "alt": "([Wiki](https://example.org/42))"},
        {"matched_text": marks["navlist"], "alt": None,
         "items": [{"title": "A [b]", "url": "https://example.org/a"}, {"title": "x", "url": "javascript:alert(1)"}]},
        {"matched_text": " ", "alt": "footnote"},
    ]  # fmt: skip
    older = "It is 42【4†source】."
    place = older.index("【"), older.index("】") + 1
    citation = {"start_ix": place[0], "end_ix": place[1], "metadata": {"title": "Wiki", "url": "https://example.org"}}
    conversation = exports.chatgpt(
        exports.chatgpt_node("q", None, "user", "What is it?"),
        exports.chatgpt_node("a", "q", "assistant", told, metadata={"content_references": references}),
        exports.chatgpt_node("b", "a", "assistant", older, metadata={"citations": [citation]}),
    )
    history.bring_in("conversations.json", [conversation])
    assert [content for _, content in history.said()[1:]] == [
        "It is 42 ([Wiki](https://example.org/42)), says Apple Inc..([A (b)](https://example.org/a)) ",
        "It is 42([Wiki](https://example.org)).",
    ]


def test_chatgpt_canvas_is_a_file_of_the_answer(history):
    essay = {"name": "Night/Day", "type": "document", "content": "# Night\n\nIt was dark."}
    whole = {"updates": [{"pattern": ".*", "multiple": False, "replacement": "# Day"}]}
    part = {"updates": [{"pattern": "Day", "replacement": "Morning"}]}
    conversation = exports.chatgpt(
        exports.chatgpt_node("q", None, "user", "Write"),
        *(
            exports.chatgpt_node(
                f"c{n}", f"c{n - 1}" if n else "q", "assistant", recipient=f"canmore.{tool}_textdoc",
                content={"content_type": "code", "text": json.dumps(given)},
            )
            for n, (tool, given) in enumerate([("create", essay), ("update", whole), ("update", part)])
        ),
        exports.chatgpt_node("a", "c2", "assistant", "There it is."),
    )  # fmt: skip
    history.bring_in("conversations.json", [conversation])
    answer = history.path()[1]
    made = history.store.messages.get(answer.id).sources
    assert [(source.name, history.store.files.get(source.sha256).text) for source in made] == [
        ("Night-Day.md", "# Night\n\nIt was dark."),
        ("Night-Day.md", "# Day"),
    ]
    assert "Morning" in answer.reasoning
    history.assert_sound()


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
        archive.writestr("export/conversations-000.json", json.dumps([conversation]))
        archive.writestr(
            "export/conversations-001.json", json.dumps([exports.chatgpt_branched() | {"conversation_id": "2"}])
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


def test_claude_artifacts_and_their_edits_are_files_of_the_answer(history):
    def call(name, **given):
        return {"type": "tool_use", "name": name, "input": given}

    conversation = exports.claude()
    conversation["chat_messages"][1]["content"] = [
        call("artifacts", command="create", id="oak", type="text/markdown", title="Oak", content="An oak is tall."),
        call("artifacts", command="update", id="oak", old_str="tall", new_str="old"),
        call("artifacts", command="update", id="oak", old_str="not in it", new_str="x"),
        call("create_file", path="/mnt/outputs/grow.py", file_text="grow()"),
        {"type": "text", "text": "I wrote about oaks."},
    ]
    history.bring_in("conversations.json", [conversation])
    answer = history.path()[1]
    made = history.store.messages.get(answer.id).sources
    assert [(source.name, history.store.files.get(source.sha256).text) for source in made] == [
        ("Oak.md", "An oak is tall."),
        ("Oak.md", "An oak is old."),
        ("grow.py", "grow()"),
    ]
    assert answer.reasoning.startswith("[tool artifacts] Oak.md")
    assert "not in it" in answer.reasoning
    history.assert_sound()


def test_claude_conversations_in_which_nothing_was_said_are_left_out(history):
    empty = {"uuid": "e", "name": "", "chat_messages": []}
    report = history.bring_in("conversations.json", [exports.claude(), empty, empty | {"uuid": "f", "name": "Kept"}])
    assert (report.imported, report.skipped) == (2, 1)
    assert report.items[1].reason == "nothing was said in it"


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


def test_open_webui_tool_calls_inside_an_answer_are_its_reasoning(history):
    chat = exports.open_webui()
    chat["chat"]["history"]["messages"]["w3"]["content"] = (
        "Let me see.\n\n"
        '<details type="tool_calls" done="true" id="c" name="sum" arguments="&quot;{\\&quot;a\\&quot;: 1}&quot;" '
        'result="&quot;2&quot;">\n<summary>Tool Executed</summary>\n</details>\n'
        '<details type="code_interpreter" done="true" output="{&quot;stdout&quot;: &quot;2&quot;}">\n'
        "<summary>Analyzed</summary>\n```python\n1 + 1\n```\n</details>\n"
        "It is two.\n\n<details><summary>Mine</summary>kept</details>"
    )
    history.bring_in("chat-export.json", [chat])
    answer = history.path()[1]
    assert answer.content == "Let me see.\n\nIt is two.\n\n<details><summary>Mine</summary>kept</details>"
    assert answer.reasoning == (
        '[tool sum] {"a": 1}\n\n[result] 2\n\n```python\n1 + 1\n```\n\n[result] {"stdout": "2"}'
    )


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


def test_claude_code_keeps_what_calls_at_once_gave_back_and_leaves_out_what_nobody_said(history):
    def user(key, parent, content, **more):
        return {
            "type": "user",
            "sessionId": "s",
            "uuid": key,
            "parentUuid": parent,
            "message": {"content": content},
        } | more

    def assistant(key, parent, block):
        message = {"role": "assistant", "model": "claude-opus-4", "content": [block]}
        return {"type": "assistant", "sessionId": "s", "uuid": key, "parentUuid": parent, "message": message}

    def result(key, parent, call, content):
        return user(key, parent, [{"type": "tool_result", "tool_use_id": call, "content": content}])

    lines = [
        user("u0", None, "<command-name>/model</command-name>\n<command-args>opus</command-args>"),
        user("u1", "u0", "<local-command-stdout>Set model to opus</local-command-stdout>"),
        user("u2", "u1", "Compare them"),
        assistant("c1", "u2", {"type": "tool_use", "id": "t1", "name": "Read", "input": "a"}),
        assistant("c2", "c1", {"type": "tool_use", "id": "t2", "name": "Read", "input": "b"}),
        result("r1", "c1", "t1", "AAA"),
        result("r2", "c2", "t2", "BBB"),
        assistant("a1", "r2", {"type": "text", "text": "They differ."}),
        user("u3", "a1", [{"type": "text", "text": "[Request interrupted by user]"}]),
        user("u4", "u3", "This session is being continued from another one.", isCompactSummary=True),
        user("u5", "u4", "Thanks"),
    ]
    history.bring_in("s.jsonl", lines)
    assert [content for _, content in history.said()] == ["/model opus", "Compare them", "They differ.", "Thanks"]
    reasoning = history.path()[2].reasoning
    assert reasoning == '[tool Read] "a"\n\n[result] AAA\n\n[tool Read] "b"\n\n[result] BBB'
    history.assert_sound()


def test_a_directory_of_transcripts_is_imported_file_by_file(history):
    history.write("projects/work/5e55.jsonl", exports.claude_code())
    other = [record | ({"sessionId": "5e56"} if "sessionId" in record else {}) for record in exports.claude_code()]
    history.write("projects/work/5e56.jsonl", other)
    history.write("projects/work/notes.json", {"nothing": "here"})
    report = history.bring(history.directory / "projects")
    assert (report.imported, report.skipped) == (2, 1)
    assert "the format of work/notes.json is not known" in str(report)
