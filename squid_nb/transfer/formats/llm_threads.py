"""The present schema of `llm`: threads over messages that are stored once, by the hash of all that came before.

A thread becomes a session. A fork is a second thread over shared messages, and becomes a session with its whole path.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..fold import Node, fold
from ..importer import Found, guarded
from ..loose import items, joined, mapping, text, when, words
from ..sqlite_file import SqliteFile
from .missing import with_missing

__all__ = ["from_threads"]


def from_threads(file: SqliteFile) -> Iterator[Found]:
    """The threads of the file, oldest first."""
    if not file.has("threads", "id", "tip_message_hash") or not file.has("turns", "thread_id"):
        return
    threads = list(file.rows("select id, name, tip_message_hash, datetime_utc from threads order by id"))
    for number, thread in enumerate(threads, start=1):
        yield guarded(number, None, _conversation, file, thread)


@dataclass(frozen=True, slots=True)
class _Call:
    """A model call, as it concerns a message."""

    key: str
    model: str | None
    moment: Any


def _conversation(file: SqliteFile, thread: sqlite3.Row) -> Conversation:
    own = list(file.rows("select * from turns where thread_id = ? order by datetime_utc, id", thread["id"]))
    tips = [tip for tip in (thread["tip_message_hash"], *(row["tip_message_hash"] for row in own)) if tip]
    messages = _messages(file, tips)
    # What a fork shares with another thread was answered there.
    turns = own + list(
        file.rows(
            """
            select * from turns
            where thread_id is not ? and tip_message_hash in (select value from json_each(?)) order by datetime_utc, id
            """,
            thread["id"],
            json.dumps(list(messages)),
        )
    )
    calls = _calls(turns, messages)
    nodes = [_node(file, row, calls) for row in messages.values()]
    tip = thread["tip_message_hash"]
    said, head = fold(nodes, head=calls[tip].key if tip in calls else tip)
    return Conversation(
        key=str(thread["id"]),
        turns=said,
        title=text(thread["name"]),
        head=head,
        model=words((own or turns)[-1]["model"]) if turns else None,
        system=next((_parts(file, key)[0] for key, row in messages.items() if row["role"] == "system"), None),
        created_at=when(thread["datetime_utc"]),
    )


def _messages(file: SqliteFile, tips: list[str]) -> dict[str, sqlite3.Row]:
    """Every message on the way to these tips, those first that came first."""
    rows = file.rows(
        """
        with recursive chain(hash, parent_hash, role) as (
            select hash, parent_hash, role from messages where hash in (select value from json_each(?))
            union
            select m.hash, m.parent_hash, m.role from messages as m join chain on m.hash = chain.parent_hash
        )
        select chain.* from chain join messages using (hash) order by messages.rowid
        """,
        json.dumps(tips),
    )
    return {row["hash"]: row for row in rows}


def _calls(turns: list[sqlite3.Row], messages: dict[str, sqlite3.Row]) -> dict[str, _Call]:
    """Which call asked or answered each message; the keys are those of the older `responses`, whose ids turns keep."""
    calls: dict[str, _Call] = {}
    for turn in turns:
        model = words(turn["resolved_model"]) or words(turn["model"])
        step = turn["tip_message_hash"]
        calls.setdefault(step, _Call(f"{turn['id']}:response", model, turn["datetime_utc"]))
        step = messages[step]["parent_hash"] if step in messages else None
        while step in messages and step not in calls:
            asked = messages[step]["role"] == "user"
            key = f"{turn['id']}:prompt" if asked else step
            calls[step] = _Call(key, None if asked else model, turn["datetime_utc"])
            if asked:
                break
            step = messages[step]["parent_hash"]
    return calls


def _node(file: SqliteFile, row: sqlite3.Row, calls: dict[str, _Call]) -> Node:
    call = calls.get(row["hash"], _Call(row["hash"], None, None))
    above = row["parent_hash"]
    parent = calls[above].key if above in calls else above
    said, behind, attachments = _parts(file, row["hash"])
    role = row["role"]
    if role not in {"user", "assistant"} or not (said or attachments):
        # A system message is the session's own prompt, as it was before threads.
        return Node(call.key, parent, behind="" if role == "system" else behind)
    turn = Turn(
        key=call.key,
        parent=parent,
        role="user" if role == "user" else "assistant",
        content=said,
        created_at=when(call.moment),
        reasoning=behind if role == "assistant" else "",
        model=call.model if role == "assistant" else None,
        attachments=tuple(attachments),
    )
    return Node(call.key, parent, turn)


def _parts(file: SqliteFile, message: str) -> tuple[str, str, list[Attachment]]:
    said, behind, missing = [], [], []
    attachments: list[Attachment] = []
    for part in file.rows("select * from parts where message_hash = ? order by position", message):
        payload = mapping(json.loads(part["payload"])) if part["payload"] else {}
        match part["type"]:
            case "text":
                said.append(_text(file, part, payload))
            case "reasoning":
                behind.append(_text(file, part, payload))
            case "tool_call":
                arguments = json.dumps(payload.get("arguments"), ensure_ascii=False)
                behind.append(f"[tool {text(part['tool_name'])}] {arguments}")
            case "tool_result":
                behind.append(f"[result] {text(payload.get('output'))}")
            case "attachment":
                attachment, place = _attachment(file, mapping(payload.get("attachment")).get("id"))
                attachments += [attachment] if attachment is not None else []
                missing += [] if attachment is not None else [place]
    return with_missing(joined(said), missing), joined(behind), attachments


def _text(file: SqliteFile, part: sqlite3.Row, payload: dict[str, Any]) -> str:
    if part["text"] is not None:
        return text(part["text"])
    if "text_ref" not in payload:
        return text(payload.get("text"))
    pieces = []
    for piece in map(mapping, items(payload["text_ref"])):
        if "literal" in piece:
            pieces.append(text(piece["literal"]))
        else:
            found = file.rows("select content from fragments where id = ?", piece.get("fragment"))
            pieces.append(next((text(row["content"]) for row in found), ""))
    return "".join(pieces)


def _attachment(file: SqliteFile, key: Any) -> tuple[Attachment | None, str]:
    row = next(file.rows("select * from attachments where id = ?", text(key)), None)
    if row is None:
        return None, "attachment"
    place = text(row["path"]) or text(row["url"])
    if not row["content"]:
        # A path on the machine of whoever made the file is not followed: it could name anything.
        return None, place
    name = place.rpartition("/")[2] or "attachment"
    return Attachment(name, bytes(row["content"]), mime_type=words(row["type"])), place
