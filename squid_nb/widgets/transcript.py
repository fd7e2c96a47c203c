"""A conversation as plain text and Markdown, for where the widget itself cannot be shown.

GitHub, nbconvert and a reopened notebook see this part of the output. It holds what was said when the cell ran.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Message

__all__ = ["as_markdown", "as_text"]

_NAMES = {"user": "You", "assistant": "Squid", "system": "System"}
_EMPTY = "Squid chat. Run this cell to talk to it."


def as_text(title: str, messages: Sequence[Message]) -> str:
    """Plain text: a title, then `name: words`."""
    if not messages:
        return _EMPTY
    turns = [f"{_NAMES[message.role]}: {_said(message)}" for message in messages]
    return "\n\n".join([f"Squid chat: {title or 'untitled'}", *turns])


def as_markdown(title: str, messages: Sequence[Message]) -> str:
    """Markdown: a heading for the title, a bold name above each turn."""
    if not messages:
        return _EMPTY
    turns = [f"**{_NAMES[message.role]}**\n\n{_said(message)}" for message in messages]
    return "\n\n".join([f"#### {title or 'Squid chat'}", *turns])


def _said(message: Message) -> str:
    ends = {"stopped": " *(stopped)*", "failed": " *(failed)*", "interrupted": " *(interrupted)*"}
    return message.content + ends.get(message.status, "")
