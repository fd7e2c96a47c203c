"""What a call costs: known prices, and None for everything that has none."""

from __future__ import annotations

import pytest
from mock_endpoint import answering, ask, chunk, collect, provider_for, sse, usage_chunk

from squid_nb.events import Used
from squid_nb.providers.prices import cost


@pytest.mark.parametrize(
    ("model", "host"), [("gpt-4o", "https://api.openai.com"), ("openai/gpt-4o", "https://openrouter.ai")]
)
def test_a_published_price(model: str, host: str) -> None:
    one = cost(model, host, input_tokens=1_000_000, output_tokens=0)
    both = cost(model, host, input_tokens=1_000_000, output_tokens=1_000_000)
    cached = cost(model, host, input_tokens=1_000_000, output_tokens=0, cached_tokens=1_000_000)
    assert one is not None
    assert both is not None
    assert cached is not None
    assert 0 < cached < one < both


@pytest.mark.parametrize(
    ("model", "host"),
    [
        ("gpt-4o", "in process"),
        ("gpt-4o", "http://localhost:11434"),
        ("gpt-4o", "http://127.0.0.1:8080"),
        ("gpt-4o", "https://models.example.com"),
        ("nobody-has-this", "https://api.openai.com"),
        ("", "https://api.openai.com"),
    ],
)
def test_unknown_is_none_and_not_zero(model: str, host: str) -> None:
    assert cost(model, host, input_tokens=10, output_tokens=10) is None


def test_more_cached_than_read_is_no_error() -> None:
    assert cost("gpt-4o", "https://api.openai.com", input_tokens=1, output_tokens=1, cached_tokens=5) is not None


async def test_the_answers_usage_has_its_cost() -> None:
    body = sse({**chunk("x", finish="stop"), "model": "gpt-4o"}, usage_chunk(1000, 100))
    provider = provider_for([answering(body)], base_url="https://api.openai.com/v1", api_key="k-test", name="gpt-4o")
    events, _ = await collect(provider, ask.__class__("gpt-4o", ask.turns))
    used = next(event for event in events if isinstance(event, Used))
    assert used.cost_usd == cost("gpt-4o", "https://api.openai.com", input_tokens=1000, output_tokens=100)


async def test_an_endpoint_that_says_what_it_charged_is_believed() -> None:
    body = sse(chunk("x", finish="stop"), usage_chunk(10, 1, cost=0.25))
    events, _ = await collect(provider_for([answering(body)], base_url="https://openrouter.ai/api/v1"))
    assert [event.cost_usd for event in events if isinstance(event, Used)] == [0.25]
