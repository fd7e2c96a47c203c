"""Read-only SQL over the history, as pandas DataFrames; the only place where the store meets pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from ..errors import InvalidInput
from . import writer
from .database import Database
from .rows import Connection, stored

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Frames"]

_HINT = "Only reading is possible here: one select over v_sessions, v_messages, v_usage and v_files."


class Frames:
    """Queries that read, and can do nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sql(
        self,
        query: str,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
    ) -> pd.DataFrame:
        """Run one select; see `Store.sql`."""
        with self._database.lease() as connection:
            writer.settle(connection)
        # Its own lease, so that the cursor sees what has just been settled.
        with self._database.lease() as connection:
            # A cursor is a connection of its own: what is registered on it ends with it.
            cursor = connection.cursor()
            try:
                return _select(cursor, query, parameters, frames or {})
            except duckdb.Error as error:
                raise InvalidInput(_sentence(error), _HINT) from None
            finally:
                cursor.close()


def _select(
    cursor: Connection,
    query: str,
    parameters: Mapping[str, Any] | Sequence[Any] | None,
    frames: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    statements = cursor.extract_statements(query)
    if len(statements) != 1:
        raise InvalidInput(f"The query holds {len(statements)} statements instead of one.", _HINT)
    if statements[0].type != duckdb.StatementType.SELECT:
        raise InvalidInput(f"A {statements[0].type.name.lower()} statement is not allowed.", _HINT)
    for name, frame in frames.items():
        cursor.register(name, frame)
    # DuckDB 2 counts a select with an inserting `with` clause as a select.
    cursor.execute("begin transaction read only")
    bound = _bound(parameters)
    result = cursor.execute(query, bound) if bound else cursor.execute(query)
    types = {column[0]: str(column[1]) for column in result.description or ()}
    return _typed(result.df(), types)


def _bound(parameters: Mapping[str, Any] | Sequence[Any] | None) -> Any:
    if isinstance(parameters, Mapping):
        return {name: stored(value) for name, value in parameters.items()}
    return [stored(value) for value in parameters or ()]


def _typed(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    """Ids as text and times as UTC, as everywhere outside the database."""
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        if types.get(name) == "UUID":
            frame.isetitem(position, column.map(str, na_action="ignore").astype("str").array)
        elif types.get(name) == "VARCHAR":
            # DuckDB hands a column without any value over as objects.
            frame.isetitem(position, column.astype("str").array)
        elif types.get(name) == "TIMESTAMP":
            frame.isetitem(position, column.dt.tz_localize("UTC"))
    return frame


def _sentence(error: duckdb.Error) -> str:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"The query was refused: {first.rstrip('.')}."
