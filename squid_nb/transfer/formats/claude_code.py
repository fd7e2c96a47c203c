"""Claude Code's transcripts: a `.jsonl` a session, one record a line, linked by `parentUuid`.

Tool calls and their results become the reasoning of the answer they led to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..conversation import Conversation, Turn
from ..document import Document
from ..fold import Node, fold
from ..importer import Found, guarded
from ..json_items import ITEM_LIMIT, Item
from ..loose import identifier, mapping, text, when, words
from ..reading import Broken, Skipped, Unreadable
from .blocks import said

__all__ = ["CLAUDE_CODE"]

_TYPES = {"user", "assistant", "summary", "system", "custom-title", "ai-title", "file-history-snapshot"}


@dataclass(slots=True)
class _Session:
    """What the lines read so far say."""

    keys: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    last: str | None = None
    size: int = 0

    def take(self, record: dict[str, Any]) -> None:
        key = identifier(record.get("sessionId"))
        if key and key not in self.keys[:100]:
            self.keys.append(key)
        for kind in ("customTitle", "aiTitle", "summary"):
            if text(record.get(kind)) and text(record.get("type")) in _TYPES:
                self.titles[kind] = text(record.get(kind))
        node = _node(record)
        if node is not None:
            self.nodes.setdefault(node.key, node)
            self.last = node.key
            self.size += len(node.behind) + (len(node.turn.content) + len(node.turn.reasoning) if node.turn else 0)
            if self.size > ITEM_LIMIT:
                raise Unreadable(f"the session holds more than {ITEM_LIMIT >> 20} MB of text")

    def conversation(self, name: str) -> Conversation:
        if not self.keys:
            raise Unreadable("it has no session id")
        stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".jsonl")
        turns, head = fold(self.nodes.values(), head=self.last)
        if not turns:
            raise Unreadable("nothing was said in it")
        title = next((self.titles[kind] for kind in ("customTitle", "aiTitle", "summary") if kind in self.titles), "")
        return Conversation(stem if stem in self.keys else self.keys[0], turns, title=title, head=head)


class _ClaudeCode:
    name = "claude-code"

    def recognises(self, document: Document) -> bool:
        return any(
            text(value.get("type")) in _TYPES and ("sessionId" in value or "leafUuid" in value or "messageId" in value)
            for value in map(mapping, document.sample)
        )

    def read(self, document: Document) -> Iterator[Found]:
        session = _Session()
        broken: Broken | None = None
        try:
            for item in document.items():
                if isinstance(item, Broken):
                    broken = item
                elif isinstance(item, Skipped):
                    yield item
                else:
                    self._take(session, item)
        except Unreadable as error:
            yield Skipped(1, None, str(error))
            return
        yield guarded(1, 0, session.conversation, document.name)
        if broken is not None:
            yield broken

    def _take(self, session: _Session, item: Item) -> None:
        if isinstance(item.value, dict):
            session.take(item.value)


def _node(record: dict[str, Any]) -> Node | None:
    message = mapping(record.get("message"))
    key = identifier(record.get("uuid"))
    if key is None or record.get("isSidechain") is True:
        return None
    # A compacted session starts anew below a link of its own.
    parent = identifier(record.get("parentUuid")) or identifier(record.get("logicalParentUuid"))
    kind = text(record.get("type"))
    if kind not in {"user", "assistant"} or record.get("isMeta") is True:
        return Node(key, parent)
    blocks = said(message.get("content"))
    human = kind == "user"
    if not blocks.text.strip() and not blocks.attachments:
        return Node(key, parent, behind=blocks.reasoning)
    turn = Turn(
        key=key,
        parent=parent,
        role="user" if human else "assistant",
        content=blocks.text,
        created_at=when(record.get("timestamp")),
        reasoning="" if human else blocks.reasoning,
        status="failed" if record.get("isApiErrorMessage") is True else "complete",
        error="The model could not be reached." if record.get("isApiErrorMessage") is True else None,
        model=None if human else words(message.get("model")),
        attachments=tuple(blocks.attachments),
    )
    return Node(key, parent, turn)


CLAUDE_CODE = _ClaudeCode()
