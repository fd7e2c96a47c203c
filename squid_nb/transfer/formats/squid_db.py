"""`squid.db` of Squid, the assistant this project is named after: SQLite, through its schemas 001 to 016."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..document import FILE_LIMIT
from ..importer import Found, guarded
from ..loose import items, joined, mapping, text, when, words
from ..sqlite_file import SqliteFile
from .missing import with_missing
from .sqlite_importer import SqliteImporter
from .thoughts import apart

__all__ = ["SQUID_DB"]

_GZIP = 31
"""zlib's window bits for data with a gzip header."""


def _fits(tables: dict[str, frozenset[str]]) -> bool:
    return (
        {"session_id", "role", "content", "timestamp"} <= tables.get("messages", frozenset())
        and {"message_id", "title", "content"} <= tables.get("sources", frozenset())
        and {"id", "created_at", "updated_at"} <= tables.get("sessions", frozenset())
    )


def _sessions(file: SqliteFile) -> Iterator[Found]:
    title = file.first_of("sessions", "title")
    # Schema 012 renamed the column, as the name of an agent stands there since.
    model = file.first_of("sessions", "agent_id", "model_id")
    rows = list(
        file.rows(
            f"""
            select id, created_at, updated_at, {title} as title, {model} as model from sessions
            order by created_at, id
            """  # noqa: S608 - fixed names only
        )
    )
    for number, row in enumerate(rows, start=1):
        yield guarded(number, None, _conversation, file, row)


def _conversation(file: SqliteFile, session: sqlite3.Row) -> Conversation:
    model = words(session["model"])
    turns: list[Turn] = []
    # Times are whole seconds, so a question and its answer may share one: the id says which came first.
    rows = file.rows("select * from messages where session_id = ? order by timestamp, id", session["id"])
    for row in rows:
        turns.append(_turn(file, row, turns[-1].key if turns else None, model))
    return Conversation(
        key=str(session["id"]),
        turns=tuple(turns),
        title=text(session["title"]),
        model=model,
        created_at=when(session["created_at"]),
        updated_at=when(session["updated_at"]),
    )


def _turn(file: SqliteFile, row: sqlite3.Row, parent: str | None, model: str | None) -> Turn:
    human = row["role"] == "user"
    content, marked = (text(row["content"]), "") if human else apart(text(row["content"]))
    attachments, missing = _sources(file, row["id"])
    return Turn(
        key=str(row["id"]),
        parent=parent,
        role="user" if human else "assistant",
        content=with_missing(content, missing),
        created_at=when(row["timestamp"]),
        reasoning="" if human else _steps(file, row) or marked,
        model=None if human else model,
        attachments=tuple(attachments),
    )


def _steps(file: SqliteFile, row: sqlite3.Row) -> str:
    """What led to an answer, in its order where that was recorded (schema 009), else thoughts before tools."""
    columns = set(row.keys())
    if file.has("thinking_steps", "step_order"):
        steps = file.rows("select * from thinking_steps where message_id = ? order by step_order, id", row["id"])
        told = [_step(step) for step in steps]
        if told:
            return joined(told)
    thoughts = [text(row["reasoning"])] if "reasoning" in columns else []
    tools = _json(row["tools"]) if "tools" in columns else None
    return joined(thoughts + [_tool(mapping(tool)) for tool in items(tools)])


def _step(step: sqlite3.Row) -> str:
    if step["step_type"] == "reasoning":
        return text(step["content"])
    told = {"name": step["tool_name"], "arguments": step["tool_arguments"], "result": step["tool_result"]}
    return _tool({**told, "error": step["tool_error"]})


def _tool(tool: dict[str, Any]) -> str:
    arguments = tool.get("arguments")
    call = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    result = text(tool.get("error")) or text(tool.get("result"))
    return joined([f"[tool {text(tool.get('name'))}] {call}", f"[result] {result}" if result else ""])


def _sources(file: SqliteFile, message_id: int) -> tuple[list[Attachment], list[str]]:
    """Files of a message: compressed and stored once since schema 006, before that in the row itself."""
    stored = file.has("file_contents", "content_compressed") and "content_id" in file.columns["sources"]
    rows = file.rows(
        f"""
        select sources.title, sources.content, {"file_contents.content_compressed" if stored else "null"} as packed
        from sources {"left join file_contents on file_contents.id = sources.content_id" if stored else ""}
        where sources.message_id = ? order by sources.id
        """,  # noqa: S608 - fixed names only
        message_id,
    )
    found, missing = [], []
    for row in rows:
        data = _unpacked(row["packed"]) if row["packed"] is not None else text(row["content"]).encode()
        if data is None or (not data and row["content"] is None):
            missing.append(text(row["title"]))
        else:
            found.append(Attachment(text(row["title"]) or "file", data))
    return found, missing


def _unpacked(packed: bytes) -> bytes | None:
    """The content, or None when it is damaged or would be larger than a file may be."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        data = unpacker.decompress(packed, FILE_LIMIT)
    except (zlib.error, TypeError):
        return None
    return data if unpacker.eof else None


def _json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None


SQUID_DB = SqliteImporter("squid", _fits, (_sessions,))
