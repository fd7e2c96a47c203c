"""Live answers between two people's processes on one history, here as two `Squid`s with a hub each."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.events import Delta, Event, Failed, Finished, Started
from squid_nb.relay import ELSEWHERE
from squid_nb.squid import Squid
from squid_nb.store import Store
from squid_nb.store.broadcast import Broadcast, Ear

DEAD = """
import json, sys, time
from pathlib import Path
from squid_nb.events import Delta, Started, to_dict
from squid_nb.store.broadcast import Broadcast, Ear, Voice
broadcast = Broadcast(Path(sys.argv[1]))
voice = Voice(broadcast, "m", user_id=sys.argv[2], teller="other")
voice.say(to_dict(Started("s", "q", "m", "p", "m", "h", 0, 0, 0)), to_dict(Delta("Half")))
print("said", flush=True)
sys.stdin.readline()
"""


class Heard:
    """What one hub publishes of other processes."""

    def __init__(self, squid: Squid) -> None:
        self.events: list[Event] = []
        squid.live.subscribe(self._note)

    def _note(self, _session: str, _message: str, event: Event, origin: object) -> None:
        if origin is ELSEWHERE:
            self.events.append(event)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    def has(self, kind: type[Any]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config().replace({"database.path": tmp_path / "squid.duckdb"})


@pytest.fixture
def watcher(config: Config) -> Iterator[Squid]:
    """Somebody who watches, and whose directory is there."""
    with Squid(config, "ada") as squid:
        end = squid.relay.listen()
        wait_until(lambda: (config.database.path.parent / "squid.duckdb.live").is_dir())
        yield squid
        end()


def writer(config: Config, *steps: Any, user: str = "ada") -> Squid:
    return Squid(config, user, store=Store(config.database.path), provider=Scripted(*steps))


def hear_an_answer(config: Config, heard: Heard) -> None:
    gate = threading.Event()
    with writer(config, "Hello ", gate, "there") as other:
        asking = threading.Thread(target=lambda: other.ask("Hi"))
        asking.start()
        wait_until(lambda: heard.text == "Hello ")
        gate.set()
        asking.join()
    wait_until(lambda: heard.has(Finished))
    assert heard.text == "Hello there"


def files(config: Config) -> list[str]:
    return sorted(path.name for path in (config.database.path.parent / "squid.duckdb.live").iterdir())


def test_an_answer_is_heard_as_it_comes(config: Config, watcher: Squid) -> None:
    heard, gate = Heard(watcher), threading.Event()
    with writer(config, "One ", "two ", gate, "three") as other:
        asking = threading.Thread(target=lambda: other.ask("Hi"))
        asking.start()
        wait_until(lambda: heard.text == "One two ")
        (run,) = watcher.live.running()
        assert run.elsewhere
        assert "".join(run.content) == "One two "
        gate.set()
        asking.join()
    wait_until(lambda: heard.has(Finished))
    assert heard.text == "One two three"
    assert [type(event) for event in heard.events].count(Started) == 1
    assert watcher.live.running() == []
    assert files(config) == []


def test_an_answer_is_stopped_from_elsewhere(config: Config, watcher: Squid) -> None:
    heard = Heard(watcher)
    answers = []
    with writer(config, "One ", threading.Event(), "never") as other:
        asking = threading.Thread(target=lambda: answers.append(other.ask("Hi")))
        asking.start()
        wait_until(lambda: heard.text == "One ")
        (run,) = watcher.live.running()
        assert watcher.stop(run.message_id)
        asking.join()
    assert [(answer.text, answer.status) for answer in answers] == [("One ", "stopped")]
    wait_until(lambda: heard.has(Finished))
    assert files(config) == []


def test_nothing_is_written_where_nobody_watches(config: Config) -> None:
    with writer(config, "One ", 0.3, "two") as other:
        assert other.ask("Hi").text == "One two"
    assert not (config.database.path.parent / "squid.duckdb.live").exists()


def test_who_comes_in_the_middle_hears_everything(config: Config) -> None:
    gate = threading.Event()
    with writer(config, "One ", gate, "two") as other, Squid(config, "ada") as late:
        asking = threading.Thread(target=lambda: other.ask("Hi"))
        asking.start()
        wait_until(lambda: any(run.content for run in other.live.running()))
        heard = Heard(late)
        end = late.relay.listen()
        wait_until(lambda: heard.text == "One ")
        gate.set()
        asking.join()
        wait_until(lambda: heard.has(Finished))
        assert heard.text == "One two"
        end()


def test_others_hear_nothing(config: Config, watcher: Squid) -> None:
    theirs, ours = threading.Event(), threading.Event()
    heard = Heard(watcher)
    with (
        writer(config, "Secret", theirs, user="grace") as grace,
        writer(config, "Mine", ours) as other,
    ):
        talking = [threading.Thread(target=lambda who=who: who.ask("Hi")) for who in (grace, other)]
        talking[0].start()
        wait_until(lambda: len(files(config)) == 1)
        talking[1].start()
        wait_until(lambda: heard.text == "Mine")
        theirs.set()
        ours.set()
        for one in talking:
            one.join()
        wait_until(lambda: heard.has(Finished))
    assert heard.text == "Mine"


def test_a_writer_that_is_killed_is_noticed(config: Config, watcher: Squid) -> None:
    heard = Heard(watcher)
    process = subprocess.Popen(
        [sys.executable, "-c", DEAD, str(config.database.path), watcher.user.id],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"said\n"
    wait_until(lambda: heard.text == "Half")
    assert len(watcher.live.running()) == 1
    process.kill()
    process.communicate()
    wait_until(lambda: heard.has(Failed))
    assert watcher.live.running() == []
    assert files(config) == []


def test_an_error_while_listening_is_logged_once_and_others_are_heard(
    config: Config, watcher: Squid, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard, failed = Heard(watcher), threading.Event()
    listen = Ear.listen
    calls = itertools.count()
    place = Broadcast(config.database.path).place

    def often_failing(ear: Ear) -> Iterator[Any]:
        if ear._place != place:  # somebody of another test listens on
            return listen(ear)
        if next(calls) < 3:
            raise RuntimeError("with a private sentence")
        failed.set()
        return listen(ear)

    monkeypatch.setattr(Ear, "listen", often_failing)
    assert failed.wait(10)
    hear_an_answer(config, heard)
    assert [record.levelname for record in caplog.records if "listening to other processes" in record.getMessage()] == [
        "ERROR"
    ]
    assert "private" not in caplog.text


@pytest.mark.parametrize("lines", ["{}\n", "[1]\n", '{"user_id": 5, "teller": 1}\n', "nonsense\n"])
def test_a_file_that_tells_of_nothing_is_passed_over(config: Config, watcher: Squid, lines: str) -> None:
    heard = Heard(watcher)
    (config.database.path.parent / "squid.duckdb.live" / "0.jsonl").write_text(lines)
    hear_an_answer(config, heard)
