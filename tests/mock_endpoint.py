"""An OpenAI-compatible endpoint made of `httpx.MockTransport`, for what no real endpoint does on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import httpx

from squid_nb.config import Config
from squid_nb.errors import SquidError
from squid_nb.events import Delta, Notice, Reasoning
from squid_nb.providers.openai import OpenAIProvider
from squid_nb.providers.provider import ChatRequest, ProviderEvent
from squid_nb.records import Turn

__all__ = [
    "Body",
    "answering",
    "ask",
    "chunk",
    "collect",
    "listing",
    "notices",
    "provider_for",
    "refused",
    "sse",
    "text_of",
    "usage_chunk",
]

ask = ChatRequest("m-1", (Turn("user", "Why?"),))


def chunk(text: str | None = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One chunk of a streamed completion."""
    parts = {**({"content": text} if text is not None else {}), **delta}
    return {"model": "m-1", "choices": [{"index": 0, "delta": parts, "finish_reason": finish}]}


def usage_chunk(prompt: int, completion: int, **more: Any) -> dict[str, Any]:
    """The chunk with empty choices that `stream_options.include_usage` asks for."""
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **more}}


def sse(*items: dict[str, Any] | str, done: bool = True, newline: str = "\n") -> bytes:
    """Chunks and raw lines as server-sent events."""
    lines = [item if isinstance(item, str) else f"data: {json.dumps(item, ensure_ascii=False)}" for item in items]
    if done:
        lines.append("data: [DONE]")
    return "".join(line + newline * 2 for line in lines).encode()


class Body(httpx.AsyncByteStream):
    """A body that arrives in pieces, and may end in an exception or never.

    Parameters
    ----------
    pieces
        Bytes; an exception is raised there, an `asyncio.Event` is waited for.
    """

    def __init__(self, *pieces: bytes | Exception | asyncio.Event) -> None:
        self.pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed = True


def answering(body: bytes | Body, *, content_type: str = "text/event-stream") -> httpx.Response:
    """A response with status 200."""
    headers = {"content-type": content_type} if content_type else {}
    stream = body if isinstance(body, Body) else Body(body)
    return httpx.Response(200, headers=headers, stream=stream)


def listing(*names: str) -> httpx.Response:
    """What `/models` says."""
    return httpx.Response(200, json={"object": "list", "data": [{"id": name} for name in names]})


def provider_for(
    respond: Callable[[httpx.Request], httpx.Response] | Iterable[httpx.Response],
    *,
    pauses: list[float] | None = None,
    **model: Any,
) -> OpenAIProvider:
    """A provider whose endpoint answers through a function, or with these responses in order."""
    if not callable(respond):
        waiting = iter(respond)

        def respond_in_order(request: httpx.Request) -> httpx.Response:
            return next(waiting)

        respond = respond_in_order

    async def pause(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)

    settings = {"provider": "openai", "base_url": "http://localhost:9999/v1", **model}
    return OpenAIProvider(Config(model=settings), transport=httpx.MockTransport(respond), pause=pause)


async def collect(
    provider: OpenAIProvider, request: ChatRequest = ask
) -> tuple[list[ProviderEvent], SquidError | None]:
    """All events, and the error they ended in."""
    events: list[ProviderEvent] = []
    try:
        async for event in provider.stream(request):
            events.append(event)
    except SquidError as error:
        return events, error
    finally:
        await provider.aclose()
    return events, None


def text_of(events: Iterable[ProviderEvent], kind: type[Delta] | type[Reasoning] = Delta) -> str:
    """The answer in the events, or the reasoning."""
    return "".join(event.text for event in events if isinstance(event, kind))


def refused(status: int, message: Any = "", **headers: str) -> httpx.Response:
    """A refusal in OpenAI's shape."""
    return httpx.Response(status, json={"error": {"message": message}}, headers=headers)


def notices(events: Iterable[Any]) -> list[str]:
    """What was said beside the answer."""
    return [event.text for event in events if isinstance(event, Notice)]
