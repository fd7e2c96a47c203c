"""ChatGPT's data export: `conversations.json`, or `conversations-000.json` and so on, alone or in the zip.

Each conversation is a tree of nodes in `mapping`; `current_node` is where the visible path ends.
"""

from __future__ import annotations

import json
from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..document import Document, Files
from ..fold import Node, fold
from ..importer import JsonImporter
from ..loose import identifier, items, joined, mapping, text, when, words
from ..reading import Unreadable
from .artifacts import Drafts
from .citations import cited
from .missing import with_missing

__all__ = ["CHATGPT"]

_SAID = {"text", "multimodal_text"}
_PARTIAL = {"in_progress", "finished_partial_completion"}


def _fits(item: dict[str, Any]) -> bool:
    return isinstance(item.get("mapping"), dict)


def _build(item: dict[str, Any], document: Document) -> Conversation:
    key = identifier(item.get("conversation_id")) or identifier(item.get("id"))
    if key is None:
        raise Unreadable("it has no id")
    mapping_ = mapping(item["mapping"])
    parents = _parents(mapping_)
    drafts = Drafts()
    nodes = [_node(name, parents.get(name), mapping(node), document.files, drafts) for name, node in mapping_.items()]
    turns, head = fold(nodes, head=identifier(item.get("current_node")))
    return Conversation(
        key=key,
        turns=turns,
        title=text(item.get("title")),
        head=head,
        model=words(item.get("default_model_slug")),
        created_at=when(item.get("create_time")),
        updated_at=when(item.get("update_time")),
        pinned=item.get("is_starred") is True,
        archived=item.get("is_archived") is True,
    )


def _parents(nodes: dict[str, Any]) -> dict[str, str]:
    """Who is whose parent: a node says so itself, or the parent's list of children says it."""
    listed: dict[str, str] = {}
    for name, node in nodes.items():
        for child in items(mapping(node).get("children")):
            if isinstance(child, str):
                listed.setdefault(child, name)
    told = {name: identifier(mapping(node).get("parent")) for name, node in nodes.items()}
    found = {name: parent if parent in nodes else listed.get(name) for name, parent in told.items()}
    return {name: parent for name, parent in found.items() if parent is not None}


def _node(name: str, parent: str | None, node: dict[str, Any], files: Files, drafts: Drafts) -> Node:
    message = mapping(node.get("message"))
    author = text(mapping(message.get("author")).get("role"))
    metadata = mapping(message.get("metadata"))
    content = mapping(message.get("content"))
    kind = text(content.get("content_type"))
    if not message or metadata.get("is_visually_hidden_from_conversation") is True:
        return Node(name, parent)
    attachments, missing = _files(content, metadata, files)
    words_said = _text(content) if author == "user" else cited(_text(content), metadata)
    body = with_missing(words_said, missing)
    to_person = message.get("recipient") in (None, "all")
    picture = author == "tool" and kind == "multimodal_text" and bool(attachments or missing)
    if (kind in _SAID and author in {"user", "assistant", "system"} and to_person) or picture:
        if not body and not attachments:
            return Node(name, parent)
        turn = Turn(
            key=name,
            parent=parent,
            role="user" if author == "user" else "system" if author == "system" else "assistant",
            content=body,
            created_at=when(message.get("create_time")),
            status="stopped" if text(message.get("status")) in _PARTIAL else "complete",
            model=words(metadata.get("model_slug")) if author != "user" else None,
            attachments=attachments,
        )
        return Node(name, parent, turn)
    draft = _draft(message, content, drafts) if author == "assistant" else None
    if draft is not None:
        return Node(name, parent, behind=f"[tool {text(message.get('recipient'))}] {draft.name}", made=(draft,))
    return Node(name, parent, behind=_behind(author, message, content, body))


def _text(content: dict[str, Any]) -> str:
    parts = []
    for part in items(content.get("parts")):
        # A string, or an object: a picture, a piece of audio, its transcription.
        parts.append(part if isinstance(part, str) else text(mapping(part).get("text")))
    return joined(parts) if parts else text(content.get("text"))


def _draft(message: dict[str, Any], content: dict[str, Any], drafts: Drafts) -> Attachment | None:
    """The document that a call of the canvas writes."""
    tool = text(message.get("recipient"))
    if not tool.startswith("canmore."):
        return None
    try:
        return drafts.canvas(tool, mapping(json.loads(_text(content))))
    except (ValueError, RecursionError):
        return None


def _behind(author: str, message: dict[str, Any], content: dict[str, Any], body: str) -> str:
    """A thought, a call of a tool, or what the tool gave back."""
    if author == "user":
        return ""  # custom instructions, repeated in front of every conversation
    thoughts = [mapping(thought) for thought in items(content.get("thoughts"))]
    if thoughts:
        return joined([joined([text(one.get("summary")), text(one.get("content"))]) for one in thoughts])
    shown = body or text(content.get("content")) or text(content.get("result"))
    if not shown.strip():
        return ""
    if author == "tool":
        return f"[result] {shown}"
    return f"[tool {text(message.get('recipient'))}] {shown}" if content.get("content_type") == "code" else shown


def _files(content: dict[str, Any], metadata: dict[str, Any], files: Files) -> tuple[tuple[Attachment, ...], list[str]]:
    """What came with a message: what the export carries, and the names of what it does not."""
    named: dict[str, str] = {}
    for part in map(mapping, items(content.get("parts"))):
        pointer = text(part.get("asset_pointer")).rpartition("://")[2]
        if pointer:
            named[pointer] = "image" if part.get("content_type") == "image_asset_pointer" else "audio"
    for told in map(mapping, items(metadata.get("attachments"))):
        key = identifier(told.get("id"))
        if key:
            named[key] = text(told.get("name")) or named.get(key, key)
    found = {key: files.attachment(key, name=name if "." in name else None) for key, name in named.items()}
    carried = tuple(attachment for attachment in found.values() if attachment is not None)
    return carried, [named[key] for key, attachment in found.items() if attachment is None]


CHATGPT = JsonImporter("chatgpt", _fits, _build)
