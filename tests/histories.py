"""Large histories for tests and benchmarks, written by SQL in a second or two."""

from __future__ import annotations

from datetime import UTC, datetime

from squid_nb.store import Store, new_id
from squid_nb.store.rows import Connection, run

_BEGAN_MS = 1_700_000_000_000


def chain(store: Store, *, owner_id: str, messages: int) -> str:
    """A session of this many messages, each below the one before; returns its id."""
    session_id = store.sessions.create(owner_id=owner_id, title="A long one").id
    with store.database.lease() as connection:
        _insert(connection, session_id, messages=messages, sessions=1, first=0)
        last = _id(messages - 1)
        run(connection, f"update sessions set head_id = {last} where id = $id", id=session_id)
    return session_id


def many(store: Store, *, owner_id: str, sessions: int, messages_each: int) -> None:
    """Sessions that were talked in side by side, about 430 characters a message."""
    total = sessions * messages_each
    with store.database.lease() as connection:
        run(
            connection,
            """
            insert into sessions by name
            select
                md5('session' || i)::uuid as id, $owner::uuid as owner_id, 'Session ' || i as title, [] as tags,
                false as pinned, false as archived, $at::timestamp as created_at, $at::timestamp as updated_at
            from range($sessions) as r(i)
            """,
            owner=owner_id,
            at=datetime.now(UTC),
            sessions=sessions,
        )
        _insert(connection, None, messages=total, sessions=sessions, first=10_000_000)
    store.close()


def _id(number: int | str) -> str:
    """SQL for the time-ordered id of a message by number."""
    ms = f"lpad(lower(hex(({_BEGAN_MS} + {number})::bigint)), 12, '0')"
    tail = f"md5(({number})::varchar)"
    return (
        f"(substr({ms}, 1, 8) || '-' || substr({ms}, 9, 4) || '-7' || substr({tail}, 1, 3) || '-8' || "
        f"substr({tail}, 4, 3) || '-' || substr({tail}, 7, 12))::uuid"
    )


def _insert(connection: Connection, session_id: str | None, *, messages: int, sessions: int, first: int) -> None:
    session = f"'{session_id}'::uuid" if session_id else f"md5('session' || (i % {sessions}))::uuid"
    run(
        connection,
        f"""
        insert into messages by name
        select
            {_id(f"i + {first}")} as id, {session} as session_id,
            case when i >= {sessions} then {_id(f"i + {first} - {sessions}")} end as parent_id,
            case when (i // {sessions}) % 2 = 0 then 'user' else 'assistant' end as role,
            'message ' || i || repeat(' ' || md5(i::varchar), 12) as content,
            '' as reasoning, 'complete' as status, 'python' as door, 'elsewhere' as writer_host, 1 as writer_pid,
            0.0 as writer_started, make_timestamp(({_BEGAN_MS} + i) * 1000) as heartbeat_at,
            make_timestamp(({_BEGAN_MS} + i) * 1000) as created_at
        from (select i from range($messages) as r(i) order by i)
        order by i
        """,
        messages=messages,
    )


def unused() -> str:
    """An id that nothing has."""
    return new_id()
