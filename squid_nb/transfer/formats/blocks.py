"""Content blocks as Claude's export and Claude Code write them: text, thinking, tool calls and their results."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from ..conversation import Attachment
from ..loose import items, joined, mapping, text
from .artifacts import Drafts

__all__ = ["Said", "said"]

_TOOL_TEXT = 20_000
"""Characters of one tool call or result that are kept."""


@dataclass(slots=True)
class Said:
    """What a list of blocks says, and what went on behind it."""

    content: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def text(self) -> str:
        return joined(self.content)

    @property
    def reasoning(self) -> str:
        return joined(self.behind)


def said(blocks: Any, drafts: Drafts | None = None) -> Said:
    """Read a string or a list of blocks.

    Parameters
    ----------
    drafts
        Takes the documents that tool calls write; they become attachments.
    """
    found = Said()
    if isinstance(blocks, str):
        found.content.append(blocks)
    for block in map(mapping, items(blocks)):
        match block.get("type"):
            case "text":
                found.content.append(text(block.get("text")))
            case "thinking":
                found.behind.append(text(block.get("thinking")))
            case "tool_use":
                name, given = text(block.get("name")), block.get("input")
                draft = drafts.claude(name, mapping(given)) if drafts is not None else None
                if draft is not None:
                    found.attachments.append(draft)
                call = draft.name if draft is not None else json.dumps(given, ensure_ascii=False, default=str)
                found.behind.append(_cut(f"[tool {name}] {call}"))
            case "tool_result":
                found.behind.append(_cut(f"[result] {_result(block.get('content'))}"))
            case "image":
                found.attachments += _picture(mapping(block.get("source")), len(found.attachments) + 1)
    return found


def _result(content: Any) -> str:
    if isinstance(content, str):
        return content
    return joined([text(mapping(part).get("text")) for part in items(content)])


def _picture(source: dict[str, Any], number: int) -> list[Attachment]:
    try:
        data = base64.b64decode(text(source.get("data")), validate=True)
    except (binascii.Error, ValueError):
        return []
    return [Attachment(f"image-{number}", data, mime_type=text(source.get("media_type")) or None)] if data else []


def _cut(content: str) -> str:
    return content if len(content) <= _TOOL_TEXT else content[:_TOOL_TEXT] + " …"
