"""What was sent for an answer: which words, sources and settings went to which host.

It is rebuilt from the stored conversation the way the request was made; settings are today's, because those of a
single question are not stored.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import asking
from .errors import InvalidInput
from .records import Source, Turn

if TYPE_CHECKING:
    from .squid import Squid

__all__ = ["Sent", "sent"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it can be told afterwards."""

    host: str
    provider: str
    model: str
    turns: tuple[Turn, ...]
    sources: tuple[Source, ...]
    """What was attached to the question; its text is part of the turns."""
    temperature: float | None
    max_tokens: int | None
    context_tokens: int
    """As counted today; what the provider counted is in the ledger."""
    context_limit: int
    omitted_messages: int


async def sent(squid: Squid, answer_id: str) -> Sent:
    """The request behind an answer.

    Raises
    ------
    InvalidInput
        When the message is no answer to a question.
    """
    answer = await asyncio.to_thread(squid.sessions.message, answer_id)
    if answer.role != "assistant" or answer.parent_id is None:
        raise InvalidInput("Only for an answer something was sent.")
    question = await asyncio.to_thread(squid.sessions.message, answer.parent_id)
    window = await asking.preview(squid, "", {"again": question.id, "model": answer.model})
    settings = squid.config.model
    return Sent(
        host=answer.host or window.host,
        provider=answer.provider or window.provider,
        model=answer.model or window.model,
        turns=window.turns,
        sources=question.sources,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        context_tokens=window.context_tokens,
        context_limit=window.context_limit,
        omitted_messages=window.omitted_messages,
    )
