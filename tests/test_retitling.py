"""A title that the model makes, once, in the background, in place of the first words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from squid_nb.config import Config
from squid_nb.errors import Unreachable
from squid_nb.events import Event, Titled, Used
from squid_nb.squid import Squid
from tests.scripted import Scripted

QUESTION = "Why is my groupby over two columns so slow?"


@contextmanager
def asking(folder: Path, provider: Scripted, *, refine: bool | None = True) -> Iterator[Squid]:
    config = Config().replace({"database.path": folder / "squid.duckdb", "session.refine_titles": refine})
    with Squid(config, user="ann", provider=provider) as squid:
        yield squid


def wait(squid: Squid) -> None:
    """Until nothing is under way in the background."""
    for future in tuple(squid._retitling):
        future.result(timeout=20)


@pytest.mark.parametrize(
    "said", ["Slow groupby", '"Slow groupby."', "**Slow groupby**\n\nBecause it says it all.", "# Slow groupby"]
)
def test_the_model_gives_a_title_once(tmp_path: Path, said: str) -> None:
    provider = Scripted.turns(["answer", Used(3, 4)], [said, Used(10, 2)], ["more"])
    with asking(tmp_path, provider) as squid:
        heard: list[Event] = []
        squid.live.subscribe(lambda _session, _message, event, _origin: heard.append(event))
        answer = squid.ask(QUESTION)
        before = squid.sessions.get(answer.session_id)
        wait(squid)
        after = squid.sessions.get(answer.session_id)
        assert after.title == "Slow groupby"
        assert after.updated_at == before.updated_at
        assert [event.title for event in heard if isinstance(event, Titled)] == [QUESTION, "Slow groupby"]
        squid.ask("And now?", session=after)
        wait(squid)
        assert len(provider.requests) == 3


def test_what_it_took_stands_in_the_ledger_and_not_on_the_answer(tmp_path: Path) -> None:
    provider = Scripted.turns(["answer", Used(3, 4)], ["Slow groupby", Used(10, 2)])
    with asking(tmp_path, provider) as squid:
        answer = squid.ask(QUESTION)
        wait(squid)
        assert squid.store.usage.totals(answer.session_id)[:2] == (13, 6)
        usage = squid.answer(answer.message_id).usage
        assert usage is not None
        assert (usage.input_tokens, usage.output_tokens) == (3, 4)


def test_a_title_that_a_person_gives_meanwhile_stays(tmp_path: Path) -> None:
    gate = threading.Event()
    with asking(tmp_path, Scripted.turns(["answer"], [gate, "Slow groupby"])) as squid:
        answer = squid.ask(QUESTION)
        squid.sessions.rename(answer.session_id, "Mine")
        gate.set()
        wait(squid)
        assert squid.sessions.get(answer.session_id).title == "Mine"


@pytest.mark.parametrize("script", [[Unreachable("No such host.")], [""], ["..."]])
def test_when_it_fails_the_first_words_stay(tmp_path: Path, script: list[object]) -> None:
    with asking(tmp_path, Scripted.turns(["answer"], script)) as squid:  # type: ignore[arg-type]
        answer = squid.ask(QUESTION)
        wait(squid)
        assert squid.sessions.get(answer.session_id).title == QUESTION


def test_the_embedded_model_is_not_asked_unless_told_to(tmp_path: Path) -> None:
    provider = Scripted("answer")
    with asking(tmp_path, provider, refine=None) as squid:
        assert squid.config.model.provider == "embedded"
        squid.ask(QUESTION)
        wait(squid)
    assert len(provider.requests) == 1


def test_closing_does_not_wait_for_a_title(tmp_path: Path) -> None:
    with asking(tmp_path, Scripted.turns(["answer"], [threading.Event(), "never"])) as squid:
        answer = squid.ask(QUESTION)
    with asking(tmp_path, Scripted("answer")) as squid:
        assert squid.sessions.get(answer.session_id).title == QUESTION
