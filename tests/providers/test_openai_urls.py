"""Base URLs that are nearly right are repaired, and it is said; what `/models` lists."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from mock_endpoint import answering, ask, chunk, collect, listing, notices, provider_for, refused, sse, text_of

from squid_nb.errors import KeyRefused, ModelNotFound, RateLimited, SquidError, Unreachable

GOOD = sse(chunk("Hi"), chunk(finish="stop"))


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
