"""Going on with an answer that was stopped or broke off: what the model is told, and how the two halves join.

Few endpoints can continue an assistant's message, so the unfinished answer is sent as said, followed by a request to
go on. That request is part of no conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .events import Delta
from .records import Message

__all__ = ["REQUEST", "joined", "with_beginning"]

REQUEST = (
    "Your answer broke off. Go on exactly where it ended: begin with the next word, repeat nothing, "
    "and say nothing about the interruption."
)
_CLOSING = frozenset(",.;:!?)")


def with_beginning(history: Sequence[Message], unfinished: Message) -> list[Message]:
    """The conversation up to the question, the unfinished answer, and the request to go on."""
    request = replace(history[-1], role="user", content=REQUEST, sources=())
    return [*history, replace(unfinished, sources=()), request]


def joined(beginning: str, first: Delta) -> Delta:
    """The first words of the rest, with a space in front where two words would run together."""
    last, following = beginning[-1:], first.text[:1]
    needs_space = following.isalnum() and (last.isalnum() or last in _CLOSING)
    return Delta(f" {first.text}") if needs_space else first
