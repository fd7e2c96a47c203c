"""Before the first byte: refusals in words, retries as asked, dialects spoken."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from mock_endpoint import Body, answering, ask, chunk, collect, notices, provider_for, refused, sse, text_of

from squid_nb.config import Config
from squid_nb.errors import (
    BadStream,
    ContextExceeded,
    KeyRefused,
    ModelNotFound,
    ProviderError,
    RateLimited,
    SquidError,
    Unreachable,
)
from squid_nb.events import Progress
from squid_nb.providers.openai import OpenAIProvider
from squid_nb.providers.retry import retry_after

KEY = "sk-test-1234567890abcdef"
GOOD = sse(chunk("Hi"), chunk(finish="stop"))


@pytest.mark.parametrize(
    ("response", "kind", "said"),
    [
        (refused(401, "Incorrect API key"), KeyRefused, "Incorrect API key"),
        (refused(403, "not in your country"), KeyRefused, "not in your country"),
        (refused(404, 'model "m-1" not found, try pulling it first'), ModelNotFound, "try pulling it first"),
        (refused(400, "Model m-1 does not exist"), ModelNotFound, "m-1"),
        (refused(400, "maximum context length is 8192 tokens"), ContextExceeded, "m-1"),
        (refused(413, "too large"), ContextExceeded, "too large"),
        (refused(402, "pay first"), RateLimited, "no credit"),
        (refused(429, "You exceeded your current quota"), RateLimited, "no credit"),
        (refused(400, "bad thing"), ProviderError, "bad thing"),
        (refused(501, "no such thing"), Unreachable, "no such thing"),
        (httpx.Response(400, text="<html><body><h1>Bad</h1></body></html>"), ProviderError, "Bad"),
        (httpx.Response(400, json={"detail": [{"msg": "field required"}]}), ProviderError, "field required"),
        (httpx.Response(200, json={"error": {"message": "no GPU"}}), ProviderError, "no GPU"),
    ],
)
async def test_each_refusal_is_one_error(response: httpx.Response, kind: type[SquidError], said: str) -> None:
    events, error = await collect(provider_for([response], api_key=KEY))
    assert (events, type(error)) == ([], kind)
    assert error is not None
    assert said in error.message
    assert "localhost:9999" in error.message or kind is ContextExceeded
    assert error.hint
    assert "\n" not in str(error)


async def test_without_a_key_the_hint_says_how_to_set_one() -> None:
    _, error = await collect(provider_for([refused(401, "no key")]))
    assert isinstance(error, KeyRefused)
    assert "wants a key" in error.message
    assert "OPENAI_API_KEY" in error.hint


async def test_openai_itself_is_not_asked_without_a_key() -> None:
    provider = provider_for([], base_url=None)
    _, error = await collect(provider)
    assert isinstance(error, KeyRefused)
    with pytest.raises(KeyRefused):
        await provider.models()


# Retries


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_temporary_failure_is_tried_again(status: int) -> None:
    pauses: list[float] = []
    events, error = await collect(provider_for([refused(status), answering(GOOD)], pauses=pauses))
    assert (text_of(events), error) == ("Hi", None)
    assert any(isinstance(event, Progress) for event in events)
    assert len(pauses) == 1


async def test_tries_are_bounded() -> None:
    pauses: list[float] = []
    _, error = await collect(provider_for(lambda _: refused(503, "overloaded"), pauses=pauses))
    assert isinstance(error, Unreachable)
    assert "overloaded" in error.message
    assert len(pauses) == 3
    assert pauses == sorted(pauses)


async def test_retry_after_is_honoured() -> None:
    pauses: list[float] = []
    events, error = await collect(
        provider_for([refused(429, **{"retry-after": "7"}), refused(429), answering(GOOD)], pauses=pauses)
    )
    assert (text_of(events), error) == ("Hi", None)
    assert pauses[0] == 7
    assert pauses[1] < 7


async def test_a_long_wait_is_for_the_person_to_decide() -> None:
    pauses: list[float] = []
    _, error = await collect(provider_for([refused(429, "daily limit", **{"retry-after": "3600"})], pauses=pauses))
    assert isinstance(error, RateLimited)
    assert "60 minutes" in error.hint
    assert pauses == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after-ms": "x"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_its_spellings(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    headers = {"retry-after": format_datetime(now + timedelta(seconds=30), usegmt=True)}
    assert retry_after(headers, now=now) == 30
    assert retry_after(headers, now=now + timedelta(minutes=5)) == 0


async def test_nothing_is_sent_again_once_the_answer_began() -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answering(Body(sse(chunk("Half"), done=False), httpx.ReadError("reset")))

    events, error = await collect(provider_for(respond))
    assert (text_of(events), type(error)) == ("Half", BadStream)
    assert len(asked) == 1


# Parts of the request that an endpoint does not know


async def test_stream_options_that_are_refused_are_left_out() -> None:
    bodies: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return refused(400, "Unrecognized argument: stream_options") if len(bodies) == 1 else answering(GOOD)

    events, error = await collect(provider_for(respond))
    assert (text_of(events), error) == ("Hi", None)
    assert b"stream_options" in bodies[0]
    assert b"stream_options" not in bodies[1]
    assert notices(events) == []


async def test_max_tokens_is_renamed_where_it_has_another_name() -> None:
    bodies: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return refused(400, said) if len(bodies) == 1 else answering(GOOD)

    request = ask.__class__("m-1", ask.turns, max_tokens=5, temperature=0.5)
    events, error = await collect(provider_for(respond), request)
    assert (text_of(events), error) == ("Hi", None)
    assert b'"max_completion_tokens":5' in bodies[1]


async def test_a_temperature_that_is_refused_is_left_out_and_said() -> None:
    request = ask.__class__("m-1", ask.turns, temperature=0.5)
    events, error = await collect(
        provider_for([refused(400, "'temperature' does not support 0.5"), answering(GOOD)]), request
    )
    assert (text_of(events), error) == ("Hi", None)
    assert "temperature" in notices(events)[0]


# Connections


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        yield listener.getsockname()[1]


async def test_a_refused_connection_names_the_host_and_what_to_do(free_port: int) -> None:
    provider = OpenAIProvider(Config(model={"provider": "openai", "base_url": f"http://127.0.0.1:{free_port}"}))
    events, error = await collect(provider)
    assert (events, type(error)) == ([], Unreachable)
    assert f"127.0.0.1:{free_port}" in str(error)
    assert "Start the model server" in str(error)


@pytest.mark.parametrize(
    ("port", "start"), [(11434, "ollama serve"), (1234, "lms server"), (8000, "vllm"), (8080, "llama-server")]
)
async def test_a_known_server_is_named(port: int, start: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    _, error = await collect(provider_for(respond, base_url=f"http://localhost:{port}/v1"))
    assert isinstance(error, Unreachable)
    assert start in error.hint


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (httpx.ConnectTimeout(""), "did not answer within 10 seconds"),
        (httpx.ReadTimeout(""), "sent nothing for 60 seconds"),
        (httpx.RemoteProtocolError("closed"), "closed the connection"),
        (httpx.ConnectError("no such host"), "Nothing answers"),
    ],
)
async def test_transport_failures_before_the_answer(failure: Exception, said: str) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise failure

    events, error = await collect(provider_for(respond))
    assert (events, type(error)) == ([], Unreachable)
    assert said in str(error)
