"""ShareGPT's JSON, the usual form of conversation data sets: `{"id": …, "conversations": [{"from": …, "value": …}]}`.

It has no ids of messages and no times. A message is known by its words and by everything said before it, so a longer
version of a conversation adds its end, and a changed one a branch.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Literal

from ..conversation import Conversation, Turn
from ..document import Document
from ..importer import JsonImporter
from ..loose import identifier, items, mapping, text, when, words

__all__ = ["SHAREGPT"]

_USERS = {"human", "user", "prompter"}
_SYSTEMS = {"system"}
_TOOLS = {"tool", "function", "function_call", "function_response", "observation", "tool_call", "tool_response"}


def _fits(item: dict[str, Any]) -> bool:
    messages = _messages(item)
    if messages is None:
        return False
    if not messages:
        return "conversations" in item and "id" in item  # `{"items": []}` may be anything
    return any(_role_name(mapping(message)) for message in messages[:3])


def _messages(item: dict[str, Any]) -> list[Any] | None:
    found = item.get("conversations", item.get("items"))
    return found if isinstance(found, list) else None


def _role_name(message: dict[str, Any]) -> str:
    return text(message.get("from")) or text(message.get("role"))


def _build(item: dict[str, Any], _document: Document) -> Conversation:
    model = words(item.get("model"))
    turns: list[Turn] = []
    behind: list[str] = []
    parent = ""
    for message in map(mapping, items(_messages(item))):
        value = message.get("value", message.get("content"))
        content, name = text(value), _role_name(message)
        if name in _TOOLS:
            behind.append(f"[{name}] {content}")
            continue
        role: Literal["user", "assistant", "system"] = (
            "user" if name in _USERS else "system" if name in _SYSTEMS else "assistant"
        )
        key = _digest(parent, role, content)
        reasoning = "\n\n".join(behind) if role == "assistant" else ""
        behind = [] if role == "assistant" else behind
        turns.append(
            Turn(key, parent or None, role, content, reasoning=reasoning, model=model if role == "assistant" else None)
        )
        parent = key
    # The data set that most others come from gives one id to two conversations, so the first message belongs to it.
    told = identifier(item.get("id"))
    first = turns[0].key if turns else "empty"
    return Conversation(
        key=f"{told or ''}:{first}",
        turns=tuple(turns),
        title=text(item.get("title")),
        model=model,
        system=words(item.get("system")),
        created_at=when(item.get("created_at") or item.get("create_time")),
    )


def _digest(parent: str, role: str, content: str) -> str:
    return blake2b(f"{parent}\0{role}\0{content}".encode("utf-8", "replace"), digest_size=12).hexdigest()


SHAREGPT = JsonImporter("sharegpt", _fits, _build)
