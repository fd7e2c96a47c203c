"""The ledger: one row for each model call, never changed and never removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from ..records import Usage
from .database import Database
from .ids import checked, new_id
from .rows import Connection, aware, one, run

__all__ = ["Ledger", "insert", "of_messages"]


class Ledger:
    """What the model calls of this database took."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, usage: Usage) -> Usage:
        """Write one model call; an empty id is filled in."""
        with self._database.lease() as connection:
            return insert(connection, usage)

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
    run(
        connection,
        """
        insert into usage (
            id, session_id, message_id, user_id, provider, model, host, door, input_tokens, output_tokens,
            reasoning_tokens, cached_tokens, cost_usd, method, first_token_ms, duration_ms, created_at
        ) values (
            $id, $session_id, $message_id, $user_id, $provider, $model, $host, $door, $input_tokens, $output_tokens,
            $reasoning_tokens, $cached_tokens, $cost_usd, $method, $first_token_ms, $duration_ms, $created_at
        )
        """,
        **asdict(usage),
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
