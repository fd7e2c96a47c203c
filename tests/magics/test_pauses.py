"""Pauses between the events of an answer, and an answer that is stopped from outside while it is walked."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

from scripted import Scripted

from squid_nb import loop
from squid_nb.config import Config
from squid_nb.events import Delta, Event, Finished, Started
from squid_nb.magics.pauses import with_pauses
from squid_nb.squid import Squid


def test_an_answer_is_stopped_by_another_door_in_a_pause(tmp_path: Path) -> None:
    config = Config().replace({"database.path": tmp_path / "squid.duckdb"})
    seen: list[Event] = []
    with Squid(config, "ada", provider=Scripted("One ", threading.Event(), "never")) as squid:
        with closing(loop.iterate(with_pauses(squid.astream("Hi"), seconds=0.02))) as events:
            for event in events:
                if event is not None:
                    seen.append(event)
                elif Delta("One ") in seen:
                    started = next(one for one in seen if isinstance(one, Started))
                    squid.stop(started.message_id)
        assert isinstance(seen[-1], Finished)
        assert seen[-1].status == "stopped"
        assert squid.answer(seen[-1].message_id).text == "One "


def test_leaving_early_closes_the_source(tmp_path: Path) -> None:
    config = Config().replace({"database.path": tmp_path / "squid.duckdb"})
    provider = Scripted("One ", threading.Event(), "never")
    with Squid(config, "ada", provider=provider) as squid:
        with closing(loop.iterate(with_pauses(squid.astream("Hi"), seconds=0.02))) as events:
            while next(events) != Delta("One "):
                pass
            assert next(events) is None
        assert provider.closed == 1
        assert squid.live.running() == []
