"""The seam between the chat path and whatever answers.

A provider knows nothing of sessions, storage or doors: it gets a window and yields events.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from ..events import Delta, Notice, Progress, Reasoning, Used
from ..records import ModelInfo, Turn

__all__ = ["ChatRequest", "Provider", "ProviderEvent"]

ProviderEvent: TypeAlias = Progress | Notice | Delta | Reasoning | Used


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is sent: exactly this, and nothing else."""

    model: str
    turns: tuple[Turn, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    response_format: Literal["text", "json"] = "text"


class Provider(Protocol):
    """Something that streams an answer."""

    name: str
    """`embedded`, `openai`, or the name of a plugin."""
    host: str
    """Where requests go: `in process` or `scheme://host:port`; never with a key in it."""

    def stream(self, request: ChatRequest) -> AsyncIterator[ProviderEvent]:
        """Yield the answer as it comes, then one `Used` if the provider counts tokens.

        Closing the iterator stops the model at once and closes the connection.

        Raises
        ------
        ProviderError
            One of its subclasses, also after some text has been yielded.
        """
        ...

    async def models(self) -> list[ModelInfo]:
        """What can be asked for as `ChatRequest.model`."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: exact where the tokenizer is at hand, else an estimate."""
        ...

    async def aclose(self) -> None:
        """Release connections; the provider can not be used afterwards."""
        ...
