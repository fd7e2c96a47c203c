"""What the `openai` provider costs over what it stands on: httpx to the same server, httpx-sse on the same bytes."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse
from llama_serving import MODEL, llama_server
from mock_endpoint import Body, answering, chunk, provider_for, sse, usage_chunk
from pytest_benchmark.fixture import BenchmarkFixture

from squid_nb.config import Config
from squid_nb.events import Delta
from squid_nb.providers.openai import OpenAIProvider
from squid_nb.providers.provider import ChatRequest
from squid_nb.records import Turn

CHUNKS = 20_000
PIECE = 16_384
ROUNDS = 15
REQUEST = ChatRequest(MODEL, (Turn("user", "Say hello."),), temperature=0.0, max_tokens=4)


@pytest.fixture(scope="module")
def served(weights: Path) -> Iterator[str]:
    with llama_server(weights) as address:
        yield address


@pytest.fixture(scope="module")
def body() -> list[bytes]:
    """20,000 chunks, in pieces as a socket gives them."""
    whole = sse(*(chunk("word ") for _ in range(CHUNKS)), chunk(finish="stop"), usage_chunk(1, CHUNKS))
    return [whole[at : at + PIECE] for at in range(0, len(whole), PIECE)]


async def ours_first(provider: OpenAIProvider) -> float:
    began = time.perf_counter()
    taken = 0.0
    # To the end, so that the server is idle and its prompt cache the same for whoever comes next.
    async for event in provider.stream(REQUEST):
        if isinstance(event, Delta) and not taken:
            taken = time.perf_counter() - began
    return taken


async def raw_first(client: httpx.AsyncClient, served: str) -> float:
    payload = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Say hello."}],
        "stream": True,
        "temperature": 0.0,
        "max_tokens": 4,
        "stream_options": {"include_usage": True},
    }
    began = time.perf_counter()
    taken = 0.0
    async with client.stream("POST", f"{served}/v1/chat/completions", json=payload) as response:
        async for line in response.aiter_lines():
            choices = json.loads(line[6:])["choices"] if line.startswith("data: {") else []
            if not taken and choices and choices[0]["delta"].get("content"):
                taken = time.perf_counter() - began
    return taken


def test_time_to_first_token(benchmark: BenchmarkFixture, served: str) -> None:
    async def compare() -> tuple[float, float]:
        provider = OpenAIProvider(Config(model={"provider": "openai", "base_url": f"{served}/v1"}))
        ours, raw = [], []
        async with httpx.AsyncClient(timeout=60) as client:
            await ours_first(provider), await raw_first(client, served)
            for _ in range(ROUNDS):  # in turns, so that a busy machine is busy for both
                ours.append(await ours_first(provider))
                raw.append(await raw_first(client, served))
        await provider.aclose()
        return statistics.median(ours), statistics.median(raw)

    ours, raw = benchmark.pedantic(lambda: asyncio.run(compare()), rounds=1)
    benchmark.extra_info |= {"ours_ms": ours * 1000, "raw_ms": raw * 1000, "ratio": ours / raw}
    assert ours > 0


def test_our_events(benchmark: BenchmarkFixture, body: list[bytes]) -> None:
    async def walk() -> int:
        provider = provider_for([answering(Body(*body))])
        count = 0
        async for event in provider.stream(REQUEST):
            count += isinstance(event, Delta)
        return count

    _measure(benchmark, walk)


def test_raw_events(benchmark: BenchmarkFixture, body: list[bytes]) -> None:
    async def walk() -> int:
        count = 0
        transport = httpx.MockTransport(lambda _: answering(Body(*body)))
        async with (
            httpx.AsyncClient(transport=transport) as client,
            aconnect_sse(client, "POST", "http://localhost/v1/chat/completions") as source,
        ):
            async for sent in source.aiter_sse():
                choices = json.loads(sent.data)["choices"] if sent.data != "[DONE]" else []
                count += bool(choices and choices[0]["delta"].get("content"))
        return count

    _measure(benchmark, walk)


def _measure(benchmark: BenchmarkFixture, walk: Callable[[], Coroutine[Any, Any, int]]) -> None:
    count = benchmark.pedantic(lambda: asyncio.run(walk()), rounds=5, warmup_rounds=1)
    if benchmark.enabled:
        benchmark.extra_info["events_per_second"] = CHUNKS / benchmark.stats.stats.median
    assert count == CHUNKS
