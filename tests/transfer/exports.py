"""Small exports of each JSON format, as the programs write them, with branches, times and models."""

from __future__ import annotations

from typing import Any

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


def chatgpt_node(
    key: str, parent: str | None, role: str = "", text: str = "", *, time: float | None = None, **more: Any
) -> dict[str, Any]:
    content = more.pop("content", {"content_type": "text", "parts": [text]})
    metadata = {"model_slug": "gpt-4o"} if role == "assistant" else {}
    message = {
        "id": key,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": time,
        "content": content,
        "status": "finished_successfully",
        "metadata": metadata | more.pop("metadata", {}),
        "recipient": "all",
        **more,
    }
    return {"id": key, "message": message if role else None, "parent": parent, "children": []}


def chatgpt(*nodes: dict[str, Any], key: str = "c1", head: str | None = None, **more: Any) -> dict[str, Any]:
    mapping = {node["id"]: node for node in nodes}
    for node in nodes:
        if node["parent"] in mapping:
            mapping[node["parent"]]["children"].append(node["id"])
    return {
        "title": "Slow groupby",
        "create_time": 1700000000.5,
        "update_time": 1700000600.0,
        "mapping": mapping,
        "current_node": head or nodes[-1]["id"],
        "conversation_id": key,
        "id": key,
        "default_model_slug": "gpt-4o",
        "is_archived": False,
        **more,
    }


def chatgpt_branched() -> dict[str, Any]:
    """A question asked twice; the second wording, answered by another model, is the visible one."""
    return chatgpt(
        chatgpt_node("root", None),
        chatgpt_node("sys", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
        chatgpt_node("q1", "sys", "user", "Why is my groupby slow?", time=1700000001.0),
        chatgpt_node("a1", "q1", "assistant", "Because of object columns.", time=1700000005.0),
        chatgpt_node("q1b", "sys", "user", "Why is my pandas groupby slow?", time=1700000050.0),
        chatgpt_node("a1b", "q1b", "assistant", "Use categories.", time=1700000055.0, metadata={"model_slug": "o3"}),
    )


def claude() -> dict[str, Any]:
    return {
        "uuid": "6c0f",
        "name": "Trees",
        "created_at": "2025-01-02T03:04:05.678901Z",
        "updated_at": "2025-01-02T03:14:05Z",
        "account": {"uuid": "me"},
        "current_leaf_message_uuid": "m4",
        "chat_messages": [
            {
                "uuid": "m1",
                "sender": "human",
                "text": "What is a tree?",
                "content": [{"type": "text", "text": "What is a tree?"}],
                "created_at": "2025-01-02T03:04:06Z",
                "parent_message_uuid": "00000000-0000-4000-8000-000000000000",
                "attachments": [
                    {"file_name": "notes.md", "file_type": "md", "file_size": 7, "extracted_content": "# Trees"}
                ],
                "files": [{"file_name": "oak.png"}],
            },
            {
                "uuid": "m2",
                "sender": "assistant",
                "text": "",
                "content": [
                    {"type": "thinking", "thinking": "Botany or data?"},
                    {"type": "tool_use", "name": "web_search", "input": {"query": "tree"}},
                    {"type": "tool_result", "name": "web_search", "content": [{"type": "text", "text": "A plant."}]},
                    {"type": "text", "text": "A plant."},
                ],
                "created_at": "2025-01-02T03:04:10Z",
                "parent_message_uuid": "m1",
            },
            {
                "uuid": "m3",
                "sender": "human",
                "text": "In computing?",
                "created_at": "2025-01-02T03:05:00Z",
                "parent_message_uuid": "m2",
            },
            {
                "uuid": "m4",
                "sender": "assistant",
                "text": "A graph without cycles.",
                "created_at": "2025-01-02T03:05:02Z",
                "parent_message_uuid": "m3",
            },
            {
                "uuid": "m4b",
                "sender": "assistant",
                "text": "Nodes with parents.",
                "created_at": "2025-01-02T03:06:02Z",
                "parent_message_uuid": "m3",
            },
        ],
    }


def sharegpt(key: str = "abc_0", turns: int = 2, **more: Any) -> dict[str, Any]:
    said = [{"from": ("human", "gpt")[n % 2], "value": f"{key} says {n}: hello"} for n in range(turns)]
    return {"id": key, "conversations": said, **more}


def open_webui() -> dict[str, Any]:
    reasoning = (
        '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds</summary>\n'
        "&gt; It is &lt;easy&gt;.\n</details>\nTwo."
    )
    return {
        "id": "chat-1",
        "user_id": "u",
        "title": "Sums",
        "created_at": 1720000000,
        "updated_at": 1720000100,
        "archived": False,
        "pinned": True,
        "meta": {"tags": ["maths"]},
        "chat": {
            "title": "Sums",
            "models": ["llama3:8b", "qwen2"],
            "params": {"system": "Be brief."},
            "timestamp": 1720000000123,
            "history": {
                "currentId": "w3",
                "messages": {
                    "w1": {
                        "id": "w1",
                        "parentId": None,
                        "childrenIds": ["w2", "w3"],
                        "role": "user",
                        "content": "One and one?",
                        "timestamp": 1720000001,
                        "files": [{"type": "image", "url": "data:image/png;base64," + _base64(PNG)}],
                    },
                    "w2": {
                        "id": "w2",
                        "parentId": "w1",
                        "childrenIds": [],
                        "role": "assistant",
                        "content": "Three.",
                        "model": "qwen2",
                        "timestamp": 1720000003,
                    },
                    "w3": {
                        "id": "w3",
                        "parentId": "w1",
                        "childrenIds": [],
                        "role": "assistant",
                        "content": reasoning,
                        "model": "llama3:8b",
                        "timestamp": 1720000003,
                        "done": True,
                    },
                },
            },
        },
    }


def librechat(*, recursive: bool = False) -> dict[str, Any]:
    question = {
        "messageId": "l1",
        "parentMessageId": "00000000-0000-0000-0000-000000000000",
        "text": "Hello?",
        "sender": "User",
        "isCreatedByUser": True,
        "createdAt": "2024-05-06T07:08:09.000Z",
    }
    answers = [
        {
            "messageId": f"l{n}",
            "parentMessageId": "l1",
            "text": "",
            "content": [{"type": "think", "think": "A greeting."}, {"type": "text", "text": words}],
            "sender": "Claude",
            "isCreatedByUser": False,
            "model": model,
            "endpoint": "anthropic",
            "createdAt": f"2024-05-06T07:08:1{n}.000Z",
        }
        for n, (words, model) in enumerate([("Hi.", "claude-3-haiku"), ("Hello!", "claude-3-opus")], start=2)
    ]
    told = {"conversationId": "lc-1", "endpoint": "anthropic", "title": "Greeting", "branches": True}
    if recursive:
        return told | {"recursive": True, "messagesTree": [question | {"children": answers}]}
    return told | {"recursive": False, "messages": [question, *answers], "options": {"model": "claude-3-opus"}}


def jupyter_chat() -> dict[str, Any]:
    return {
        "messages": [
            {"body": "@Jupyternaut hi", "id": "j1", "time": 1735000000.25, "sender": "ada", "type": "msg",
             "attachments": ["f1"]},
            {"body": "Hello", "id": "j2", "time": 1735000002.5, "sender": "jupyter-ai-personas::jai::Jupyternaut"},
            {"body": "", "id": "j3", "time": 1735000003.0, "sender": "ada", "deleted": True},
            {"body": "plain", "id": "j4", "time": 1735000004.0, "sender": "helper",
             "mime_model": {"data": {"text/markdown": "**rich**"}}},
        ],
        "users": {
            "ada": {"username": "ada", "name": "ada", "bot": False},
            "helper": {"username": "helper", "name": "Helper", "bot": True},
        },
        "attachments": {"f1": {"value": "data/trees.csv", "type": "file"}},
        "metadata": {"id": "chat-7"},
    }  # fmt: skip


def claude_code() -> list[dict[str, Any]]:
    session = {"sessionId": "5e55", "cwd": "/home/ada/work", "version": "1.0.0"}

    def user(key: str, parent: str | None, content: Any, **more: Any) -> dict[str, Any]:
        return session | {"type": "user", "uuid": key, "parentUuid": parent,
                          "message": {"role": "user", "content": content},
                          "timestamp": "2025-06-01T10:00:00.000Z"} | more  # fmt: skip

    def assistant(key: str, parent: str, *blocks: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "model": "claude-opus-4", "content": list(blocks)}
        return session | {"type": "assistant", "uuid": key, "parentUuid": parent, "message": message,
                          "timestamp": "2025-06-01T10:00:05.000Z"}  # fmt: skip

    return [
        {"type": "file-history-snapshot", "messageId": "x", "snapshot": {}},
        {"type": "ai-title", "aiTitle": "Fix the test", "sessionId": "5e55"},
        user("u0", None, "Caveat", isMeta=True),
        user("u1", "u0", "Fix the test"),
        assistant("s1", "u1", {"type": "thinking", "thinking": "Look first."}),
        assistant("s2", "s1", {"type": "tool_use", "id": "t", "name": "Read", "input": {"file": "test.py"}}),
        user("s3", "s2", [{"type": "tool_result", "tool_use_id": "t", "content": "assert False"}]),
        assistant("s4", "s3", {"type": "text", "text": "It asserts False."}),
        user("side", "s2", "Look for more", isSidechain=True),
        user("u2", "s4", [{"type": "text", "text": "Then change it"},
                          {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                                       "data": _base64(PNG)}}]),
        assistant("s5", "u2", {"type": "text", "text": "Done."}),
    ]  # fmt: skip


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()
