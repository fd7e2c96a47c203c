"""What an endpoint may send as an answer: each dialect is read, each broken stream ends in one clear error."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from mock_endpoint import Body, answering, ask, chunk, collect, provider_for, sse, text_of, usage_chunk

from squid_nb.errors import BadStream, ContextExceeded, RateLimited, SquidError
from squid_nb.events import Delta, Notice, Reasoning, Used
from squid_nb.providers.provider import ProviderEvent


async def read(body: bytes | Body, **more: Any) -> tuple[list[ProviderEvent], SquidError | None]:
    return await collect(provider_for([answering(body, **more)]))


def used(events: list[ProviderEvent]) -> Used | None:
    return next((event for event in events if isinstance(event, Used)), None)


WHOLE = sse(chunk("Grüße "), chunk("🦑"), chunk(finish="stop"), usage_chunk(3, 2))


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        sse(chunk("Grüße "), chunk("🦑"), chunk(finish="stop"), usage_chunk(3, 2), newline="\r\n"),
        sse(chunk("Grüße "), chunk("🦑"), chunk(finish="stop"), usage_chunk(3, 2), newline="\r"),
        WHOLE.replace(b"data: ", b"data:"),
        b": welcome\n\n" + WHOLE.replace(b"data: ", b": ping\nevent: message\nid: 7\nretry: 10\ndata: "),
        WHOLE.replace(b"data: [DONE]\n\n", b""),
        WHOLE.replace(b"data: [DONE]\n\n", b"data: [DONE]"),
        WHOLE.replace(b"}\n\ndata: {", b"}\ndata: {"),
        b"\xef\xbb\xbf" + b": mark\n\n" + WHOLE,
    ],
    ids=["plain", "crlf", "cr", "no space", "comments", "no done", "done cut", "no blank lines", "byte order mark"],
)
async def test_every_spelling_of_the_same_answer(body: bytes) -> None:
    events, error = await read(body)
    assert (text_of(events), error) == ("Grüße 🦑", None)
    assert used(events) == Used(3, 2)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
async def test_characters_and_lines_are_cut_anywhere(size: int) -> None:
    body = sse(chunk("Grüße 🦑"), chunk(" 你好"), chunk(finish="stop"), newline="\r\n")
    events, error = await read(Body(*(body[at : at + size] for at in range(0, len(body), size))))
    assert (text_of(events), error) == ("Grüße 🦑 你好", None)


@pytest.mark.parametrize("content_type", ["text/event-stream; charset=iso-8859-1", "text/plain", ""])
async def test_events_are_utf8_whatever_the_header_says(content_type: str) -> None:
    events, error = await read(WHOLE, content_type=content_type)
    assert (text_of(events), error) == ("Grüße 🦑", None)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_fields_are_not_the_answer(name: str) -> None:
    events, error = await read(sse(chunk(**{name: "hmm"}, content=None), chunk("So."), chunk(finish="stop")))
    assert error is None
    assert [event for event in events if not isinstance(event, Used)] == [Reasoning("hmm"), Delta("So.")]


async def test_think_blocks_cut_across_chunks() -> None:
    events, error = await read(sse(*(chunk(piece) for piece in ("<th", "ink>hm", "m</thi", "nk>\n", "So.")), done=True))
    assert error is None
    assert (text_of(events, Reasoning), text_of(events)) == ("hmm", "So.")


async def test_content_as_a_list_of_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}, {"type": "text", "text": "So."}]
    events, _ = await read(sse(chunk(content=parts), chunk(finish="stop")))
    assert (text_of(events, Reasoning), text_of(events)) == ("hmm", "So.")


async def test_usage_in_the_final_chunk() -> None:
    last = {**chunk(finish="stop"), "usage": {"prompt_tokens": 5, "completion_tokens": 1}}
    events, _ = await read(sse(chunk("x"), last))
    assert used(events) == Used(5, 1)


async def test_usage_in_no_chunk() -> None:
    events, error = await read(sse(chunk("x"), chunk(finish="stop")))
    assert (used(events), error) == (None, None)


async def test_usage_that_grows_counts_once() -> None:
    growing = [{**chunk("x"), "usage": {"prompt_tokens": 5, "completion_tokens": n}} for n in (1, 2, 3)]
    events, _ = await read(sse(*growing, chunk(finish="stop")))
    assert [event for event in events if isinstance(event, Used)] == [Used(5, 3)]


async def test_usage_details() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}
    events, _ = await read(sse(chunk("x"), chunk(finish="stop"), usage_chunk(9, 3, **details)))
    assert used(events) == Used(9, 3, reasoning_tokens=2, cached_tokens=4)


@pytest.mark.parametrize(
    "usage", [None, {}, [], {"prompt_tokens": "many"}, {"prompt_tokens": -1}, {"prompt_tokens": True}]
)
async def test_usage_that_makes_no_sense_is_unknown(usage: Any) -> None:
    events, error = await read(sse(chunk("x"), {**chunk(finish="stop"), "usage": usage}))
    assert (used(events), error) == (None, None)


@pytest.mark.parametrize(
    "odd", [{}, {"choices": None}, {"choices": "x"}, {"choices": [None]}, {"choices": [{"delta": 5}]}]
)
async def test_chunks_without_an_answer_are_passed_over(odd: dict[str, Any]) -> None:
    events, error = await read(sse(odd, chunk("x"), odd, chunk(finish="stop")))
    assert (text_of(events), error) == ("x", None)


async def test_a_plain_completion_with_status_200() -> None:
    whole = {
        "choices": [{"message": {"role": "assistant", "content": "<think>hm</think>Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    events, error = await read(json.dumps(whole).encode(), content_type="application/json")
    assert (text_of(events), text_of(events, Reasoning), used(events), error) == ("Hi", "hm", Used(1, 2), None)


async def test_an_answer_cut_at_the_limit_says_so() -> None:
    events, error = await read(sse(chunk("x"), chunk(finish="length")))
    assert error is None
    assert any(isinstance(event, Notice) and "max_tokens" in event.text for event in events)


async def test_an_answer_of_another_model_says_so() -> None:
    events, _ = await read(sse({**chunk("x", finish="stop"), "model": "other"}))
    assert Notice("The answer came from other, not from m-1.") in events
    events, _ = await read(sse({**chunk("x", finish="stop"), "model": "vendor/M-1-2026-01-01"}))
    assert not [event for event in events if isinstance(event, Notice)]


async def test_an_endpoint_that_cut_the_conversation_is_noticed() -> None:
    long = ask.__class__("m-1", (ask.turns[0].__class__("user", "word " * 8000),))
    provider = provider_for([answering(sse(chunk("x", finish="stop"), usage_chunk(2048, 1)))])
    events, _ = await collect(provider, long)
    assert any(isinstance(event, Notice) and "cut the conversation" in event.text for event in events)


# Broken streams: what had arrived was yielded, then one error.


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (Body(sse(chunk("Half"), done=False)), "broke off before its end"),
        (Body(sse(chunk("Half"), done=False) + b'data: {"choices": [{"del'), "broke off before its end"),
        (Body(sse(chunk("Half"), done=False) + b"data: <oops>\n\n"), "not a part of an answer"),
        (Body(sse(chunk("Half"), done=False) + b"data: [1, 2]\n\n"), "not a part of an answer"),
        (Body(sse(chunk("Half"), done=False), httpx.ReadError("reset")), "broke off"),
        (Body(sse(chunk("Half"), done=False), httpx.RemoteProtocolError("incomplete")), "broke off"),
        (Body(sse(chunk("Half"), done=False), httpx.ReadTimeout("")), "sent nothing for 60 seconds"),
        (Body(sse(chunk("Half"), {"error": {"message": "GPU fell over", "code": 500}}, done=False)), "GPU fell over"),
        (Body(sse(chunk("Half"), {"error": "plain words"}, done=False)), "plain words"),
    ],
    ids=["no end", "cut chunk", "no json", "no object", "reset", "incomplete", "stalled", "error object", "error text"],
)
async def test_what_had_arrived_is_kept(body: Body, said: str) -> None:
    events, error = await read(body)
    assert text_of(events) == "Half"
    assert isinstance(error, BadStream)
    assert said in error.message
    assert error.hint
    assert body.closed


async def test_text_held_back_for_a_tag_is_kept_too() -> None:
    events, error = await read(Body(sse(chunk("Half <thi"), done=False), httpx.ReadError("reset")))
    assert text_of(events) == "Half <thi"
    assert isinstance(error, BadStream)


async def test_an_answer_that_said_it_was_finished_is_whole() -> None:
    events, error = await read(Body(sse(chunk("All"), chunk(finish="stop"), done=False), httpx.ReadError("reset")))
    assert (text_of(events), error) == ("All", None)


@pytest.mark.parametrize(
    ("error_object", "kind"),
    [
        ({"message": "maximum context length is 4096", "code": "context_length_exceeded"}, ContextExceeded),
        ({"message": "slow down", "code": 429}, RateLimited),
    ],
)
async def test_an_error_object_inside_the_stream_keeps_its_cause(
    error_object: dict[str, Any], kind: type[SquidError]
) -> None:
    events, error = await read(sse(chunk("Half"), {"error": error_object}, done=False))
    assert text_of(events) == "Half"
    assert type(error) is kind


@pytest.mark.parametrize("body", [b"", b"\n\n", sse(done=False), b": ping\n\n", b"Internal words\n"])
async def test_an_empty_stream_is_no_answer(body: bytes) -> None:
    events, error = await read(body)
    assert isinstance(error, BadStream)
    assert "without sending an answer" in error.message
    assert events == []


async def test_done_alone_is_an_empty_answer() -> None:
    assert await read(sse()) == ([], None)


async def test_closing_the_stream_closes_the_connection() -> None:
    body = Body(sse(chunk("Half"), done=False), asyncio.Event())
    stream = provider_for([answering(body)]).stream(ask)
    assert await anext(stream) == Delta("Half")
    await stream.aclose()
    assert body.closed


async def test_cancelling_the_task_closes_the_connection() -> None:
    body = Body(sse(chunk("Half"), done=False), asyncio.Event())
    started = asyncio.Event()

    async def walk() -> None:
        async for _ in provider_for([answering(body)]).stream(ask):
            started.set()

    task = asyncio.create_task(walk())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert body.closed
