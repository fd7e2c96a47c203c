"""The key goes to the endpoint and nowhere else: no redirect, no message, no repr carries it."""

from __future__ import annotations

import httpx
import pytest
from mock_endpoint import answering, chunk, collect, notices, provider_for, sse, text_of

from squid_nb.errors import Unreachable
from squid_nb.providers.refusals import clean

KEY = "sk-test-1234567890abcdef"
GOOD = sse(chunk("Hi"), chunk(finish="stop"))


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
