"""Claude Code's transcripts: a `.jsonl` a session, one record a line, linked by `parentUuid`.

Tool calls and their results become the reasoning of the answer they led to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..conversation import Conversation, Turn
from ..document import Document
from ..fold import Node, fold
from ..importer import Found, guarded
from ..json_items import ITEM_LIMIT, Item
from ..loose import identifier, items, joined, mapping, text, when, words
from ..reading import Broken, Skipped, Unreadable
from .blocks import said

__all__ = ["CLAUDE_CODE"]

_OUTPUT = re.compile(r"\s*<(local-command-stdout|local-command-stderr|bash-stdout)>")
_INTERRUPTED = "[Request interrupted by user"
_TYPES = {"user", "assistant", "summary", "system", "custom-title", "ai-title", "file-history-snapshot"}


@dataclass(slots=True)
class _Session:
    """What the lines read so far say."""

    keys: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    """The record of each tool call, by its id."""
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
        if node is None:
            return
        self.size += len(node.behind) + (len(node.turn.content) + len(node.turn.reasoning) if node.turn else 0)
        if self.size > ITEM_LIMIT:
            raise Unreadable(f"the session holds more than {ITEM_LIMIT >> 20} MB of text")
        self.nodes.setdefault(node.key, self._joined(node, record))
        self.last = node.key

    def _joined(self, node: Node, record: dict[str, Any]) -> Node:
        """The node; what a tool gave back stands with its call, as calls at once lie on branches of their own."""
        blocks = [mapping(block) for block in items(mapping(record.get("message")).get("content"))]
        calls = [text(block.get("id")) for block in blocks if block.get("type") == "tool_use"]
        self.tools |= {call: node.key for call in calls if call}
        results = [text(block.get("tool_use_id")) for block in blocks if block.get("type") == "tool_result"]
        call = self.nodes.get(self.tools.get(results[0], "")) if results and node.turn is None else None
        if call is None or call.turn is not None:
            return node
        self.nodes[call.key] = replace(call, behind=joined([call.behind, node.behind]))
        return replace(node, behind="")

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
    body = _spoken(blocks.text) if human else blocks.text
    if record.get("isCompactSummary") is True:
        return Node(key, parent)  # repeats what was said before
    if not body.strip() and not blocks.attachments:
        return Node(key, parent, behind=blocks.reasoning)
    turn = Turn(
        key=key,
        parent=parent,
        role="user" if human else "assistant",
        content=body,
        created_at=when(record.get("timestamp")),
        reasoning="" if human else blocks.reasoning,
        status="failed" if record.get("isApiErrorMessage") is True else "complete",
        error="The model could not be reached." if record.get("isApiErrorMessage") is True else None,
        model=None if human else words(message.get("model")),
        attachments=tuple(blocks.attachments),
    )
    return Node(key, parent, turn)


def _spoken(body: str) -> str:
    """What a person typed: a command as it was typed, and not what the program noted in their name."""
    command = _between(body, "command-name")
    if command:
        return f"{command} {_between(body, 'command-args')}".strip()
    return "" if _OUTPUT.match(body) or body.startswith(_INTERRUPTED) else body


def _between(body: str, tag: str) -> str:
    """What stands in the first element of this name."""
    inside, closed, _ = body.partition(f"<{tag}>")[2].partition(f"</{tag}>")
    return inside.strip() if closed else ""


CLAUDE_CODE = _ClaudeCode()
