"""Claude's data export: a zip with `conversations.json`, an array of conversations with `chat_messages`."""

from __future__ import annotations

from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..document import Document
from ..importer import JsonImporter
from ..loose import identifier, items, mapping, text, when, words
from ..reading import Unreadable
from .artifacts import Drafts, written
from .blocks import said
from .missing import with_missing

__all__ = ["CLAUDE"]

_ROOTS = {"00000000-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000000"}
"""Stand-ins for "no parent"."""


def _fits(item: dict[str, Any]) -> bool:
    return isinstance(item.get("chat_messages"), list)


def _build(item: dict[str, Any], document: Document) -> Conversation:
    key = identifier(item.get("uuid"))
    if key is None:
        raise Unreadable("it has no id")
    model = words(item.get("model"))
    turns: list[Turn] = []
    drafts = Drafts()
    for message in map(mapping, items(item["chat_messages"])):
        before = turns[-1].key if turns else None
        turns.append(_turn(message, before, len(turns), model, document, drafts))
    if not turns and not text(item.get("name")):
        raise Unreadable("nothing was said in it")
    return Conversation(
        key=key,
        turns=tuple(turns),
        title=text(item.get("name")),
        head=identifier(item.get("current_leaf_message_uuid")),
        model=model,
        created_at=when(item.get("created_at")),
        updated_at=when(item.get("updated_at")),
        pinned=item.get("is_starred") is True,
    )


def _turn(
    message: dict[str, Any], before: str | None, number: int, model: str | None, document: Document, drafts: Drafts
) -> Turn:
    parent = before
    if "parent_message_uuid" in message:  # older exports are one line of messages and have no such links
        parent = identifier(message["parent_message_uuid"])
        parent = None if parent in _ROOTS else parent
    blocks = said(message.get("content"), drafts)
    attachments, missing = _files(message, document)
    human = message.get("sender") == "human"
    return Turn(
        key=identifier(message.get("uuid")) or f"message {number}",
        parent=parent,
        role="user" if human else "assistant",
        content=with_missing(blocks.text or text(message.get("text")), missing),
        created_at=when(message.get("created_at")),
        reasoning="" if human else blocks.reasoning,
        status="stopped" if message.get("truncated") is True else "complete",
        model=None if human else words(message.get("model")) or model,
        attachments=(*attachments, *blocks.attachments),
    )


def _files(message: dict[str, Any], document: Document) -> tuple[list[Attachment], list[str]]:
    """Pasted and uploaded text, which the export carries, and files, of which it has the names."""
    found: list[Attachment] = []
    missing: list[str] = []
    for told in map(mapping, items(message.get("attachments"))):
        name, content = text(told.get("file_name")) or "pasted text", text(told.get("extracted_content"))
        if content:
            found.append(written(name, content))
        else:
            missing.append(name)
    for told in map(mapping, items(message.get("files"))):
        name = text(told.get("file_name"))
        attachment = document.files.attachment(text(told.get("file_uuid")), name=name or None)
        attachment = attachment or document.files.attachment(name)
        if attachment is not None:
            found.append(attachment)
        else:
            missing.append(name)
    return found, missing


CLAUDE = JsonImporter("claude", _fits, _build)
