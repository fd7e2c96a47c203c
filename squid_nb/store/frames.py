"""Read-only SQL over the history, as pandas, Arrow or polars; the only place where the store meets these libraries."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import duckdb

from .. import ending, loop
from ..errors import InvalidInput
from . import writer
from .database import Database
from .rows import Connection, stored

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["FORMS", "VIEWS", "Form", "Frames"]

Form: TypeAlias = Literal["pandas", "arrow", "polars"]
FORMS: tuple[Form, ...] = ("pandas", "arrow", "polars")
VIEWS = ("v_sessions", "v_messages", "v_usage", "v_files", "v_egress")

_HINT = f"Only reading is possible here: one select over {', '.join(VIEWS[:-1])} and {VIEWS[-1]}."
_OWN = frozenset({"files", "messages", "sessions", "sources", "usage", "users", *VIEWS})
"""What a DataFrame may not be called: it would take the place of the table, also inside the views."""


class Frames:
    """Queries that read, and can do nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sql(
        self,
        query: str,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        frames: Mapping[str, Any] | None = None,
        form: Form = "pandas",
    ) -> Any:
        """Run one select; see `Store.sql`."""
        _check_installed(form)
        with self._database.lease() as connection:
            writer.settle(connection)
        # Its own lease, so that the cursor sees what has just been settled.
        with self._database.lease() as connection:
            try:
                # A cursor is a connection of its own: what is registered on it ends with it.
                with self._database.cursor(connection) as cursor:
                    return _interruptible(cursor, lambda: _select(cursor, query, parameters, frames or {}, form))
            except duckdb.Error as error:
                ending.visit()
                raise InvalidInput(_sentence(error), _hint(error)) from None


def _interruptible(cursor: Connection, work: Callable[[], Any]) -> Any:
    """Do the work so that an interrupt of the main thread ends the query and not only the waiting for it.

    DuckDB's own handling is not enough: 1.5 lets the query run on, and 2.0 may look for signals only minutes later.
    """
    if threading.current_thread() is not threading.main_thread() or ending.began():
        return work()
    outcome: Future[Any] = Future()

    def run() -> None:
        if outcome.set_running_or_notify_cancel():
            try:
                outcome.set_result(work())
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                outcome.set_exception(error)

    try:
        threading.Thread(target=run, name="squid-sql", daemon=True).start()
        loop.until(lambda timeout_s: wait([outcome], timeout=timeout_s).done)
        return outcome.result()
    except KeyboardInterrupt:
        # Again and again, because it may come between two statements of the work.
        while not outcome.cancel() and not outcome.done():
            cursor.interrupt()
            wait([outcome], timeout=0.05)
        raise


def _select(
    cursor: Connection,
    query: str,
    parameters: Mapping[str, Any] | Sequence[Any] | None,
    frames: Mapping[str, Any],
    form: Form,
) -> Any:
    statements = cursor.extract_statements(query)
    if len(statements) != 1:
        raise InvalidInput(f"The query holds {len(statements)} statements instead of one.", _HINT)
    if statements[0].type != duckdb.StatementType.SELECT:
        raise InvalidInput(*_not_allowed(statements[0].type.name.lower()))
    for name in _tables_meant(cursor, query, frames):
        _register(cursor, name, frames[name])
    # DuckDB 2 counts a select with an inserting `with` clause as a select.
    cursor.execute("begin transaction read only")
    bound = _bound(parameters)
    if form != "pandas":
        table = _arrow(cursor, query, bound)
        return table if form == "arrow" else _polars(table)
    result = cursor.execute(query, bound) if bound else cursor.execute(query)
    types = {column[0]: str(column[1]) for column in result.description or ()}
    return _typed(result.df(), types)


def _tables_meant(cursor: Connection, query: str, frames: Mapping[str, Any]) -> list[str]:
    """The frames that the query reads, so that one that is only offered is not converted or refused."""
    if not frames:
        return []
    try:
        read = {name.casefold() for name in cursor.get_table_names(query)}
    except duckdb.Error:
        # A pivot, or a mistake that running the query explains better.
        read = {name.casefold() for name in re.findall(r"\w+", query)}
    # DuckDB looks through views: the history's own tables are only meant where the query says so itself.
    said = {name.casefold() for name in re.findall(r'\b(?:from|join)\s+"?(\w+)', query, re.IGNORECASE)}
    return [name for name in frames if name.casefold() in (said if name.casefold() in _OWN else read)]


def _register(cursor: Connection, name: str, frame: Any) -> None:
    if name.casefold() in _OWN:
        raise InvalidInput(f"{name!r} is a table of the history.", "Give the DataFrame another name.")
    try:
        cursor.register(name, frame)
    except duckdb.Error as error:
        if "pyarrow" in str(error):
            library = type(frame).__module__.split(".")[0]
            raise InvalidInput(
                f"The {library} {type(frame).__name__} {name!r} can only be queried with pyarrow installed.",
                "Run `pip install pyarrow`, or hand it over as a pandas DataFrame.",
            ) from None
        raise


def _arrow(cursor: Connection, query: str, bound: Any) -> pa.Table:
    """The rows as an Arrow table with ids as text and times as UTC."""
    import pyarrow as pa

    # A relation, because the result of `execute` would be copied once more on its way to Arrow.
    relation = cursor.sql(query, params=bound) if bound else cursor.sql(query)
    table: pa.Table = relation.to_arrow_table()
    for position, (name, kind) in enumerate(zip(relation.columns, relation.types, strict=True)):
        wanted = {"UUID": pa.string(), "TIMESTAMP": pa.timestamp("us", "UTC")}.get(str(kind))
        if wanted is not None and table.schema.field(position).type != wanted:
            table = table.set_column(position, name, table.column(position).cast(wanted))
    return table


def _polars(table: pa.Table) -> Any:
    import polars

    return polars.from_arrow(table)


def _check_installed(form: Form) -> None:
    """Say which library is missing before anything is read."""
    from importlib.util import find_spec

    if form not in FORMS:
        raise InvalidInput(f"A result cannot be taken as {form!r}.", f"Use one of {', '.join(FORMS)}.")
    needed = {"pandas": (), "arrow": ("pyarrow",), "polars": ("polars", "pyarrow")}[form]
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise InvalidInput(
            f"A result as {form} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not "
            "installed.",
            f"Run `pip install {' '.join(missing)}`, or take it as pandas.",
        )


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
        elif types.get(name) == "TIMESTAMP WITH TIME ZONE":
            # The same zone under the same name, so that frames can be merged on their times.
            frame.isetitem(position, column.dt.tz_convert("UTC"))
    return frame


def _not_allowed(kind: str) -> tuple[str, str]:
    """What is said of a statement that is no `select`, and what to do instead."""
    if kind == "multi":
        return "A pivot has to name its columns.", "Write them out: pivot … on role in ('user', 'assistant') using …"
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind} statement is not allowed.", _HINT


def _sentence(error: duckdb.Error) -> str:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"The query was refused: {first.rstrip('.!')}."


def _hint(error: duckdb.Error) -> str:
    """Which name was probably meant, unless that is one of DuckDB's own tables; and what is possible."""
    meant = "".join(str(error).splitlines()[1:2])
    if not meant.startswith(("Did you mean", "Candidate bindings")) or "pg_" in meant:
        return _HINT
    return f"{meant}{'' if meant.endswith('?') else '.'} {_HINT}"
