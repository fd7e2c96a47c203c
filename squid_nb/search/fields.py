"""The fields of the index, and how what can be found becomes a document.

`text` is what is searched. `shown` and `content` are only handed back: the facts of a hit, and its text as it was
written. Whoever changes something here, or in what counts as a word, changes `VERSION`: every index is built anew then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import tantivy

from ..store.changes import Entry
from . import words

__all__ = ["MARK", "TOKENIZER", "VERSION", "document", "mark_document", "microseconds", "schema", "shown_in"]

VERSION = 2
TOKENIZER = "folded"
MARK = "mark"

_EXACT = ("owner", "session", "message", "kind", "role", "tag", "has", MARK)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def schema() -> tantivy.Schema:
    """The fields."""
    builder = tantivy.SchemaBuilder()
    for name in _EXACT:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("model", tokenizer_name=TOKENIZER, index_option="basic")
    builder.add_text_field("text", tokenizer_name=TOKENIZER, index_option="position")
    builder.add_integer_field("at", indexed=True, fast=True)
    builder.add_boolean_field("archived", indexed=True)
    builder.add_bytes_field("shown", stored=True)
    builder.add_bytes_field("content", stored=True)
    return builder.build()


def document(entry: Entry) -> tantivy.Document:
    """What can be found, as the index keeps it."""
    found = tantivy.Document()
    exact = {"owner": entry.owner_id, "session": entry.session_id, "message": entry.message_id, "kind": entry.kind}
    for name, value in {**exact, "role": entry.role}.items():
        if value is not None:
            found.add_text(name, value)
    for tag in entry.tags:
        found.add_text("tag", words.fold(tag))
    for thing in _has(entry):
        found.add_text("has", thing)
    content = words.composed(f"{entry.name}\n{entry.text}" if entry.name else entry.text)
    found.add_text("model", words.indexed(entry.model or ""))
    found.add_text("text", words.indexed(content))
    found.add_integer("at", microseconds(entry.created_at))
    found.add_boolean("archived", entry.archived)
    facts = [entry.session_id, entry.message_id, entry.kind, entry.role, entry.created_at.isoformat(), entry.title]
    found.add_bytes("shown", json.dumps([*facts, entry.name, entry.model]).encode())
    found.add_bytes("content", content.encode("utf-8", "replace"))
    return found


def mark_document(facts: Mapping[str, Any]) -> tantivy.Document:
    """How far the index has come, as a document of the index itself: both are committed together."""
    found = tantivy.Document()
    found.add_text(MARK, MARK)
    found.add_bytes("shown", json.dumps(facts).encode())
    return found


def shown_in(found: tantivy.Document) -> Any:
    """The facts that a document hands back."""
    return json.loads(found["shown"][0])


def microseconds(at: datetime) -> int:
    """A time as the index compares it."""
    if at.tzinfo is None:
        at = at.astimezone()
    return int((at - _EPOCH).total_seconds()) * 1_000_000 + at.microsecond


def _has(entry: Entry) -> list[str]:
    things = {
        "code": "```" in entry.text,
        "link": "http://" in entry.text or "https://" in entry.text,
        "file": entry.attached,
        "error": entry.failed,
    }
    return [name for name, there in things.items() if there]
