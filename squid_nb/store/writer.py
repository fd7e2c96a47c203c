"""Who writes an answer, and whether that process is still there.

A `streaming` row carries its writer. When the writer is gone the row reads as `interrupted`, and is stored so.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from functools import cache

import psutil

from .rows import Connection, Row, aware, now, run

__all__ = ["alive", "answering", "answering_elsewhere", "identity", "settle"]

_HEARTBEAT = timedelta(seconds=30)
_CLOCK_S = 2.0
"""Start times are read in clock ticks, and Linux derives them from a boot time that may be adjusted."""


def identity() -> Row:
    """The running process, as the columns `writer_…` hold it."""
    pid = os.getpid()
    return {"writer_host": socket.gethostname(), "writer_pid": pid, "writer_started": _started(pid)}


def settle(connection: Connection) -> None:
    """Store as `interrupted` every answer whose writer is gone."""
    rows = _streaming(connection)
    gone = [row["id"] for row in rows if not alive(row)]
    if gone:
        run(
            connection,
            "update messages set status = 'interrupted' where id in (select unnest($ids::uuid[]))",
            ids=gone,
        )


def answering(connection: Connection) -> dict[str, str]:
    """Session id → the model that is answering in it, whichever process it answers in."""
    return {row["session_id"]: row["model"] or "" for row in _streaming(connection) if alive(row)}


def answering_elsewhere(connection: Connection, owner_id: str) -> list[str]:
    """The session of each answer that another process is writing for a person, once for each answer."""
    here = (socket.gethostname(), os.getpid())
    streaming = [
        row["session_id"]
        for row in _streaming(connection)
        if (row["writer_host"], row["writer_pid"]) != here and alive(row)
    ]
    if not streaming:
        return []
    rows = run(
        connection,
        """
        select id::varchar as id from sessions
        where owner_id = $owner and id in (select unnest($ids::uuid[]))
        """,
        owner=owner_id,
        ids=streaming,
    )
    own = {row["id"] for row in rows}
    return [session_id for session_id in streaming if session_id in own]


def _streaming(connection: Connection) -> list[Row]:
    return run(
        connection,
        """
        select
            id::varchar as id, session_id::varchar as session_id, model, writer_host, writer_pid, writer_started,
            heartbeat_at
        from messages where status = 'streaming'
        """,
    )


def alive(row: Row) -> bool:
    """Whether the process with this identity is there; on another machine, whether it has been heard lately."""
    if row["writer_host"] != socket.gethostname():
        return now() - aware(row["heartbeat_at"]) < _HEARTBEAT
    if row["writer_pid"] == os.getpid():
        return abs(_started(os.getpid()) - float(row["writer_started"])) < _CLOCK_S
    try:
        process = psutil.Process(row["writer_pid"])
        started = process.create_time()
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return abs(started - float(row["writer_started"])) < _CLOCK_S


@cache
def _started(pid: int) -> float:
    return psutil.Process(pid).create_time()
