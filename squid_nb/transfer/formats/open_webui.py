"""Open WebUI's chat export: an array of chats, each a tree of messages in `chat.history`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..document import Document
from ..importer import JsonImporter
from ..loose import identifier, items, joined, mapping, text, when, words
from ..reading import Unreadable
from .artifacts import written
from .missing import with_missing
from .thoughts import apart

__all__ = ["OPEN_WEBUI"]


def _chat(item: dict[str, Any]) -> dict[str, Any]:
    return mapping(item.get("chat")) or item


def _fits(item: dict[str, Any]) -> bool:
    history = mapping(_chat(item).get("history"))
    return isinstance(history.get("messages"), dict) or ("chat" in item and "messages" in _chat(item))


def _build(item: dict[str, Any], _document: Document) -> Conversation:
    chat = _chat(item)
    key = identifier(item.get("id")) or identifier(chat.get("id"))
    if key is None:
        raise Unreadable("it has no id")
    history = mapping(chat.get("history"))
    told = mapping(history.get("messages"))
    turns = _tree(told) if told else _line(items(chat.get("messages")))
    models = [model for model in items(chat.get("models")) if isinstance(model, str)]
    tags = items(chat.get("tags")) or items(mapping(item.get("meta")).get("tags"))
    return Conversation(
        key=key,
        turns=tuple(turns),
        title=text(item.get("title")) or text(chat.get("title")),
        head=identifier(history.get("currentId")),
        model=models[0] if models else None,
        system=words(chat.get("system")) or words(mapping(chat.get("params")).get("system")),
        created_at=when(item.get("created_at")) or when(chat.get("timestamp")),
        updated_at=when(item.get("updated_at")),
        tags=tuple(_tag(tag) for tag in tags if _tag(tag)),
        pinned=item.get("pinned") is True,
        archived=item.get("archived") is True,
    )


def _tag(tag: Any) -> str:
    return text(tag) or text(mapping(tag).get("name"))


def _tree(told: dict[str, Any]) -> list[Turn]:
    listed = {
        child: name
        for name, message in told.items()
        for child in items(mapping(message).get("childrenIds"))
        if isinstance(child, str)
    }
    turns = []
    for name, message in told.items():
        parent = identifier(mapping(message).get("parentId"))
        turns.append(_turn(name, parent if parent in told else listed.get(name), mapping(message)))
    return turns


def _line(messages: list[Any]) -> list[Turn]:
    turns: list[Turn] = []
    for number, message in enumerate(map(mapping, messages)):
        key = identifier(message.get("id")) or f"message {number}"
        turns.append(_turn(key, turns[-1].key if turns else None, message))
    return turns


def _turn(key: str, parent: str | None, message: dict[str, Any]) -> Turn:
    role = message.get("role")
    content, reasoning = apart(_content(message.get("content")))
    attachments, missing = _files(items(message.get("files")))
    problem = message.get("error")
    return Turn(
        key=key,
        parent=parent,
        role="user" if role == "user" else "system" if role == "system" else "assistant",
        content=with_missing(content, missing),
        created_at=when(message.get("timestamp")),
        reasoning=reasoning or text(message.get("reasoning_content")),
        status="failed" if problem else "stopped" if message.get("done") is False else "complete",
        error=(text(mapping(problem).get("content")) or text(problem) or "It failed.") if problem else None,
        model=words(message.get("model")) if role == "assistant" else None,
        attachments=tuple(attachments),
    )


def _content(content: Any) -> str:
    return text(content) or joined([text(mapping(part).get("text")) for part in items(content)])


def _files(told: list[Any]) -> tuple[list[Attachment], list[str]]:
    """Pictures as data URLs and the text of documents, which the export carries, and the names of all else."""
    found: list[Attachment] = []
    missing: list[str] = []
    for number, entry in enumerate(map(mapping, told), start=1):
        file = mapping(entry.get("file"))
        name = text(entry.get("name")) or text(file.get("filename")) or f"{text(entry.get('type')) or 'file'}-{number}"
        content = text(mapping(file.get("data")).get("content"))
        data = _data_url(text(entry.get("url")))
        if data:
            found.append(Attachment(name, data))
        elif content:
            found.append(written(name, content))
        else:
            missing.append(name)
    return found, missing


def _data_url(url: str) -> bytes:
    if not url.startswith("data:"):
        return b""
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return b""


OPEN_WEBUI = JsonImporter("open-webui", _fits, _build)
