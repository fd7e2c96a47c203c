"""A better title than the first words of the question: asked of the model once, after the first answer.

It happens in the background and is never in the way: when it fails the first words stay, and so does a title that a
person gave meanwhile. It is a model call like any other, so it stands in the ledger.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from .errors import SquidError
from .events import Delta, Titled
from .ledger import Meter
from .providers.provider import ChatRequest, Provider
from .records import Message, Turn
from .store import Store
from .store.ids import new_id
from .titles import title_from

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .providers.provider import ProviderEvent

__all__ = ["retitle"]

_WISH = "Give this conversation a title of two to six words, in its own language. Answer with the title alone."
_QUESTION_LENGTH = 2000
_ANSWER_LENGTH = 1000
_ANSWER_TOKENS = 300
"""Room for a model that thinks before it answers."""
_QUOTES = "\"'“”„«»‘’「」*_.。 "  # noqa: RUF001  # what models put around a title


async def retitle(answer: Message, *, title: str, user_id: str, store: Store, provider: Provider) -> Titled | None:
    """Replace `title` by one that the model makes of the answer and its question; None when it stays."""
    if not answer.parent_id or not answer.content.strip():
        return None
    question = await asyncio.to_thread(store.messages.get, answer.parent_id)
    request = _request(question.content, answer)
    meter = Meter(provider)
    try:
        words = await _written(request, meter, provider)
    except SquidError:
        words = ""
    finally:
        spent = meter.row(answer, user_id=user_id, usage_id=new_id())
        if spent is not None:
            await asyncio.shield(asyncio.to_thread(store.usage.add, spent))
    better = title_from(words).strip(_QUOTES)
    if not better or better == title:
        return None
    session = await asyncio.to_thread(store.sessions.rename, answer.session_id, better, unless_renamed=title)
    return Titled(session.id, session.title) if session.title == better else None


def _request(question: str, answer: Message) -> ChatRequest:
    said = f"Question:\n{question[:_QUESTION_LENGTH]}\n\nAnswer:\n{answer.content[:_ANSWER_LENGTH]}"
    return ChatRequest(
        model=answer.model or "",
        turns=(Turn("system", _WISH), Turn("user", said)),
        temperature=0.2,
        max_tokens=_ANSWER_TOKENS,
    )


async def _written(request: ChatRequest, meter: Meter, provider: Provider) -> str:
    """What the model says; thinking is left out."""
    text: list[str] = []
    meter.began(request, sum(provider.count_tokens(turn.content) for turn in request.turns))
    try:
        async with aclosing(cast("AsyncGenerator[ProviderEvent, None]", provider.stream(request))) as stream:
            async for event in stream:
                meter.saw(event)
                if isinstance(event, Delta):
                    text.append(event.text)
    finally:
        meter.ended("".join(text))
    return "".join(text)
