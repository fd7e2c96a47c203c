"""The `openai` provider against llama.cpp's own server with the real weights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest
from llama_serving import MODEL, llama_server
from mock_endpoint import collect, text_of

from squid_nb.config import Config
from squid_nb.errors import ContextExceeded, KeyRefused
from squid_nb.events import Delta, Notice, Used
from squid_nb.providers.openai import OpenAIProvider
from squid_nb.providers.provider import ChatRequest
from squid_nb.records import Turn


def provider_at(url: str, **model: str) -> OpenAIProvider:
    return OpenAIProvider(Config(model={"provider": "openai", "base_url": url, **model}))


def request(text: str = "Say hello.", *, model: str = MODEL, max_tokens: int | None = 12) -> ChatRequest:
    return ChatRequest(model, (Turn("user", text),), max_tokens=max_tokens)


@pytest.fixture
async def provider(served: str) -> AsyncIterator[OpenAIProvider]:
    provider = provider_at(f"{served}/v1")
    yield provider
    await provider.aclose()


async def busy_slots(served: str) -> int:
    async with httpx.AsyncClient() as client:
        slots = (await client.get(f"{served}/slots")).json()
    return sum(slot["is_processing"] for slot in slots)


async def test_an_answer_streams_and_is_measured(provider: OpenAIProvider) -> None:
    events, error = await collect(provider, request())
    assert error is None
    assert len([event for event in events if isinstance(event, Delta)]) > 3
    used = next(event for event in events if isinstance(event, Used))
    assert used.method == "measured"
    assert used.input_tokens is not None
    assert used.input_tokens > 5
    assert used.output_tokens == 12
    assert used.cost_usd is None


async def test_models_are_listed(provider: OpenAIProvider) -> None:
    models = await provider.models()
    assert [info.id for info in models] == [MODEL]
    assert models[0].context_tokens == 2048


async def test_without_a_name_the_first_model_answers(provider: OpenAIProvider) -> None:
    events, error = await collect(provider, request(model=""))
    assert (bool(text_of(events)), error) == (True, None)


async def test_stop_frees_the_model(served: str, provider: OpenAIProvider) -> None:
    async with aclosing(provider.stream(request("Write a very long story.", max_tokens=None))) as stream:
        async for event in stream:
            if isinstance(event, Delta):
                break
        assert await busy_slots(served) == 1
    async with asyncio.timeout(10):
        while await busy_slots(served):  # noqa: ASYNC110 - the state of a server
            await asyncio.sleep(0.01)


async def test_an_unknown_model_is_noticed(provider: OpenAIProvider) -> None:
    events, error = await collect(provider, request(model="nobody-has-this"))
    assert error is None
    assert Notice(f"The answer came from {MODEL}, not from nobody-has-this.") in events


@pytest.mark.parametrize("path", ["", "/v1", "/wrong", "/wrong/v1"])
async def test_a_base_url_with_or_without_v1(served: str, path: str) -> None:
    events, error = await collect(provider_at(served + path), request())
    assert (bool(text_of(events)), error) == (True, None)
    said = [event.text for event in events if isinstance(event, Notice) and "base_url" in event.text]
    assert bool(said) == ("wrong" in path)  # llama.cpp itself takes both of the others


async def test_a_question_that_does_not_fit(provider: OpenAIProvider) -> None:
    events, error = await collect(provider, request("word " * 5000))
    assert (events, type(error)) == ([], ContextExceeded)


async def test_a_key_is_wanted_and_taken(weights: Path) -> None:
    with llama_server(weights, key="sesame-1") as address:
        assert type((await collect(provider_at(address), request()))[1]) is KeyRefused
        assert type((await collect(provider_at(address, api_key="wrong"), request()))[1]) is KeyRefused
        assert (await collect(provider_at(address, api_key="sesame-1"), request()))[1] is None


def test_one_provider_works_from_several_loops(served: str) -> None:
    provider = provider_at(f"{served}/v1")

    async def ask() -> str:
        try:
            return text_of([event async for event in provider.stream(request())])
        finally:
            await provider.aclose()

    assert asyncio.run(ask())
    assert asyncio.run(ask())
