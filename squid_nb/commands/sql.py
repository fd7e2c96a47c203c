"""The verb `sql`: a read-only query over the history, joined with the person's own DataFrames.

`{{name}}` stands for a value of the kernel and is bound, never pasted into the text; DataFrames are tables under their
names.
"""

from __future__ import annotations

import datetime
import decimal
import difflib
import re
import uuid
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from .shown import Table
from .verb import Argument, Context, Door, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["SQL", "bind"]

_MAGIC: frozenset[Door] = frozenset({"magic"})
_ROWS = 100
_CELL_LENGTH = 80
_FORMS = ("pandas", "arrow", "polars")
_EXAMPLE = "select model, sum(output_tokens) from v_usage group by all"

# Texts, quoted names and comments are passed over: what looks like a parameter in them is part of them.
_LEXEME = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")*\")|(?P<comment>--[^\n]*|/\*.*?\*/)"
    r"|(?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)|\{\{\s*(?P<name>[^\W\d]\w*)\s*\}\}",
    re.DOTALL,
)
_QUOTED_PARAMETER = re.compile(r"'\{\{\s*(\w+)\s*\}\}'")
_WORD = re.compile(r"[^\W\d]\w*")
_VALUES = (str, int, float, bool, bytes, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta, uuid.UUID)


def _sql(squid: Squid, args: Namespace, context: Context) -> Result:
    text = args.query if isinstance(args.query, str) else " ".join(args.query)
    if not text.strip():
        raise InvalidInput("There is no query.", f"Try {context.say('sql')} {_EXAMPLE}.")
    output = getattr(args, "output", None)
    if output is not None and not output.isidentifier():
        raise InvalidInput(f"{output!r} is not a name for a variable.", "Use letters, digits and _.")
    query, values = bind(text, context.namespace)
    found = squid.history.sql(query, as_=getattr(args, "as", "pandas"), **values, **_frames(query, context.namespace))
    table, more = _table(found)
    return Result(
        f"{table.text()}{more}",
        f"{table.markdown()}{more}",
        table,
        lambda: found,
        output=output,
    )


def bind(text: str, namespace: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The query with `$name` for each `{{name}}`, and the values.

    Raises
    ------
    InvalidInput
        When a name is no variable, its value cannot be bound, or it stands between quotes.
    """
    values: dict[str, Any] = {}

    def place(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            inside = _QUOTED_PARAMETER.fullmatch(match.group())
            if inside is not None and inside[1] in namespace:
                raise InvalidInput(
                    f"{{{{{inside[1]}}}}} stands between quotes, where it is only text.",
                    "Leave the quotes out: values are bound, not pasted.",
                )
            return match.group()
        values[name] = _value(name, namespace)
        return f"${name}"

    return _LEXEME.sub(place, text), values


def _value(name: str, namespace: Mapping[str, Any]) -> Any:
    if name not in namespace:
        near = difflib.get_close_matches(name, [key for key in namespace if not key.startswith("_")], n=1)
        raise InvalidInput(
            f"There is no variable {name} for {{{{{name}}}}}.",
            f"Did you mean {{{{{near[0]}}}}}?" if near else "Set it in a cell before this one.",
        )
    from ..analytics import plain  # it brings the store's face along, which a first command should not wait for

    value = plain(namespace[name])
    if isinstance(value, (set, frozenset, tuple)):
        value = list(value)
    if _can_be_bound(value):
        return value
    raise InvalidInput(
        f"{{{{{name}}}}} is a {type(value).__name__}, which is not a value SQL knows.",
        "Use text, numbers, times or lists of them; a DataFrame is a table under its own name, without braces.",
    )


def _can_be_bound(value: Any) -> bool:
    if isinstance(value, list):
        return all(_can_be_bound(item) for item in value)
    return value is None or isinstance(value, _VALUES)


def _frames(query: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The kernel's DataFrames that the query may mean."""
    from ..analytics import is_frame  # it brings the store's face along, which a first command should not wait for

    words = set(_WORD.findall(query))
    return {name: value for name, value in namespace.items() if name in words and is_frame(value)}


def _table(found: Any) -> tuple[Table, str]:
    """The first rows for people, and how many there are when these are not all."""
    names, rows = _rows(found)
    table = Table(tuple(names), tuple(tuple(_cell(value) for value in row) for row in rows))
    total = len(found)
    return table, f"\n\n{total:,} rows; the first {_ROWS} are shown." if total > _ROWS else ""


def _rows(found: Any) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names and first rows of a frame of any of the libraries."""
    library = type(found).__module__.split(".")[0]
    if library == "pyarrow":
        head = found.slice(0, _ROWS)
        columns = [column.to_pylist() for column in head.columns]
        return list(head.column_names), list(zip(*columns, strict=True))
    if library == "polars":
        return list(found.columns), found.head(_ROWS).rows()
    return [str(name) for name in found.columns], list(found.head(_ROWS).itertuples(index=False, name=None))


def _cell(value: Any) -> str:
    if value is None or str(value) in {"<NA>", "NaT", "nan"}:
        return "NULL"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    text = " ".join(f"{value:.6g}".split()) if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= _CELL_LENGTH else f"{text[: _CELL_LENGTH - 1]}…"


SQL = Verb(
    "sql",
    "Query the history with SQL.",
    _sql,
    (
        Argument(("-o", "--output"), "keep the result in this variable", metavar="NAME", doors=_MAGIC),
        Argument(
            ("--as",), "take the result as pandas, Arrow or polars", choices=_FORMS, default="pandas", doors=_MAGIC
        ),
        Argument(
            ("query",),
            "one select over v_sessions, v_messages, v_usage, v_files, v_egress and your DataFrames; "
            "{{name}} binds a value",
            many="*",
        ),
    ),
    verbatim="query",
)
