"""The verb `usage`: what the ledger holds, by day, model, tag and so on."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .conversations import UNTITLED, told
from .shown import Table, cost, count, short_id
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["USAGE"]

_KEYS = ("day", "session", "model", "hour", "week", "month", "provider", "host", "door", "notebook", "tag")
_DAYS = frozenset({"day", "week", "month"})
_NUMBERS = ("calls", "input_tokens", "output_tokens", "cost_usd", "estimated")


def _usage(squid: Squid, args: Namespace, context: Context) -> Result:
    from ..search.dates import moment

    since, until = moment(args.since, end=False), moment(args.until, end=True)
    frame = squid.history.usage(by=args.by, since=since, until=until)
    if frame.empty:
        result = told(_nothing(args))
        return Result(result.text, result.markdown, frame=lambda: frame)
    records = frame.to_dict("records")
    rows = [(_key(record, args.by), *_cells(record)) for record in records]
    # A session with two tags counts for both, and one without a tag for none: their sum is no total.
    if len(rows) > 1 and args.by != "tag":
        rows.append(("total", *_cells({name: frame[name].sum(min_count=1) for name in _NUMBERS})))
    table = Table((args.by, "calls", "tokens in", "tokens out", "cost", "estimated"), tuple(rows))
    return Result(table.text(), table.markdown(), table, lambda: frame)


def _nothing(args: Namespace) -> str:
    if args.since or args.until:
        return "No model was called in that time."
    return "No session with a tag has called a model yet." if args.by == "tag" else "No model has been called yet."


def _key(record: Mapping[Any, Any], by: str) -> str:
    if _missing(record[by]):
        return "none"
    if by == "session":
        title = UNTITLED if _missing(record["title"]) else " ".join(record["title"].split()) or UNTITLED
        return f"{short_id(record[by])} {title}"
    return str(record[by])[:10] if by in _DAYS else str(record[by])


def _cells(record: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        f"{record['calls']:,}",
        _number(record["input_tokens"]),
        _number(record["output_tokens"]),
        cost(None if _missing(record["cost_usd"]) else float(record["cost_usd"])),
        f"{record['estimated']:,}",
    )


def _number(value: Any) -> str:
    return count(None if _missing(value) else int(value))


def _missing(value: Any) -> bool:
    # pandas.NA is neither equal to itself nor true or false, and pandas is not imported here to ask.
    return value is None or str(value) in {"<NA>", "nan"}


USAGE = Verb(
    "usage",
    "Tokens and cost, deleted sessions included.",
    _usage,
    (
        Argument(("--by",), "how to group", choices=_KEYS, default="day"),
        Argument(("--since",), "calls since then, such as 2026-01-31 or 7d"),
        Argument(("--until",), "calls not after that"),
    ),
)
