"""`Squid`: asking from every kind of caller, re-runs, the cache, access, and what would be sent."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.errors import AccessDenied, BadStream, ConfigError, InvalidInput, NotFound, SourceError
from squid_nb.events import Delta, Failed, Finished, Notice, Started, Used
from squid_nb.records import Provenance
from squid_nb.squid import Squid
from squid_nb.store import Store

CELL = Provenance("magic", "a.ipynb", "cell-1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "squid.duckdb")
    yield store
    store.close()


@pytest.fixture
def make(store: Store) -> Callable[..., Squid]:
    def make(*steps: Any, user: str = "ada", provider: Scripted | None = None) -> Squid:
        return Squid(Config(), user, store=store, provider=provider or Scripted(*steps))

    return make


def test_ask_returns_the_stored_answer(make: Callable[..., Squid]) -> None:
    squid = make("Hello ", "there.", Used(2, 2, cost_usd=0.5))
    answer = squid.ask("Hi")
    assert (str(answer), answer.status, answer.model) == ("Hello there.", "complete", "scripted-1")
    assert answer.usage is not None
    assert answer.usage.cost_usd == 0.5
    assert squid.answer(answer.message_id) == answer


def test_an_answer_shows_itself_in_a_notebook_and_loads_nothing(make: Callable[..., Squid]) -> None:
    squid = make("**Yes** ![x](https://far.away/x.png) <script>alert(1)</script>")
    shown = squid.ask("Is it?")._repr_mimebundle_()
    assert shown["text/plain"].startswith("**Yes** ![x]")
    assert "![x]" not in shown["text/markdown"]
    assert "<strong>Yes</strong>" in shown["text/html"]
    assert "<script>" not in shown["text/html"]
    assert "\\<script>" in shown["text/markdown"]
    assert repr(squid).startswith("<Squid: the history of ada in ")


@pytest.mark.parametrize(
    ("prompt", "options", "said"),
    [
        (" \n", {}, "There is no question."),
        ("Hi", {"temprature": 0}, "has no option 'temprature'. Did you mean temperature?"),
        ("Hi", {"quickly": True}, "has no option 'quickly'. There are: sources, session, model, "),
    ],
)
def test_what_cannot_be_asked_is_said_and_not_sent(
    make: Callable[..., Squid], prompt: str, options: Any, said: str
) -> None:
    provider = Scripted("never")
    with pytest.raises(InvalidInput, match=re.escape(said)):
        make(provider=provider).ask(prompt, **options)
    assert provider.requests == []


def test_failed_answer_raises_its_cause(make: Callable[..., Squid]) -> None:
    with pytest.raises(BadStream, match=r"It broke\. Retry\."):
        make("Half", BadStream("It broke.", "Retry.")).ask("Hi")


def test_stream_walks_events_and_ends_when_left(make: Callable[..., Squid], store: Store) -> None:
    provider = Scripted("One ", threading.Event(), "never")
    squid = make(provider=provider)
    message_id = ""
    for event in squid.stream("Hi"):
        if isinstance(event, Started):
            message_id = event.message_id
        if isinstance(event, Delta):
            break
    stored = store.messages.get(message_id)
    assert (stored.content, stored.status) == ("One ", "stopped")
    assert provider.closed == 1


async def test_async_callers_work_from_their_own_loop(make: Callable[..., Squid]) -> None:
    squid = make("Hello")
    answer = await squid.aask("Hi")
    events = [event async for event in squid.astream("More", session=answer.session_id)]
    assert isinstance(events[-1], Finished)
    assert [message.content for message in squid.messages(answer.session_id).items] == ["Hi", "Hello", "More", "Hello"]


def test_stop_from_elsewhere_ends_the_stream_with_an_event(make: Callable[..., Squid]) -> None:
    squid = make("One ", threading.Event(), "never")
    events = []
    for event in squid.stream("Hi"):
        events.append(event)
        if isinstance(event, Delta):
            assert squid.stop(squid.live.running(events[0].session_id)[0].message_id)  # type: ignore[union-attr]
    assert [type(event) for event in events[-2:]] == [Used, Finished]
    assert events[-1].status == "stopped"  # type: ignore[union-attr]


def test_no_session_starts_a_new_one(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    assert squid.ask("a").session_id != squid.ask("b").session_id


def test_session_is_found_by_id_beginning_and_title(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    session_id = squid.ask("A fine title").session_id
    for ref in (session_id, session_id[:30], "A fine title", "a FINE title"):
        assert squid.sessions.get(ref).id == session_id
    with pytest.raises(NotFound, match="no such thing"):
        squid.sessions.get("no such thing")


def test_running_a_cell_again_answers_the_same_question(make: Callable[..., Squid]) -> None:
    squid = make(provider=Scripted.turns(["one"], ["two"]))
    first = squid.ask("Q", provenance=CELL, rerun=True)
    second = squid.ask("Q", provenance=CELL, rerun=True)
    assert (first.question_id, first.session_id) == (second.question_id, second.session_id)
    assert [message.content for message in squid.messages(first.session_id).items] == ["Q", "two"]


@pytest.mark.parametrize("other", [{"provenance": Provenance("magic", "b.ipynb", "cell-1")}, {"prompt": "Other"}])
def test_another_cell_or_other_words_are_a_new_question(make: Callable[..., Squid], other: dict[str, Any]) -> None:
    squid = make("yes")
    first = squid.ask("Q", provenance=CELL, rerun=True)
    again = {"prompt": "Q", "provenance": CELL, "rerun": True, **other}
    assert squid.ask(**again).question_id != first.question_id


def test_each_round_of_a_loop_is_its_own_question(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    session = squid.sessions.create("A loop")

    def loop(execution_count: int, frames: Sequence[int] = (1, 1, 2, 1)) -> list[str]:
        """One run of a cell that asks the same in each round, now and then about another frame."""
        cell = replace(CELL, execution_count=execution_count)
        return [
            squid.ask(
                "Q", provenance=cell, rerun=True, session=session, sources=[("df", pd.DataFrame({"a": [value]}))]
            ).question_id
            for value in frames
        ]

    first = loop(1)
    assert len(set(first)) == 4
    assert loop(2) == first
    assert loop(3, (2, 1)) == [first[2], first[0]]
    assert loop(4, (1, 1, 1, 1))[:3] == [first[0], first[1], first[3]]


def test_changed_variable_is_a_new_question(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    first = squid.ask("Q", provenance=CELL, rerun=True, sources=[("df", pd.DataFrame({"a": [1]}))])
    same = squid.ask("Q", provenance=CELL, rerun=True, sources=[("df", pd.DataFrame({"a": [1]}))])
    other = squid.ask("Q", provenance=CELL, rerun=True, sources=[("df", pd.DataFrame({"a": [2]}))])
    assert same.question_id == first.question_id
    assert other.question_id != first.question_id


def test_cached_answer_calls_no_model_and_adds_nothing(make: Callable[..., Squid], store: Store) -> None:
    provider = Scripted("yes")
    squid = make(provider=provider)
    first = squid.ask("Q")
    calls = len(provider.requests)
    ledger = squid.history.usage("session")
    cached = squid.ask("Q", cached=True)
    assert cached == first
    assert len(provider.requests) == calls
    pd.testing.assert_frame_equal(squid.history.usage("session"), ledger)


def test_cached_without_a_stored_answer_asks(make: Callable[..., Squid]) -> None:
    squid = make(provider=Scripted.turns([BadStream("no")], ["yes"]))
    with pytest.raises(BadStream):
        squid.ask("Q")
    assert squid.ask("Q", cached=True).text == "yes"


def test_preview_is_what_is_sent_and_sends_nothing(make: Callable[..., Squid], store: Store) -> None:
    provider = Scripted("yes")
    squid = make(provider=provider)
    session = squid.ask("First", system="Be brief.").session_id
    frame = pd.DataFrame({"a": [1, 2]})
    before = len(provider.requests)
    seen = squid.preview("Second @df", session=session, sources=[("df", frame)])
    assert len(provider.requests) == before
    assert len(squid.messages(session).items) == 2
    squid.ask("Second @df", session=session, sources=[("df", frame)])
    assert seen.turns == provider.requests[-1].turns
    assert (seen.host, seen.model) == ("in process", "scripted-1")
    assert seen.turns[0].content == "Be brief."


def test_sources_are_paths_values_and_named_values(make: Callable[..., Squid], tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("remember the milk", encoding="utf-8")
    squid = make("yes")
    answer = squid.ask("Q", sources=[path, str(path), {"b": 2}, ("counts", [1, 2])])
    question = squid.messages(answer.session_id).items[0]
    assert [(source.kind, source.name) for source in question.sources] == [
        ("file", "notes.md"),
        ("file", "notes.md"),
        ("variable", "dict_3"),
        ("variable", "counts"),
    ]
    assert len(squid.history.files()) == 3


def test_unreadable_source_stores_and_sends_nothing(make: Callable[..., Squid]) -> None:
    provider = Scripted("never")
    squid = make(provider=provider)
    with pytest.raises(SourceError, match=r"nothing\.md"):
        squid.ask("Q", sources=["nothing.md"])
    assert provider.requests == []
    assert squid.sessions.list().items == ()


def test_a_picture_is_not_shown_to_the_model_which_is_said(make: Callable[..., Squid], tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(16))
    provider = Scripted("A cat?")
    squid = make(provider=provider)
    sources = [tmp_path / "cat.png"]
    told = "The model is not shown the picture cat.png, only told its name."
    assert squid.preview("What is this?", sources=sources).notices == (told,)
    events = list(squid.stream("What is this?", sources=sources, notices=["Well."]))
    assert [event.text for event in events if isinstance(event, Notice)] == ["Well.", told]
    assert "[a picture (image/png), which is not shown to you]" in provider.requests[-1].turns[-1].content


def test_too_many_files_are_refused(make: Callable[..., Squid], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a", encoding="utf-8")
    with pytest.raises(SourceError, match="6 files"):
        make("never").ask("Q", sources=[path] * 6)


def test_somebody_elses_session_is_out_of_reach(make: Callable[..., Squid]) -> None:
    session_id = make("yes", user="ada").ask("secret plan").session_id
    other = make("yes", user="bob")
    for use in (other.sessions.get, other.sessions.delete, other.messages, lambda ref: other.ask("Q", session=ref)):
        with pytest.raises(AccessDenied):
            use(session_id)
    assert other.sessions.list().items == ()
    with pytest.raises(NotFound):
        other.sessions.get("secret plan")
    assert other.history.messages().empty


def test_everybody_hears_an_answer_while_it_comes(make: Callable[..., Squid]) -> None:
    squid = make("a", "b")
    heard: list[tuple[str, type[Any], object]] = []
    leave = squid.live.subscribe(lambda session, _, event, origin: heard.append((session, type(event), origin)))
    answer = squid.ask("Q", origin="here")
    leave()
    squid.ask("Q")
    assert {(session, origin) for session, _, origin in heard} == {(answer.session_id, "here")}
    assert heard[0][1] is Started
    assert heard[-1][1] is Finished
    assert squid.live.running(answer.session_id) == []


def test_broken_listener_does_not_disturb(make: Callable[..., Squid], caplog: pytest.LogCaptureFixture) -> None:
    squid = make("fine")

    def broken(*_: object) -> None:
        raise ValueError("listener")

    squid.live.subscribe(broken)
    assert squid.ask("Q").text == "fine"
    assert "listener" in caplog.text


def test_rename_pin_tag_archive_delete(make: Callable[..., Squid]) -> None:
    squid = make("yes", Used(1, 1))
    session = squid.ask("Q").session_id
    assert squid.sessions.rename(session, " A \n better\ttitle ").title == "A better title"
    with pytest.raises(InvalidInput):
        squid.sessions.rename(session, " \n ")
    assert squid.sessions.tag(session, "work").tags == ("work",)
    assert squid.sessions.pin(session).pinned
    assert squid.sessions.archive(session).archived
    assert squid.sessions.list().items == ()
    squid.sessions.delete(session)
    with pytest.raises(NotFound):
        squid.sessions.get(session)
    assert squid.history.usage("day")["calls"].sum() == 1


def test_setting_is_validated_and_takes_effect(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    squid.configure("model.name", "another")
    assert squid.ask("Q").model == "another"
    with pytest.raises(ConfigError, match=r"model\.name"):
        squid.configure("model.nmae", "x")


def test_only_hosts_that_were_found_can_be_turned_to(make: Callable[..., Squid]) -> None:
    with pytest.raises(InvalidInput, match="evil"):
        make("yes").turn_to_host("https://evil.example", "m")


async def test_a_failure_before_anything_is_stored_is_an_event_too(make: Callable[..., Squid]) -> None:
    events = [event async for event in make("never").astream("Q", sources=["nothing.md"])]
    assert [type(event) for event in events] == [Failed]


def test_current_session_is_forgotten_when_it_is_gone(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    squid.current = squid.ask("Q", provenance=CELL).session_id
    assert squid.session_for("a.ipynb").id == squid.current  # type: ignore[union-attr]
    squid.sessions.delete(squid.current)
    assert squid.session_for("a.ipynb") is None
    assert squid.current is None


async def test_two_loops_can_ask_at_once(make: Callable[..., Squid]) -> None:
    squid = make("yes")
    answers = await asyncio.gather(*(squid.aask(f"Q{number}") for number in range(8)))
    assert len({answer.session_id for answer in answers}) == 8
