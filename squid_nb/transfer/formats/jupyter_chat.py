"""JupyterLab `.chat` files of jupyterlab-chat: a shared document with `messages`, `users` and `attachments`."""

from __future__ import annotations

from typing import Any

from ..conversation import Conversation, Turn
from ..document import Document
from ..importer import JsonImporter
from ..loose import identifier, items, joined, mapping, text, when
from .missing import with_missing

__all__ = ["JUPYTER_CHAT"]

_PERSONA = "jupyter-ai-personas::"
_KNOWN_BOTS = {"jupyternaut"}


def _fits(item: dict[str, Any]) -> bool:
    return isinstance(item.get("messages"), list) and isinstance(item.get("users"), dict)


def _build(item: dict[str, Any], document: Document) -> Conversation:
    users = mapping(item["users"])
    files = mapping(item.get("attachments"))
    turns: list[Turn] = []
    for number, message in enumerate(map(mapping, items(item["messages"]))):
        if message.get("deleted") is not True:
            turns.append(_turn(message, turns[-1].key if turns else None, number, users, files))
    name = document.name.replace("\\", "/").rpartition("/")[2]
    # Older files have no id of their own; the first message's is as good.
    key = identifier(mapping(item.get("metadata")).get("id")) or (turns[0].key if turns else name)
    return Conversation(key=key, turns=tuple(turns), title=name.removesuffix(".chat"))


def _turn(
    message: dict[str, Any], before: str | None, number: int, users: dict[str, Any], files: dict[str, Any]
) -> Turn:
    sender = text(message.get("sender"))
    attached = [text(mapping(files.get(text(key))).get("value")) for key in items(message.get("attachments"))]
    is_bot = _is_bot(sender, mapping(users.get(sender)))
    return Turn(
        key=identifier(message.get("id")) or f"message {number}",
        parent=before,
        role="assistant" if is_bot else "user",
        content=with_missing(_body(message), [name for name in attached if name]),
        created_at=when(message.get("time")),
    )


def _is_bot(sender: str, user: dict[str, Any]) -> bool:
    names = {text(user.get(key)).lower() for key in ("name", "username", "display_name")}
    return user.get("bot") is True or sender.startswith(_PERSONA) or bool(_KNOWN_BOTS & {sender.lower(), *names})


def _body(message: dict[str, Any]) -> str:
    data = mapping(mapping(message.get("mime_model")).get("data"))
    rich = data.get("text/markdown") or data.get("text/plain")
    return text(rich) or joined([text(line) for line in items(rich)], "") or text(message.get("body"))


JUPYTER_CHAT = JsonImporter("jupyter-chat", _fits, _build)
