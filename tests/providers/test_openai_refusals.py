"""Before the first byte: refusals in words, retries as asked, base URLs repaired, keys kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from mock_endpoint import Body, answering, ask, chunk, collect, listing, provider_for, sse, text_of

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
from squid_nb.events import Notice, Progress
from squid_nb.providers.openai import OpenAIProvider
from squid_nb.providers.refusals import clean
from squid_nb.providers.retry import retry_after

KEY = "sk-test-1234567890abcdef"
GOOD = sse(chunk("Hi"), chunk(finish="stop"))


def refused(status: int, message: Any = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message}}, headers=headers)


def notices(events: list[Any]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


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


# Base URLs


def endpoint_at(path: str, elsewhere: httpx.Response | None = None) -> Any:
    """An endpoint whose API lives below `path`; anywhere else it answers like a web server."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"{path}/models":
            return listing("m-1", "m-2")
        if request.url.path == f"{path}/chat/completions":
            return answering(GOOD)
        return elsewhere or httpx.Response(404, json={"detail": "Not Found"})

    return respond


PAGE = httpx.Response(200, html="<!doctype html><html><title>UI</title><body>Welcome</body></html>")


@pytest.mark.parametrize(
    ("given", "right"), [("", "/v1"), ("/v1", ""), ("/api", "/v1"), ("/v1/v1", "/v1"), ("", "/api/v1")]
)
@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        PAGE,
        httpx.Response(405, text="Method Not Allowed"),
        httpx.Response(200, json={"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    ],
    ids=["404", "page", "405", "LM Studio"],
)
async def test_a_base_url_that_is_nearly_right_is_repaired(
    given: str, right: str, elsewhere: httpx.Response | None
) -> None:
    provider = provider_for(endpoint_at(right, elsewhere), base_url=f"http://localhost:9999{given}")
    events, error = await collect(provider)
    assert (text_of(events), error) == ("Hi", None)
    assert notices(events) == [f"Using http://localhost:9999{right}; set model.base_url to it."]
    assert notices((await collect(provider))[0]) == []  # said once, and remembered


async def test_listing_repairs_too_and_the_next_answer_says_so() -> None:
    provider = provider_for(endpoint_at("/v1"), base_url="http://localhost:9999")
    assert [info.id for info in await provider.models()] == ["m-1", "m-2"]
    events, _ = await collect(provider)
    assert notices(events) == ["Using http://localhost:9999/v1; set model.base_url to it."]


async def test_a_host_that_is_no_endpoint_says_what_was_tried() -> None:
    _, error = await collect(provider_for(lambda _: PAGE))
    assert isinstance(error, Unreachable)
    assert "a web page" in error.message
    assert "/v1" in error.hint


async def test_an_unknown_model_is_not_taken_for_a_wrong_path() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return listing("m-2") if request.url.path == "/v1/models" else httpx.Response(404, json={"detail": "Not Found"})

    _, error = await collect(provider_for(respond))
    assert isinstance(error, ModelNotFound)


# Models


async def test_without_a_name_the_first_model_is_asked() -> None:
    asked: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            asked.append(b"models")
            return listing("first", "second")
        asked.append(request.content)
        return answering(GOOD)

    provider = provider_for(respond)
    assert provider.default_model is None
    for _ in range(2):
        assert (await collect(provider, ask.__class__("", ask.turns)))[1] is None
    assert asked[0] == b"models"
    assert all(b'"model":"first"' in body for body in asked[1:])
    assert len(asked) == 3


async def test_an_endpoint_without_models() -> None:
    _, error = await collect(provider_for([listing()]), ask.__class__("", ask.turns))
    assert isinstance(error, ModelNotFound)
    empty = httpx.Response(200, json={"object": "list", "data": None})
    assert await provider_for([empty]).models() == []


async def test_entries_of_a_listing_are_untrusted() -> None:
    entries = [
        {"id": "good", "max_model_len": 4096},
        {"id": 5},
        "x",
        None,
        {"id": "a\x1b[31m"},
        {"id": ""},
        {"name": "b"},
    ]
    models = await provider_for([httpx.Response(200, json={"data": entries})]).models()
    assert [(info.id, info.context_tokens) for info in models] == [("good", 4096), ("b", None)]


@pytest.mark.parametrize(
    ("response", "kind"),
    [(refused(401, "no"), KeyRefused), (refused(429, "slow"), RateLimited), (refused(500, "oh"), Unreachable)],
)
async def test_a_listing_that_is_refused(response: httpx.Response, kind: type[SquidError]) -> None:
    with pytest.raises(kind):
        await provider_for([response]).models()


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


# Keys


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_to_another_host_carries_nothing(status: int) -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(status, headers={"location": "https://elsewhere.example/v1/chat/completions"})

    _, error = await collect(provider_for(respond, base_url="https://api.example.com/v1", api_key=KEY))
    assert isinstance(error, Unreachable)
    assert "elsewhere.example" in error.message
    assert asked == ["api.example.com"]


async def test_a_redirect_on_the_same_host_is_followed_and_said() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "http":
            return httpx.Response(301, headers={"location": str(request.url.copy_with(scheme="https"))})
        return answering(GOOD)

    events, error = await collect(provider_for(respond, base_url="http://api.example.com/v1"))
    assert (text_of(events), error) == ("Hi", None)
    assert notices(events) == ["Using https://api.example.com/v1; set model.base_url to it."]


async def test_a_redirect_never_takes_the_encryption_away() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"location": str(request.url.copy_with(scheme="http"))})

    _, error = await collect(provider_for(respond, base_url="https://api.example.com/v1", api_key=KEY))
    assert isinstance(error, Unreachable)


async def test_a_redirect_in_circles_ends() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": str(request.url)})

    _, error = await collect(provider_for(respond))
    assert isinstance(error, Unreachable)


async def test_the_key_is_sent_as_a_bearer_token_and_nowhere_else() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in str(request.url)
        assert KEY.encode() not in request.content
        return answering(GOOD)

    provider = provider_for(respond, api_key=KEY)
    assert (await collect(provider))[1] is None
    assert KEY not in repr(provider)


async def test_a_key_over_plain_http_is_said_once() -> None:
    provider = provider_for(lambda _: answering(GOOD), base_url="http://models.example.com/v1", api_key=KEY)
    assert "unencrypted" in notices((await collect(provider))[0])[0]
    assert notices((await collect(provider))[0]) == []
    local = provider_for(lambda _: answering(GOOD), api_key=KEY)
    assert notices((await collect(local))[0]) == []


@pytest.mark.parametrize(
    "body",
    [f"bad key {KEY}", f"bad key {KEY[:9]}****cdef", "Authorization: Bearer abc.def.ghi", f'{{"error": "{KEY}"}}'],
)
async def test_a_key_that_is_repeated_is_blacked_out(body: str) -> None:
    _, error = await collect(provider_for([httpx.Response(401, text=body)], api_key=KEY))
    shown = str(error)
    assert KEY not in shown
    assert "sk-test" not in shown
    assert "abc.def" not in shown


def test_untrusted_text_becomes_one_short_line() -> None:
    nasty = "<script>alert(1)</script>\x1b[31mred\x07\r\n<b>bold</b> &lt;i&gt; " + "long " * 1000
    shown = clean(nasty)
    assert "alert" not in shown
    assert shown.isprintable()
    assert "<b>" not in shown
    assert len(shown) <= 240
