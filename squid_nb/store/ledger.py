"""The ledger: one row for each model call, never changed and never removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from ..endpoint import LOOPBACK
from ..records import Usage
from .database import Database
from .ids import checked, new_id
from .rows import Connection, aware, one, run
from .writer import answering_elsewhere

__all__ = ["UNPRICED", "Ledger", "Spent", "insert", "of_messages", "unpriced"]

UNPRICED = f"cost_usd is null and contains(host, '://') and not regexp_matches(host, '{LOOPBACK}')"
"""Condition on a call: it has been paid for, nobody knows how much. A model on this machine costs nothing."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used at one host in one `scope`: `session`, `day` or `month`. What is unknown is counted, not summed."""

    scope: str
    host: str
    calls: int
    tokens: int
    cost_usd: float
    calls_without_tokens: int
    calls_without_cost: int
    estimated: int


class Ledger:
    """What the model calls of this database took."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, usage: Usage) -> Usage:
        """Write one model call; an empty id is filled in."""
        with self._database.lease() as connection:
            return insert(connection, usage)

    def spent(self, *, user_id: str, session_id: str | None, day: datetime, month: datetime) -> list[Spent]:
        """What a person has used in a session, since the day began and since the month began, for each host."""
        with self._database.lease() as connection:
            rows = run(
                connection,
                """
                with mine as (
                    select *, input_tokens is null and output_tokens is null as uncounted
                    from usage
                    where user_id = $user and (created_at >= $month or session_id = $session)
                ),
                scoped as (
                    select *, unnest(list_filter(
                        ['session', 'day', 'month'],
                        lambda scope: case scope
                            when 'session' then session_id = $session
                            when 'day' then created_at >= $day
                            else created_at >= $month
                        end
                    )) as scope
                    from mine
                )
                select
                    scope,
                    host,
                    count(*) as calls,
                    coalesce(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)), 0)::bigint as tokens,
                    coalesce(sum(cost_usd), 0)::double as cost_usd,
                    count(*) filter (where uncounted) as calls_without_tokens,
                    count(*) filter (where cost_usd is null) as calls_without_cost,
                    count(*) filter (where method = 'estimated') as estimated
                from scoped
                group by scope, host
                """,
                user=user_id,
                session=checked(session_id, "session") if session_id else None,
                day=day,
                month=month,
            )
        return [Spent(**row) for row in rows]

    def under_way_elsewhere(self, user_id: str) -> list[str]:
        """The session of each answer that another process is writing for a person."""
        with self._database.lease() as connection:
            return answering_elsewhere(connection, user_id)

    def totals(self, session_id: str) -> tuple[int, int, float | None]:
        """Input tokens, output tokens and cost of a session; the cost is None when none is known."""
        with self._database.lease() as connection:
            row = one(
                connection,
                """
                select
                    coalesce(sum(input_tokens), 0)::bigint as input, coalesce(sum(output_tokens), 0)::bigint as output,
                    sum(cost_usd) as cost
                from usage where session_id = $session
                """,
                session=checked(session_id, "session"),
            )
        return (row["input"], row["output"], row["cost"]) if row else (0, 0, None)


def insert(connection: Connection, usage: Usage) -> Usage:
    """Write one row, with a new id where it has none."""
    usage = usage if usage.id else replace(usage, id=new_id())
    known = {name: value for name, value in asdict(usage).items() if value is not None}
    run(
        connection,
        # DuckDB plans a `select` of parameters in two thirds of the time it takes for `values`.
        f"insert into usage ({', '.join(known)}) select {', '.join(f'${name}' for name in known)}",
        **known,
    )
    return usage


def of_messages(connection: Connection, message_ids: Sequence[str]) -> dict[str, Usage]:
    """The model call that wrote each of these messages; later calls about a message are not it."""
    rows = run(
        connection,
        """
        select
            id::varchar as id, session_id::varchar as session_id, message_id::varchar as message_id,
            user_id::varchar as user_id, provider, model, host, door, input_tokens, output_tokens, reasoning_tokens,
            cached_tokens, cost_usd, method, first_token_ms, duration_ms, created_at
        from usage where message_id in (select unnest($ids::uuid[]))
        order by usage.id desc
        """,
        ids=list(message_ids),
    )
    return {row["message_id"]: Usage(**{**row, "created_at": aware(row["created_at"])}) for row in rows}


def unpriced(connection: Connection, session_ids: Sequence[str]) -> dict[str, int]:
    """How many calls of these sessions have a price that nobody knows; those without any are missing."""
    rows = run(
        connection,
        f"""
        select session_id::varchar as session_id, count(*) as calls from usage
        where session_id in (select unnest($ids::uuid[])) and {UNPRICED}
        group by session_id
        """,
        ids=list(session_ids),
    )
    return {row["session_id"]: row["calls"] for row in rows}
