"""What the model gets to see: the system prompt and the most recent messages that fit.

A message is never cut in half and the question is never dropped. Attached files stay with their message in later
turns while they fit; where only the words fit, the attachment is replaced by a line that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import ContextExceeded
from .records import Message, Source, Turn

__all__ = ["Window", "fit"]

_TURN_OVERHEAD = 4
"""Tokens a chat template adds around a message; about right for ChatML, Llama and Gemma."""


@dataclass(frozen=True, slots=True)
class Window:
    """The turns to send, and what they take."""

    turns: tuple[Turn, ...]
    tokens: int
    limit: int
    """Tokens the model's context may hold, the answer included."""
    omitted_messages: int


def fit(
    history: Sequence[Message],
    *,
    system: str | None,
    limit: int,
    answer_tokens: int | None,
    count: Callable[[str], int],
    earlier: int = 0,
) -> Window:
    """Choose the newest messages of `history` that fit beside the system prompt and the question.

    Parameters
    ----------
    history
        The visible path, oldest first; the last one is the question.
    limit
        Tokens of the model's context.
    answer_tokens
        Tokens kept free for the answer; a quarter of the limit, at most 1,024, when None.
    count
        Tokens of a text.
    earlier
        Messages before `history[0]` that were not even loaded.

    Raises
    ------
    ContextExceeded
        When the question alone does not fit.
    """
    budget = limit - _reserve(limit, answer_tokens)
    question = history[-1]
    tail = [_turn(question)]
    used = _cost(tail[0], count) + (_cost(Turn("system", system), count) if system else 0)
    if used > budget:
        raise ContextExceeded(
            f"The question with its attachments takes about {used:,} tokens, and {budget:,} fit.",
            "Shorten it, remove an attachment, or raise context.max_tokens if the model can hold more.",
        )
    omitted = earlier
    spoken = [message for message in history[:-1] if message.content or message.sources]
    for position in range(len(spoken) - 1, -1, -1):
        chosen = _cheapest_whole(spoken[position], budget - used, count)
        if chosen is None:
            omitted += position + 1
            break
        turn, cost = chosen
        tail.append(turn)
        used += cost
    # An answer without its question in front confuses models and breaks some chat templates.
    while len(tail) > 1 and tail[-1].role == "assistant":
        used -= _cost(tail.pop(), count)
        omitted += 1
    turns = ([Turn("system", system)] if system else []) + _merge_neighbours(tail[::-1])
    return Window(turns=tuple(turns), tokens=used, limit=limit, omitted_messages=omitted)


def _reserve(limit: int, answer_tokens: int | None) -> int:
    return min(limit // 4, answer_tokens or 1024)


def _cost(turn: Turn, count: Callable[[str], int]) -> int:
    return count(turn.content) + _TURN_OVERHEAD


def _cheapest_whole(message: Message, room: int, count: Callable[[str], int]) -> tuple[Turn, int] | None:
    """The message with its attachments if that fits, else its words alone, else None."""
    whole = _turn(message)
    cost = _cost(whole, count)
    if cost <= room:
        return whole, cost
    if not message.sources:
        return None
    names = ", ".join(source.name for source in message.sources)
    words = Turn(message.role, f"[attached here, left out to save room: {names}]\n\n{message.content}")
    cost = _cost(words, count)
    return (words, cost) if cost <= room else None


def _turn(message: Message) -> Turn:
    blocks = [_block(source) for source in message.sources]
    return Turn(message.role, "\n\n".join([*blocks, message.content]))


def _block(source: Source) -> str:
    return f"--- {source.kind} {source.name} ---\n{source.text or _instead(source)}\n--- end of {source.name} ---"


def _instead(source: Source) -> str:
    """What the model reads of an attachment without text, so that it does not make something up."""
    if source.mime_type.startswith("image/"):
        return f"[a picture ({source.mime_type}), which is not shown to you]"
    return "[empty]" if not source.size_bytes else f"[{source.mime_type}, which holds no text]"


def _merge_neighbours(turns: Sequence[Turn]) -> list[Turn]:
    """Join turns of one role in a row (a question whose answer failed): templates want roles to alternate."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            merged[-1] = Turn(turn.role, f"{merged[-1].content}\n\n{turn.content}")
        else:
            merged.append(turn)
    return merged
