"""LibreChat's JSON export: one conversation a file, as a list of messages or, "recursive", as nested ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..conversation import Conversation, Turn
from ..document import Document
from ..importer import JsonImporter
from ..loose import identifier, items, joined, mapping, text, when, words
from ..reading import Unreadable
from .missing import with_missing

__all__ = ["LIBRECHAT"]

_ROOT = "00000000-0000-0000-0000-000000000000"


def _fits(item: dict[str, Any]) -> bool:
    return "conversationId" in item and any(key in item for key in ("messages", "messagesTree"))


def _build(item: dict[str, Any], _document: Document) -> Conversation:
    key = identifier(item.get("conversationId"))
    if key is None:
        raise Unreadable("it has no id")
    options = mapping(item.get("options"))
    model = words(options.get("model"))
    told = item.get("messagesTree", item.get("messages"))
    messages = list(_flat(told if isinstance(told, list) else [told]))
    return Conversation(
        key=key,
        turns=tuple(_turn(message, parent, number, model) for number, (message, parent) in enumerate(messages)),
        title=text(item.get("title")),
        model=model,
        system=words(options.get("promptPrefix")) or words(options.get("system")),
        created_at=when(item.get("createdAt")),
        updated_at=when(item.get("updatedAt")),
        tags=tuple(tag for tag in items(item.get("tags")) if isinstance(tag, str)),
    )


def _flat(messages: list[Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every message with its parent, those nested in `children` too, parents first."""
    waiting: list[tuple[Any, str | None]] = [(message, None) for message in reversed(messages)]
    while waiting:
        value, above = waiting.pop()
        message = mapping(value)
        if not message:
            continue
        parent = identifier(message.get("parentMessageId")) or above
        yield message, None if parent == _ROOT else parent
        key = identifier(message.get("messageId"))
        waiting += [(child, key) for child in reversed(items(message.get("children")))]


def _turn(message: dict[str, Any], parent: str | None, number: int, model: str | None) -> Turn:
    human = message.get("isCreatedByUser") is True or text(message.get("sender")).lower() == "user"
    content, behind = _content(message)
    files = [text(mapping(file).get("filename")) for file in items(message.get("files"))]
    failed = message.get("error") is True
    return Turn(
        key=identifier(message.get("messageId")) or f"message {number}",
        parent=parent,
        role="user" if human else "assistant",
        content=with_missing(content, files),
        created_at=when(message.get("createdAt")),
        reasoning="" if human else behind,
        status="failed" if failed else "stopped" if message.get("unfinished") is True else "complete",
        error="LibreChat shows this answer as an error." if failed else None,
        model=None if human else words(message.get("model")) or model,
        provider=None if human else words(message.get("endpoint")),
    )


def _content(message: dict[str, Any]) -> tuple[str, str]:
    """What was said, and the thoughts and tool calls behind it."""
    said, behind = [], []
    for part in map(mapping, items(message.get("content"))):
        match part.get("type"):
            case "text" | "error":
                value = part.get("text")
                said.append(text(value) or text(mapping(value).get("value")))
            case "think":
                behind.append(text(part.get("think")))
            case "tool_call":
                behind.append(f"[tool] {json.dumps(part.get('tool_call'), ensure_ascii=False)}")
    return joined(said) or text(message.get("text")), joined(behind)


LIBRECHAT = JsonImporter("librechat", _fits, _build)
