"""Events and records cross a wire unchanged, and both sides of it agree on their shape."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from squid_nb import events, records
from squid_nb.errors import InvalidInput

WIRE = Path(__file__).parents[1] / "js" / "src" / "wire.ts"
EVENTS: list[Any] = [
    events.Started("s", "q", "m", "openai", "gpt", "http://127.0.0.1:1", 10, 100, 2),
    events.Delta("text"),
    events.Reasoning("why"),
    events.Progress("loading", 0.5),
    events.Notice("note"),
    events.Used(1, 2, cost_usd=0.1),
    events.Titled("s", "title"),
    events.Finished("s", "m", "complete", 1.5, 2.5),
    events.Failed("what", "do", "BadStream", "s", "m"),
]
RECORDS = [
    records.Session,
    records.Message,
    records.Source,
    records.Usage,
    records.ModelInfo,
    records.Provenance,
    records.Page,
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_event_survives_json(event: Any) -> None:
    assert events.from_dict(json.loads(json.dumps(events.to_dict(event)))) == event


def test_unknown_event_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nonsense"):
        events.from_dict({"type": "nonsense"})
    with pytest.raises(InvalidInput, match="delta"):
        events.from_dict({"type": "delta"})


def test_newer_senders_are_understood() -> None:
    assert events.from_dict({"type": "delta", "text": "a", "colour": "red"}) == events.Delta("a")


def interface(name: str) -> set[str]:
    body = re.search(rf"export interface {name}(?:<\w+>)? \{{(.*?)\n\}}", WIRE.read_text("utf-8"), re.DOTALL)
    assert body is not None, f"wire.ts has no interface {name}"
    return set(re.findall(r"^  (\w+)\??:", body.group(1), re.MULTILINE))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_typescript_knows_the_event(event: Any) -> None:
    assert interface(type(event).__name__) == {"type", *(field.name for field in fields(event))}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_typescript_knows_the_record(record: Any) -> None:
    assert interface(record.__name__) == {field.name for field in fields(record)}
