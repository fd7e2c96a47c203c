"""Any OpenAI-compatible endpoint: Ollama, LM Studio, vLLM, llama.cpp, OpenAI, OpenRouter and the like.

How a request is brought to answer is `opening`, how chunks are read `answer`; this file joins them and reads the
stream of server-sent events.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any

import httpx
from httpx_sse import EventSource

from ..config import Config
from ..errors import BadStream, KeyRefused, ModelNotFound, ProviderError, Unreachable
from ..events import Notice
from ..records import ModelInfo
from . import tokens
from .answer import AnswerReader
from .connection import Connection
from .listing import ask_listing, model_info, read_listing
from .opening import Opening, named_answer
from .probe import repair
from .provider import ChatRequest, ProviderEvent
from .refusals import clean, refusal

__all__ = ["OpenAIProvider"]

DEFAULT_BASE_URL = "https://api.openai.com/v1"
_DONE = "[DONE]"
_MODELS_S = 10.0
_MAX_MODELS = 5000


class OpenAIProvider:
    """Streams answers from one endpoint.

    Parameters
    ----------
    config
        Its `model` section.
    transport
        Instead of the network, for tests.
    pause
        How to wait between tries.
    """

    name = "openai"

    def __init__(
        self,
        config: Config,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        model = config.model
        key = model.api_key.get_secret_value().strip() if model.api_key else None
        self._connection = Connection(
            model.base_url or DEFAULT_BASE_URL, key=key or None, timeout_s=model.timeout_s, transport=transport
        )
        self._pause = pause
        self._pending: Notice | None = None
        """Something to say with the next answer."""
        if self._connection.key_is_exposed:
            self._pending = Notice(
                f"The key travels unencrypted to {self._connection.host}; use https if it offers that."
            )
        self.host = self._connection.host
        self.default_model: str | None = model.name
        """None means the first that the endpoint offers; only a request can tell which that is."""

    def __repr__(self) -> str:
        return f"OpenAIProvider({self._connection.base_url!r})"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        """Yield the answer as it comes; closing it closes the connection at once."""
        self._require_key()
        model = request.model or await self._first_model()
        if self._pending is not None:
            said, self._pending = self._pending, None
            yield said
        opening = Opening(self._connection, _payload(request, model), pause=self._pause)
        try:
            async with aclosing(opening.events()) as before:
                async for event in before:
                    yield event
            reader = AnswerReader(
                model, self.host, sent_tokens=sum(self.count_tokens(t.content) for t in request.turns)
            )
            if opening.whole is not None:
                for piece in (*reader.read(opening.whole), *reader.end()):
                    yield piece
            elif opening.response is not None:
                async with aclosing(self._read(opening.response, reader)) as answer:
                    async for piece in answer:
                        yield piece
        finally:
            await opening.aclose()

    async def models(self) -> list[ModelInfo]:
        """What the endpoint offers, with a base URL that is nearly right repaired."""
        self._require_key()
        entries = await self._listing()
        found = (model_info(entry, provider=self.name, host=self.host) for entry in entries[:_MAX_MODELS])
        return [info for info in found if info is not None]

    def count_tokens(self, text: str) -> int:
        """An estimate: the tokenizer is on the other side."""
        return tokens.estimate(text)

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._connection.aclose()

    async def _read(self, response: httpx.Response, reader: AnswerReader) -> AsyncGenerator[ProviderEvent, None]:
        # Server-sent events are UTF-8 whatever a header says, and some endpoints forget to name the type.
        response.encoding = "utf-8"
        response.headers["content-type"] = "text/event-stream"
        done = False
        try:
            async with aclosing(EventSource(response).aiter_sse()) as stream:
                async for sent in stream:
                    if not sent.data:
                        continue
                    if sent.data.strip() == _DONE:
                        done = True
                        break
                    for chunk in self._chunks(sent.data):
                        for event in reader.read(chunk):
                            yield event
        except httpx.HTTPError as error:
            # An answer that said it was finished is whole, even if the connection then broke.
            if reader.finish_reason is None:
                for event in reader.held():
                    yield event
                raise self._connection.broke_off(error) from None
        except ProviderError:
            for event in reader.held():
                yield event
            raise
        if not done and reader.finish_reason is None:
            for event in reader.held():
                yield event
            raise self._ended_early(reader)
        for event in reader.end():
            yield event

    def _chunks(self, data: str) -> Iterable[dict[str, Any]]:
        """The chunks in one event: one, or several where an endpoint forgets the blank line between events."""
        try:
            found = [json.loads(data)]
        except ValueError:
            try:
                found = [json.loads(line) for line in data.split("\n") if line.strip() not in ("", _DONE)]
            except ValueError:
                raise self._not_json(data) from None
        for chunk in found:
            if not isinstance(chunk, dict):
                raise self._not_json(data)
            if chunk.get("error"):
                raise self._refused_midway(chunk["error"])
            yield chunk

    def _not_json(self, data: str) -> ProviderError:
        shown = clean(data, secret=self._connection.key)[:60]
        return BadStream(f"{self.host} sent something that is not a part of an answer: {shown!r}.", "Retry.")

    def _refused_midway(self, error: Any) -> ProviderError:
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 400
        found = self._refusal(status, json.dumps({"error": error}))
        if type(found) in (ProviderError, Unreachable):
            return BadStream(found.message, "Retry, or choose another model.")
        return found

    def _ended_early(self, reader: AnswerReader) -> ProviderError:
        if reader.chunks == 0:
            return BadStream(f"{self.host} answered without sending an answer.", "Check model.base_url, then retry.")
        return BadStream(f"The answer from {self.host} broke off before its end.", "What had arrived is kept. Retry.")

    async def _first_model(self) -> str:
        if self.default_model is None:
            offered = await self.models()
            if not offered:
                raise ModelNotFound(f"{self.host} offers no model.", "Load one there, or set model.name.")
            self.default_model = offered[0].id
        return self.default_model

    async def _listing(self) -> list[Any]:
        connection = self._connection
        response = await connection.send("GET", "/models", timeout_s=min(_MODELS_S, connection.timeout_s))
        body = await connection.body(response)
        entries = read_listing(body) if response.is_success else None
        if entries is not None:
            return entries
        if response.is_success or response.status_code in (404, 405):
            self._pending = Notice(await repair(connection, answer=named_answer(response, body)))
            return await ask_listing(connection) or []
        raise self._refusal(response.status_code, body)

    def _refusal(self, status: int, body: str) -> ProviderError:
        key = self._connection.key
        model = self.default_model or "the model"
        return refusal(status, body, host=self.host, model=model, has_key=key is not None, secret=key)

    def _require_key(self) -> None:
        if self._connection.base_url == DEFAULT_BASE_URL and self._connection.key is None:
            raise KeyRefused(
                "There is no key for OpenAI.",
                "Set the environment variable OPENAI_API_KEY, or model.base_url to another endpoint.",
            )


def _payload(request: ChatRequest, model: str) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.turns],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.temperature is not None:
        payload["temperature"] = request.temperature
    if request.max_tokens is not None:
        payload["max_tokens"] = request.max_tokens
    if request.response_format == "json":
        payload["response_format"] = {"type": "json_object"}
    return payload
