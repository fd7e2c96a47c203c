"""`--dry-run`: exactly what would be sent, and to which host."""

from __future__ import annotations

import re

from ..asking import Preview
from ..commands import Result, escape

__all__ = ["preview_result"]


def preview_result(preview: Preview) -> Result:
    """The window word for word, with where it would go; nothing has been sent or stored."""
    facts = [
        f"Nothing was sent. It would go to {preview.model} ({preview.provider}), host: {preview.host}",
        f"about {preview.context_tokens:,} of {preview.context_limit:,} tokens",
    ]
    if preview.omitted_messages:
        facts.append(f"{preview.omitted_messages:,} earlier messages left out")
    if preview.sources:
        facts.append(f"attached: {', '.join(source.name for source in preview.sources)}")
    head = " ".join(["; ".join(facts) + ".", *preview.notices])
    text = "\n\n".join([head, *(f"[{turn.role}]\n{turn.content}" for turn in preview.turns)])
    turns = (f"**{turn.role}**\n\n{_fenced(turn.content)}" for turn in preview.turns)
    return Result(text, "\n\n".join([escape(head), *turns]))


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
