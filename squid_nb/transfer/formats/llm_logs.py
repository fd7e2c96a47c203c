"""`logs.db` of the `llm` program: its three schemas, of which one file may hold all.

`threads` and `turns` over content-addressed `messages` (0.32 and later) are read in `llm_threads.py`; here are
`conversations` with `responses`, and the first `log` or `logs` table.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ..conversation import Attachment, Conversation, Turn
from ..importer import Found, guarded
from ..loose import text, when, words
from ..sqlite_file import SqliteFile
from .llm_threads import from_threads
from .missing import with_missing
from .sqlite_importer import SqliteImporter

__all__ = ["LLM_LOGS"]


def _fits(tables: dict[str, frozenset[str]]) -> bool:
    responses = {"prompt", "response", "conversation_id"} <= tables.get("responses", frozenset())
    threads = "turns" in tables and "tip_message_hash" in tables.get("threads", frozenset())
    first = any({"prompt", "response", "chat_id"} <= tables.get(name, frozenset()) for name in ("log", "logs"))
    return responses or threads or first


def _from_responses(file: SqliteFile) -> Iterator[Found]:
    """Conversations of the tables before threads; one that has a thread by now is read there."""
    if not file.has("responses", "conversation_id"):
        return
    names = "responses.conversation_id = conversations.id" if file.has("conversations", "name") else "0"
    rows = file.rows(
        f"""
        select responses.*, {"conversations.name" if file.has("conversations", "name") else "null"} as name
        from responses {"left join conversations on " + names if names != "0" else ""}
        order by responses.conversation_id, responses.id
        """  # noqa: S608 - fixed names only
    )
    threads = file.has("threads", "id") and file.has("turns", "thread_id")
    for number, (key, group) in enumerate(groupby(rows, key=lambda row: row["conversation_id"]), start=1):
        exchanges = list(group)
        # A response logged outside any conversation is one of its own.
        for one in [exchanges] if key is not None else [[row] for row in exchanges]:
            name = str(key if key is not None else one[0]["id"])
            if threads and any(file.rows("select 1 from turns where thread_id = ? limit 1", name)):
                continue
            yield guarded(number, None, _conversation, file, name, one)


def _conversation(file: SqliteFile, key: str, rows: list[sqlite3.Row]) -> Conversation:
    turns: list[Turn] = []
    for row in rows:
        parent = turns[-1].key if turns else None
        turns += _exchange(file, row, parent)
    return Conversation(
        key=key,
        turns=tuple(turns),
        title=text(rows[0]["name"]),
        model=words(rows[-1]["model"]),
        system=next((row["system"] for row in rows if words(row["system"])), None),
    )


def _exchange(file: SqliteFile, row: sqlite3.Row, parent: str | None) -> list[Turn]:
    columns = set(row.keys())
    attachments, missing = _attachments(file, str(row["id"]))
    moment = when(row["datetime_utc"])
    asked = Turn(
        key=f"{row['id']}:prompt",
        parent=parent,
        role="user",
        content=with_missing(text(row["prompt"]), missing),
        created_at=moment,
        attachments=(*_fragments(file, str(row["id"])), *attachments),
    )
    behind = [text(row["reasoning"])] if "reasoning" in columns else []
    answered = Turn(
        key=f"{row['id']}:response",
        parent=asked.key,
        role="assistant",
        content=text(row["response"]),
        created_at=moment,
        reasoning="\n\n".join([part for part in behind if part] + _tools(file, str(row["id"]))),
        model=words(row["resolved_model"] if "resolved_model" in columns else None) or words(row["model"]),
    )
    return [asked, answered]


def _attachments(file: SqliteFile, response_id: str) -> tuple[list[Attachment], list[str]]:
    if not file.has("prompt_attachments", "attachment_id"):
        return [], []
    found, missing = [], []
    rows = file.rows(
        """
        select attachments.* from prompt_attachments
        join attachments on attachments.id = prompt_attachments.attachment_id
        where prompt_attachments.response_id = ? order by prompt_attachments."order"
        """,
        response_id,
    )
    for number, row in enumerate(rows, start=1):
        place = text(row["path"]) or text(row["url"])
        if row["content"]:
            name = place.rpartition("/")[2] or f"attachment-{number}"
            found.append(Attachment(name, bytes(row["content"]), mime_type=words(row["type"])))
        else:
            # A path on the machine of whoever made the file is not followed: it could name anything.
            missing.append(place)
    return found, missing


def _fragments(file: SqliteFile, response_id: str) -> list[Attachment]:
    if not file.has("prompt_fragments", "fragment_id"):
        return []
    rows = file.rows(
        """
        select fragments.content, fragments.source from prompt_fragments
        join fragments on fragments.id = prompt_fragments.fragment_id
        where prompt_fragments.response_id = ? order by prompt_fragments."order"
        """,
        response_id,
    )
    return [
        Attachment(
            text(row["source"]) or f"fragment-{number}", text(row["content"]).encode(), mime_type="text/plain",
            text=text(row["content"]),
        )
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip


def _tools(file: SqliteFile, response_id: str) -> list[str]:
    lines = []
    if file.has("tool_calls", "response_id"):
        calls = file.rows("select name, arguments from tool_calls where response_id = ? order by id", response_id)
        lines += [f"[tool {text(row['name'])}] {text(row['arguments'])}" for row in calls]
    if file.has("tool_results", "response_id"):
        results = file.rows("select output from tool_results where response_id = ? order by id", response_id)
        lines += [f"[result] {text(row['output'])}" for row in results]
    return lines


def _from_first_log(file: SqliteFile) -> Iterator[Found]:
    """The table of 2023: rows with a `chat_id`, named `log` and then `logs`."""
    for table in ("log", "logs"):
        if not file.has(table, "prompt", "response", "chat_id"):
            continue
        number = "id" if file.has(table, "id") else "rowid"
        moment = file.first_of(table, "datetime_utc", "timestamp_utc", "timestamp")
        rows = file.rows(
            f"""
            select {number} as id, coalesce(chat_id, {number}) as chat, prompt, response, model, system,
                {moment} as moment
            from {table} order by chat, id
            """  # noqa: S608 - fixed names only
        )
        for index, (chat, group) in enumerate(groupby(rows, key=lambda row: row["chat"]), start=1):
            yield guarded(index, None, _first, chat, list(group))


def _first(chat: Any, rows: list[sqlite3.Row]) -> Conversation:
    turns: list[Turn] = []
    for row in rows:
        moment = when(row["moment"])
        key = f"log {row['id']}"
        parent = turns[-1].key if turns else None
        turns.append(Turn(f"{key}:prompt", parent, "user", text(row["prompt"]), created_at=moment))
        turns.append(
            Turn(
                f"{key}:response", turns[-1].key, "assistant", text(row["response"]), created_at=moment,
                model=words(row["model"]),
            )
        )  # fmt: skip
    # The numbers start from 1 in every file, so the time belongs to the identity.
    started = json.dumps(rows[0]["moment"])
    return Conversation(
        key=f"log {chat} {started}",
        turns=tuple(turns),
        model=words(rows[-1]["model"]),
        system=next((row["system"] for row in rows if words(row["system"])), None),
    )


LLM_LOGS = SqliteImporter("llm", _fits, (from_threads, _from_responses, _from_first_log))
