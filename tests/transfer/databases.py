"""Small SQLite files as `llm` and Squid write them, in each generation of their schemas."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path


def _made(path: Path, script: str, *statements: tuple[str, tuple[object, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()
    return path


def llm_first(path: Path) -> Path:
    """The table `log` of early 2023."""
    return _made(
        path,
        """
        create table log (provider text, system text, prompt text, chat_id integer, response text, model text,
            timestamp text);
        insert into log values ('openai', 'Be brief.', 'Hi', null, 'Hello', 'gpt-3.5-turbo', '2023-04-02 10:00:00');
        insert into log values ('openai', null, 'And?', 1, 'What?', 'gpt-4', '2023-04-02 10:01:00');
        insert into log values ('openai', null, 'Alone', null, 'Yes', 'gpt-4', '2023-04-03 10:01:00');
        """,
    )


_RESPONSES = """
    create table conversations (id text primary key, name text, model text);
    create table responses (id text primary key, model text, prompt text, system text, prompt_json text,
        options_json text, response text, response_json text, conversation_id text, duration_ms integer,
        datetime_utc text, input_tokens integer, output_tokens integer, token_details text, schema_id text,
        resolved_model text, reasoning text);
    create table attachments (id text primary key, type text, path text, url text, content blob);
    create table prompt_attachments (response_id text, attachment_id text, "order" integer);
    create table fragments (id integer primary key, hash text, content text, datetime_utc text, source text);
    create table prompt_fragments (response_id text, fragment_id integer, "order" integer);
    create table tool_calls (id integer primary key, response_id text, tool_id integer, name text, arguments text,
        tool_call_id text);
    create table tool_results (id integer primary key, response_id text, tool_id integer, name text, output text,
        tool_call_id text);
    insert into conversations values ('01conv', 'Leaf shapes', 'gpt-4o');
    insert into responses (id, model, resolved_model, prompt, system, response, conversation_id, datetime_utc,
        reasoning, input_tokens)
    values ('01a', 'gpt-4o', 'gpt-4o-2024', 'Which leaf?', 'Botanist.', 'Oak.', '01conv',
        '2025-02-03T04:05:06.789', 'Lobed.', 11),
        ('01b', 'gpt-4o', null, 'Sure?', null, 'Yes.', '01conv', '2025-02-03T04:06:00', null, 12);
    insert into prompt_fragments values ('01a', 1, 0);
    insert into fragments values (1, 'h', 'A guide to leaves', '2025-02-03', 'guide.txt');
    insert into tool_calls values (1, '01b', 1, 'lookup', '{"leaf": "oak"}', 't1');
    insert into tool_results values (1, '01b', 1, 'lookup', 'Quercus', 't1');
    insert into prompt_attachments values ('01a', 'att', 0), ('01a', 'lost', 1);
    insert into attachments values ('lost', 'image/png', '/etc/passwd', null, null);
"""


def llm_responses(path: Path, picture: bytes) -> Path:
    """`conversations` and `responses`, the schema until 0.31."""
    return _made(path, _RESPONSES, ("insert into attachments values ('att', 'image/png', null, null, ?)", (picture,)))


_THREADS = """
    create table messages (hash text primary key, parent_hash text, role text, provider_metadata text);
    create table parts (id integer primary key, message_hash text, position integer, type text, tool_name text,
        text text, payload text);
    create table part_attachments (part_id integer, attachment_id text, "order" integer);
    create table threads (id text primary key, name text, tip_message_hash text, forked_from text, datetime_utc text);
    create table turns (id text primary key, thread_id text, parent_message_hash text, tip_message_hash text,
        model text, resolved_model text, options_json text, schema_id text, input_tokens integer,
        output_tokens integer, token_details text, duration_ms integer, datetime_utc text, response_json text);
"""


def llm_threads(path: Path, picture: bytes) -> Path:
    """Threads as well: the old conversation lives on as a thread, is forked after its first answer, and goes on."""
    messages = [
        ("sys", None, "system", [("text", "Botanist.", None)]),
        ("q1", "sys", "user", [
            ("text", None, {"text_ref": [{"fragment": 1}, {"literal": "\n\nWhich leaf?"}]}),
            ("attachment", None, {"attachment": {"id": "att"}}),
        ]),
        ("a1", "q1", "assistant", [("reasoning", "Lobed.", None), ("text", "Oak.", None)]),
        ("q2", "a1", "user", [("text", "Sure?", None)]),
        ("c2", "q2", "assistant", [("tool_call", None, {"name": "lookup", "arguments": {"leaf": "oak"}})]),
        ("r2", "c2", "tool", [("tool_result", None, {"name": "lookup", "output": "Quercus"})]),
        ("a2", "r2", "assistant", [("text", "Yes.", None)]),
        ("q3", "a1", "user", [("text", "Or beech?", None)]),
        ("a3", "q3", "assistant", [("text", "No.", None)]),
    ]  # fmt: skip
    statements: list[tuple[str, tuple[object, ...]]] = [
        ("insert into attachments values ('att', 'image/png', null, null, ?)", (picture,))
    ]
    for key, parent, role, parts in messages:
        statements.append(("insert into messages values (?, ?, ?, null)", (key, parent, role)))
        for position, (kind, text, payload) in enumerate(parts):
            tool = (payload or {}).get("name")
            values = (key, position, kind, tool, text, json.dumps(payload) if payload else None)
            statements.append(
                (
                    "insert into parts (message_hash, position, type, tool_name, text, payload)"
                    " values (?, ?, ?, ?, ?, ?)",
                    values,
                )
            )
    threads = [("01conv", "Leaf shapes", "a2", None), ("01fork", "Fork", "a3", "01conv")]
    turns = [
        ("01a", "01conv", "q1", "a1", "gpt-4o", "gpt-4o-2024", "2025-02-03T04:05:06.789"),
        ("01b", "01conv", "r2", "a2", "gpt-4o", None, "2025-02-03T04:06:00"),
        ("01c", "01fork", "q3", "a3", "o3", None, "2025-02-04T04:06:00"),
    ]
    statements += [("insert into threads values (?, ?, ?, ?, '2025-02-03T04:05:00')", row) for row in threads]
    statements += [
        (
            """
            insert into turns
                (id, thread_id, parent_message_hash, tip_message_hash, model, resolved_model, datetime_utc)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            row,
        )
        for row in turns
    ]
    return _made(path, _RESPONSES + _THREADS, *statements)


_SQUID = """
    create table sessions (id text primary key not null, created_at integer not null, updated_at integer not null,
        metadata text);
    create table messages (id integer primary key autoincrement, session_id text not null,
        role text not null check (role in ('user', 'assistant')), content text not null, timestamp integer not null);
"""
_SQUID_SOURCES_1 = """
    create table sources (id integer primary key autoincrement, message_id integer not null, title text not null,
        content text not null);
"""
_SQUID_SAID = """
    insert into sessions (id, created_at, updated_at) values ('s-1', 1760000000, 1760000100);
    insert into messages (session_id, role, content, timestamp) values
        ('s-1', 'user', 'Read this', 1760000000), ('s-1', 'assistant', 'I have read it.', 1760000000),
        ('s-1', 'user', 'And?', 1760000000), ('s-1', 'assistant', '<think>Hm.</think>It is fine.', 1760000000);
"""


def squid_first(path: Path) -> Path:
    """Schema 001: the content of a source stands in its row."""
    sources = "insert into sources (message_id, title, content) values (1, 'notes.md', '# Notes');"
    return _made(path, _SQUID + _SQUID_SOURCES_1 + _SQUID_SAID + sources)


def squid_present(path: Path, document: bytes) -> Path:
    """Schema 012: titles, tokens, files stored once and compressed, thinking steps in their order."""
    packed = gzip.compress(document)
    return _made(
        path,
        _SQUID
        + """
        alter table sessions add column title text;
        alter table sessions add column agent_id text;
        alter table sessions add column total_tokens integer default 0;
        alter table sessions add column cost_usd real default 0;
        alter table messages add column reasoning text;
        alter table messages add column tools text;
        create table file_contents (id integer primary key autoincrement, content_hash text unique not null,
            content_compressed blob not null, original_size integer not null, compressed_size integer not null,
            created_at integer not null);
        create table sources (id integer primary key autoincrement, message_id integer not null, title text not null,
            content text, content_id integer);
        create table thinking_steps (id integer primary key autoincrement, message_id integer not null,
            step_order integer not null, step_type text not null, content text, tool_name text, tool_arguments text,
            tool_result text, tool_error text, created_at integer not null, content_before_tool text);
        """
        + _SQUID_SAID
        + """
        update sessions set title = 'Reading', agent_id = 'general-assistant', total_tokens = 1234, cost_usd = 0.5;
        update messages set tools = '[{"name": "read", "arguments": {"path": "a"}, "result": "text"}]',
            reasoning = 'Let me see.' where id = 2;
        insert into thinking_steps (message_id, step_order, step_type, content, tool_name, tool_arguments,
            tool_result, created_at)
        values (4, 1, 'tool', null, 'grep', '{"for": "x"}', 'found', 1),
            (4, 0, 'reasoning', 'First.', null, null, null, 1);
        insert into sources (message_id, title, content, content_id) values (1, 'old.md', '# Old', null);
        insert into sources (message_id, title, content, content_id) values (3, 'big.txt', null, 1);
        insert into sources (message_id, title, content, content_id) values (3, 'damaged.txt', null, 2);
        """,
        (
            "insert into file_contents values (1, ?, ?, ?, ?, 1760000000)",
            (hashlib.sha256(document).hexdigest(), packed, len(document), len(packed)),
        ),
        ("insert into file_contents values (2, 'x', ?, 10, 10, 1760000000)", (packed[:20],)),
    )
