"""The path of a message, with a provider that does on demand what no real model does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from scripted import Scripted

from squid_nb import chat
from squid_nb.chat import Ask
from squid_nb.errors import BadStream, NotFound
from squid_nb.events import Delta, Event, Failed, Finished, Notice, Reasoning, Started, Titled, Used
from squid_nb.records import NewSource, Provenance
from squid_nb.store import Store

T = TypeVar("T")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "squid.duckdb")
    yield store
    store.close()


def question(store: Store, prompt: str = "Why?", **more: Any) -> Ask:
    return Ask(prompt, user_id=store.users.ensure("ada").id, **more)


async def events_of(ask: Ask, store: Store, provider: Scripted) -> list[Event]:
    return [event async for event in chat.ask(ask, store=store, provider=provider)]


async def until(look: Callable[[], T]) -> T:
    """What a look sees when it sees something."""
    async with asyncio.timeout(10):
        while not (seen := await asyncio.to_thread(look)):  # noqa: ASYNC110 - a thread that stores tells nobody
            await asyncio.sleep(0.005)
    return seen


def first(events: list[Event], kind: type[Any]) -> Any:
    return next(event for event in events if isinstance(event, kind))


async def test_answer_is_streamed_and_stored_with_its_usage(store: Store) -> None:
    provider = Scripted("Because ", "it is.", Used(5, 3, cost_usd=0.25))
    events = await events_of(question(store), store, provider)
    kinds = [type(event) for event in events]
    assert kinds == [Started, Titled, Delta, Delta, Used, Finished]
    started: Started = first(events, Started)
    stored = store.messages.get(started.message_id)
    assert (stored.content, stored.status, stored.model) == ("Because it is.", "complete", "scripted-1")
    assert stored.usage is not None
    assert (stored.usage.input_tokens, stored.usage.output_tokens, stored.usage.cost_usd) == (5, 3, 0.25)
    assert stored.usage.method == "measured"
    assert stored.usage.first_token_ms is not None
    assert store.sessions.get(started.session_id).title == "Why?"


async def test_question_is_committed_before_the_model_is_called(store: Store) -> None:
    seen: list[str] = []

    class Looking(Scripted):
        async def stream(self, request: Any) -> Any:
            session = store.sessions.list(owner_id=store.users.ensure("ada").id).items[0]
            seen.extend(f"{m.role}:{m.content}:{m.status}" for m in store.messages.path(session.id))
            async for event in super().stream(request):
                yield event

    await events_of(question(store, "Is it stored?"), store, Looking("yes"))
    assert seen == ["user:Is it stored?:complete", "assistant::streaming"]


async def test_failure_is_an_event_and_keeps_what_had_arrived(store: Store) -> None:
    provider = Scripted("Half an ans", BadStream("It broke off.", "Retry."))
    events = await events_of(question(store), store, provider)
    failed: Failed = first(events, Failed)
    assert (failed.message, failed.hint, failed.error) == ("It broke off.", "Retry.", "BadStream")
    stored = store.messages.get(failed.message_id or "")
    assert (stored.content, stored.status, stored.error) == ("Half an ans", "failed", "It broke off.")
    assert stored.usage is not None
    assert stored.usage.method == "estimated"


async def test_no_ledger_row_when_no_model_worked(store: Store) -> None:
    events = await events_of(question(store), store, Scripted(BadStream("Nobody there.")))
    stored = store.messages.get(first(events, Failed).message_id)
    assert (stored.status, stored.usage) == ("failed", None)


async def test_empty_answer_is_a_failure(store: Store) -> None:
    events = await events_of(question(store), store, Scripted(Used(3, 0)))
    assert first(events, Failed).message == "The model gave an empty answer."


async def test_question_too_long_fails_but_is_kept(store: Store) -> None:
    provider = Scripted("never")
    events = await events_of(question(store, "word " * 500, context_limit=300), store, provider)
    failed: Failed = first(events, Failed)
    assert failed.error == "ContextExceeded"
    assert provider.requests == []
    assert store.messages.get(failed.message_id or "").status == "failed"


async def test_closing_the_iterator_stops_the_model_and_keeps_the_partial_answer(store: Store) -> None:
    provider = Scripted("One ", "two ", asyncio.Event(), "never")
    walk = chat.ask(question(store), store=store, provider=provider)
    started: Any = await anext(walk)
    async for event in walk:
        if event == Delta("two "):
            break
    await walk.aclose()
    stored = store.messages.get(started.message_id)
    assert (stored.content, stored.status) == ("One two ", "stopped")
    assert stored.usage is not None
    assert (stored.usage.method, stored.usage.output_tokens) == ("estimated", 2)
    assert provider.closed == 1


async def test_cancelling_the_task_while_it_waits_keeps_the_partial_answer(store: Store) -> None:
    reached = threading.Event()
    provider = Scripted("One ", asyncio.Event(), "never")

    async def walk() -> None:
        async for event in chat.ask(question(store), store=store, provider=provider):
            if isinstance(event, Delta):
                reached.set()

    task = asyncio.create_task(walk())
    await asyncio.to_thread(reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    session = store.sessions.list(owner_id=store.users.ensure("ada").id).items[0]
    answer = store.messages.path(session.id)[-1]
    assert (answer.content, answer.status) == ("One ", "stopped")
    assert provider.closed == 1


async def test_what_is_stored_after_it_was_stopped_does_not_stay_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = question(store)
    reached, gate, open_turn = threading.Event(), threading.Event(), store.open_turn

    def held(**options: Any) -> Any:
        reached.set()
        gate.wait(10)
        return open_turn(**options)

    monkeypatch.setattr(store, "open_turn", held)
    task = asyncio.create_task(events_of(asked, store, Scripted("never")))
    await asyncio.to_thread(reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    (session,) = await until(lambda: store.sessions.list(owner_id=asked.user_id).items)
    await until(lambda: store.messages.path(session.id)[-1].status == "stopped")


async def test_defect_in_a_provider_closes_the_answer(store: Store) -> None:
    provider = Scripted("One ", ZeroDivisionError("oops"))
    with pytest.raises(ZeroDivisionError):
        await events_of(question(store), store, provider)
    session = store.sessions.list(owner_id=store.users.ensure("ada").id).items[0]
    answer = store.messages.path(session.id)[-1]
    assert (answer.content, answer.status) == ("One ", "failed")
    assert "ZeroDivisionError" in (answer.error or "")


async def test_reasoning_is_kept_apart_from_the_answer(store: Store) -> None:
    events = await events_of(question(store), store, Scripted(Reasoning("hm "), Reasoning("so"), "Yes."))
    stored = store.messages.get(first(events, Finished).message_id)
    assert (stored.reasoning, stored.content) == ("hm so", "Yes.")


async def test_later_turns_see_the_conversation_and_its_attachments(store: Store) -> None:
    provider = Scripted("Answer.")
    note = NewSource("file", "notes.md", "text/markdown", b"the code is 7", "the code is 7")
    events = await events_of(question(store, "Read this.", sources=(note,)), store, provider)
    session_id = first(events, Started).session_id
    await events_of(question(store, "And the code?", session_id=session_id), store, provider)
    sent = provider.requests[-1].turns
    assert [turn.role for turn in sent] == ["user", "assistant", "user"]
    assert "the code is 7" in sent[0].content
    assert sent[2].content == "And the code?"


async def test_without_history_only_the_question_is_sent(store: Store) -> None:
    provider = Scripted("Answer.")
    events = await events_of(question(store, "First."), store, provider)
    session_id = first(events, Started).session_id
    await events_of(question(store, "Second.", session_id=session_id, history=False), store, provider)
    assert [turn.content for turn in provider.requests[-1].turns] == ["Second."]


async def test_started_says_how_many_messages_were_left_out(store: Store) -> None:
    provider = Scripted("word " * 60)
    events = await events_of(question(store, "Q0"), store, provider)
    session_id = first(events, Started).session_id
    for number in range(1, 6):
        events = await events_of(
            question(store, f"Q{number}", session_id=session_id, context_limit=280), store, provider
        )
    started: Started = first(events, Started)
    assert started.omitted_messages == 11 - len(provider.requests[-1].turns)
    assert started.omitted_messages > 0
    assert started.context_tokens <= 280


async def test_asking_again_makes_a_sibling_under_the_same_question(store: Store) -> None:
    provider = Scripted.turns(["first"], ["second"])
    events = await events_of(question(store), store, provider)
    started: Started = first(events, Started)
    again = await events_of(question(store, "", again=started.question_id), store, provider)
    path = store.messages.path(started.session_id)
    assert [message.content for message in path] == ["Why?", "second"]
    assert path[-1].siblings == 2
    assert first(again, Started).question_id == started.question_id
    assert provider.requests[0].turns == provider.requests[1].turns


async def test_running_a_cell_again_keeps_the_turns_after_it(store: Store) -> None:
    provider = Scripted.turns(["A1"], ["A2"], ["A1 anew"], ["A2 anew"])
    first_turn = first(await events_of(question(store, "Q1"), store, provider), Started)
    second = first(await events_of(question(store, "Q2", session_id=first_turn.session_id), store, provider), Started)
    for again in (first_turn.question_id, second.question_id):
        await events_of(question(store, "", again=again, move_following=True), store, provider)
    path = store.messages.path(first_turn.session_id)
    assert [message.content for message in path] == ["Q1", "A1 anew", "Q2", "A2 anew"]


async def test_provenance_is_stored_with_both_messages(store: Store) -> None:
    place = Provenance("magic", "a.ipynb", "cell-1", 3)
    events = await events_of(question(store, provenance=place), store, Scripted("yes"))
    assert [m.provenance for m in store.messages.path(first(events, Started).session_id)] == [place, place]


async def test_endpoint_that_cuts_prompts_is_noticed(store: Store) -> None:
    provider = Scripted("ok", Used(500, 1))
    events = await events_of(question(store, "word " * 4000), store, provider)
    assert "cut long prompts" in first(events, Notice).text


async def test_unknown_session_stores_and_sends_nothing(store: Store) -> None:
    provider = Scripted("never")
    with pytest.raises(NotFound):
        await events_of(question(store, session_id="0199aaaa-0000-7000-8000-000000000000"), store, provider)
    assert provider.requests == []
    assert store.sessions.list(owner_id=store.users.ensure("ada").id).items == ()


async def test_partial_answer_is_saved_while_it_grows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_nb.partial._SAVE_EVERY_S", 0.0)
    saved = threading.Event()
    real = store.save_partial

    def noting(message_id: str, content: str, reasoning: str = "") -> None:
        real(message_id, content, reasoning)
        saved.set()

    monkeypatch.setattr(store, "save_partial", noting)
    hold = threading.Event()
    walk = chat.ask(question(store), store=store, provider=Scripted("One ", hold, "two"))
    started: Any = await anext(walk)
    async for event in walk:
        if isinstance(event, Delta):
            assert await asyncio.to_thread(saved.wait, 10)
            row = store.messages.get(started.message_id)
            assert (row.status, row.content) == ("streaming", "One ")
            break
    hold.set()
    assert [type(event) async for event in walk] == [Delta, Used, Finished]
