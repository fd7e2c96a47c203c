"""Running a statement with bound parameters, and the values that travel in and out of it.

Times are UTC without a zone inside (fetching zoned ones would need pytz) and aware UTC datetimes outside. Text is
what UTF-8 can carry: halves of a surrogate pair are joined, a half without its partner becomes U+FFFD.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

import duckdb

__all__ = ["Connection", "Row", "aware", "now", "one", "run", "stored", "utf8"]

Connection: TypeAlias = duckdb.DuckDBPyConnection
Row: TypeAlias = dict[str, Any]


def now() -> datetime:
    """The present, as a record carries it."""
    return datetime.now(UTC)


def aware(value: datetime) -> datetime:
    """A stored time as a record carries it."""
    return value.replace(tzinfo=UTC)


def utf8(text: str) -> str:
    """The text as UTF-8 can carry it; unchanged unless it holds lone surrogates."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # The front end may cut a string between the two halves of a pair; UTF-16 puts such halves together again.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def stored(value: Any) -> Any:
    """A Python value as it is bound to a parameter."""
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, (list, tuple)):
        return [stored(item) for item in value]
    return value


# Parsing is a fifth of what a short statement costs; a parsed one belongs to no connection.
_parsed: dict[str, duckdb.Statement] = {}
_MOST_PARSED = 500


def _parse(connection: Connection, query: str) -> duckdb.Statement:
    (statement,) = connection.extract_statements(query)
    if len(_parsed) >= _MOST_PARSED:
        _parsed.clear()
    _parsed[query] = statement
    return statement


def run(connection: Connection, query: str, /, **parameters: Any) -> list[Row]:
    """Execute one statement with `$name` parameters and return its rows."""
    statement = _parsed.get(query) or _parse(connection, query)
    bound = {name: stored(value) for name, value in parameters.items()}
    cursor = connection.execute(statement, bound) if bound else connection.execute(statement)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def one(connection: Connection, query: str, /, **parameters: Any) -> Row | None:
    """The first row of a statement, or None."""
    rows = run(connection, query, **parameters)
    return rows[0] if rows else None
