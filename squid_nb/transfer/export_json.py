"""The format `json`: everything, to be read by programs and to be imported again.

One array of records, each on a line of its own: a head, then for each session the files it is the first to use, the
session with its messages and its model calls, and, where it is very long, its further messages. `history.v1.json`
beside this file is its JSON Schema; `docs/formats/json.md` describes it.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from .._version import __version__
from ..records import File, Message, Source, Usage, to_dict
from ..store.rows import utf8
from ..store.transcripts import Transcript
from .exporters import Load, Material

__all__ = ["FORMAT", "JSON", "VERSION", "compact", "head_record", "records_of"]

FORMAT = "squid_nb"
VERSION = 1

_PART_BYTES = 16_000_000
"""Of a file, and of the text of messages, in one record: importers read a record as a whole."""
_MESSAGE_KEYS = (
    "id", "parent_id", "role", "content", "reasoning", "status", "error", "hint", "model", "provider", "host",
    "provenance", "created_at",
)  # fmt: skip
_SESSION_KEYS = (
    "id", "title", "model", "system", "notebook", "head_id", "tags", "pinned", "archived", "created_at", "updated_at",
)  # fmt: skip
_SOURCE_KEYS = ("id", "kind", "name", "sha256", "created_at")


class _Json:
    name = "json"
    suffix = ".json"
    separable = False

    def write(self, stream: BinaryIO, material: Material) -> None:
        stream.write(b"[\n" + compact(head_record()).encode())
        known: set[str] = set()
        for transcript in material.transcripts:
            for record in records_of(transcript, material.load, known=known):
                stream.write(b",\n" + compact(record).encode())
        stream.write(b"\n]\n")


JSON = _Json()


def head_record() -> dict[str, Any]:
    """What says of which format and version a file is."""
    moment = to_dict(datetime.now(UTC))
    return {
        "type": "head",
        "format": FORMAT,
        "version": VERSION,
        "generator": f"squid_nb {__version__}",
        "exported_at": moment,
    }


def records_of(transcript: Transcript, load: Load, *, known: set[str]) -> Iterator[dict[str, Any]]:
    """The records of one session.

    Parameters
    ----------
    known
        Hashes of the files that records before have carried; gets those of this session.
    """
    hashes = dict.fromkeys(source.sha256 for message in transcript.messages for source in message.sources)
    files = {file.sha256: file for file in transcript.files}
    for sha256 in hashes:
        if sha256 not in known and sha256 in files:
            known.add(sha256)
            yield from _file_records(files[sha256], load)
    first, *rest = list(_parts(transcript.messages)) or [[]]
    yield {
        "type": "session",
        **_chosen(transcript.session, _SESSION_KEYS),
        "owner": transcript.people.get(transcript.session.owner_id),
        "messages": first,
        "calls": [_call(usage, transcript.people) for usage in transcript.ledger],
    }
    for part in rest:
        yield {"type": "messages", "session_id": transcript.session.id, "messages": part}


def compact(record: Mapping[str, Any]) -> str:
    """A record as JSON on one line."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _file_records(file: File, load: Load) -> Iterator[dict[str, Any]]:
    found = load(file.sha256)
    if found is None:
        return
    data, text = found
    parts = max(1, -(-len(data) // _PART_BYTES))
    # Text that is nothing but the bytes is not written twice.
    same = text is not None and data == text.encode()
    for part in range(parts):
        piece = data[part * _PART_BYTES : (part + 1) * _PART_BYTES]
        yield {
            "type": "file",
            "sha256": file.sha256,
            "mime_type": file.mime_type,
            "size_bytes": file.size_bytes,
            "created_at": to_dict(file.created_at),
            "text": None if part or same else text,
            "text_is_data": same,
            "part": part + 1,
            "parts": parts,
            "data": base64.b64encode(piece).decode("ascii"),
        }


def _parts(messages: Sequence[Message]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for message in messages:
        length = len(message.content) + len(message.reasoning)
        if part and size + length > _PART_BYTES // 4:  # a character has at most four bytes
            yield part
            part, size = [], 0
        part.append(_message(message))
        size += length
    if part:
        yield part


def _message(message: Message) -> dict[str, Any]:
    told = _chosen(message, _MESSAGE_KEYS)
    if message.status == "streaming":
        told["status"] = "interrupted"  # in a file nobody goes on writing
    return {**told, "sources": [_source(source) for source in message.sources]}


def _source(source: Source) -> dict[str, Any]:
    return {**_chosen(source, _SOURCE_KEYS), "detail": _portable(source.detail)}


def _call(usage: Usage, people: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = to_dict(usage)
    del told["session_id"], told["user_id"]
    return {**told, "user": people.get(usage.user_id)}


def _chosen(record: Any, keys: Sequence[str]) -> dict[str, Any]:
    return {key: to_dict(getattr(record, key)) for key in keys}


def _portable(value: Any) -> Any:
    """Facts that were put together by others, as JSON and UTF-8 can carry them."""
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {utf8(str(key)): _portable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_portable(item) for item in value]
    return value
