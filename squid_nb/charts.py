"""The charts of the dashboard, as SQL over the views: what is drawn, what is copied, and what both have to agree on.

One text a chart, with `$name` parameters. It is run with the values bound; copied as SQL the values are written out,
copied as Python they are keywords of `squid.history.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from .endpoint import LOOPBACK

__all__ = ["CHARTS", "Bucket", "Chart", "Column", "Filters", "bucket_for", "models", "overview", "span"]

Bucket: TypeAlias = Literal["hour", "day", "week", "month"]
Kind: TypeAlias = Literal["text", "time", "tokens", "usd", "count", "ms", "rate", "bytes", "list"]

# Until which length of the period, in days, a bar stands for an hour, a day or a week.
_BUCKETS: Final[tuple[tuple[float, Bucket], ...]] = ((2, "hour"), (92, "day"), (730, "week"))
_ROWS: Final = 10
# A model on this machine costs nothing; elsewhere a missing price is an unknown one.
_UNKNOWN: Final = f"(cost_usd is null and contains(host, '://') and not regexp_matches(host, '{LOOPBACK}'))"


@dataclass(frozen=True, slots=True)
class Filters:
    """What all charts are narrowed to; None and no models stand for everything."""

    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A text with `$name` parameters, and their values."""

    text: str
    values: Mapping[str, Any]

    def as_sql(self) -> str:
        """The text with the values written out."""
        return re.sub(r"\$(\w+)", lambda match: _literal(self.values[match[1]]), self.text)

    def as_python(self, opening: str) -> str:
        """A cell that gets the rows as a DataFrame; `opening` are the lines that make `squid`."""
        times = any(isinstance(value, datetime) for value in self.values.values())
        imports = "from datetime import UTC, datetime\n\n" if times else ""
        body = "\n".join(f"    {line}" for line in self.text.splitlines())
        values = "".join(f"    {name}={_python(value)},\n" for name, value in self.values.items())
        return f'{imports}{opening}\n\nsquid.history.sql(\n    """\n{body}\n    """,\n{values})'


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart's rows, as its table heads it."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: what it is called, what it shows, and the query behind it."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    select: str
    """Up to its `where`, with `{bucket}` where it depends on the period."""
    ending: str
    time: str = "created_at"
    more: tuple[str, ...] = field(default=())
    """Further conditions."""

    def query(self, filters: Filters, *, owner: str, bucket: Bucket = "day") -> Query:
        """The query for these filters."""
        conditions, values = _conditions(filters, owner, self.time)
        where = "\n    and ".join([*conditions, *self.more])
        return Query(f"{self.select.format(bucket=bucket)}\nwhere {where}\n{self.ending}", values)


def bucket_for(first: datetime | None, last: datetime | None) -> Bucket:
    """What one bar stands for in a period of this length."""
    days = (last - first).total_seconds() / 86400 if first and last else 0
    return next((bucket for most, bucket in _BUCKETS if days <= most), "month")


def overview(filters: Filters, *, owner: str) -> Query:
    """The totals, one row."""
    conditions, values = _conditions(filters, owner, "created_at")
    return Query(
        "select count(*) as calls, count(distinct session_id) as sessions,\n"
        "    coalesce(sum(input_tokens), 0)::bigint as input_tokens,\n"
        "    coalesce(sum(output_tokens), 0)::bigint as output_tokens,\n"
        "    sum(cost_usd) as cost_usd,\n"
        f"    count(*) filter (where {_UNKNOWN}) as unknown_cost,\n"
        f"    count(*) filter (where cost_usd is null and not {_UNKNOWN}) as free,\n"
        "    count(*) filter (where method = 'estimated') as estimated,\n"
        "    min(created_at) as first, max(created_at) as last\n"
        f"from v_usage\nwhere {' and '.join(conditions)}",
        values,
    )


def models(filters: Filters, *, owner: str) -> Query:
    """The models of the period, most used first, whichever are chosen."""
    conditions, values = _conditions(Filters(filters.since, filters.until), owner, "created_at")
    return Query(
        f"select model, count(*) as calls\nfrom v_usage\nwhere {' and '.join(conditions)}\n"
        "group by model\norder by sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) desc, model",
        values,
    )


def span(*, owner: str) -> Query:
    """When the first and the last call were made, whatever is chosen."""
    return Query(
        "select min(created_at) as first, max(created_at) as last, count(*) as calls\nfrom v_usage\n"
        "where owner = $owner",
        {"owner": owner},
    )


def _conditions(filters: Filters, owner: str, time: str) -> tuple[list[str], dict[str, Any]]:
    conditions, values = ["owner = $owner"], {"owner": owner}
    if filters.since is not None:
        conditions.append(f"{time} >= $since")
    if filters.until is not None:
        conditions.append(f"{time} < $until")
    if filters.models:
        conditions.append("list_contains($models, model)")
    given = {"since": filters.since, "until": filters.until, "models": list(filters.models) or None}
    return conditions, {**values, **{name: value for name, value in given.items() if value is not None}}


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, datetime):
        return f"timestamp '{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}'"
    return "'" + str(value).replace("'", "''") + "'"


def _python(value: Any) -> str:
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        parts = [at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond]
        while len(parts) > 3 and not parts[-1]:
            parts.pop()
        return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"
    return repr(value)


_PERIOD: Final = "cast(date_trunc('{bucket}', created_at) as timestamp) as period"
_BY_PERIOD: Final = "group by period, model\norder by period, model"

CHARTS: Final[tuple[Chart, ...]] = (
    Chart(
        "tokens",
        "Tokens over time",
        "Tokens read and written, by model",
        (
            Column("period", "Period", "time"),
            Column("model", "Model", "text"),
            Column("input_tokens", "Tokens in", "tokens"),
            Column("output_tokens", "Tokens out", "tokens"),
        ),
        f"select {_PERIOD}, model,\n    sum(input_tokens)::bigint as input_tokens,\n"
        "    sum(output_tokens)::bigint as output_tokens\nfrom v_usage",
        _BY_PERIOD,
    ),
    Chart(
        "cost",
        "Cost over time",
        "US dollars, by model",
        (
            Column("period", "Period", "time"),
            Column("model", "Model", "text"),
            Column("cost_usd", "Cost", "usd"),
            Column("unknown_cost", "Calls of unknown cost", "count"),
        ),
        f"select {_PERIOD}, model,\n    sum(cost_usd) as cost_usd,\n"
        f"    count(*) filter (where {_UNKNOWN}) as unknown_cost\nfrom v_usage",
        _BY_PERIOD,
    ),
    Chart(
        "sessions",
        "Heaviest sessions",
        "Those that used most tokens",
        (
            Column("title", "Session", "text"),
            Column("tokens", "Tokens", "tokens"),
            Column("cost_usd", "Cost", "usd"),
            Column("unknown_cost", "Calls of unknown cost", "count"),
            Column("calls", "Calls", "count"),
            Column("session_id", "Id", "text"),
        ),
        "select coalesce(nullif(any_value(title), ''), '(deleted or untitled)') as title,\n"
        "    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0))::bigint as tokens,\n"
        f"    sum(cost_usd) as cost_usd, count(*) filter (where {_UNKNOWN}) as unknown_cost,\n"
        "    count(*) as calls, session_id\nfrom v_usage",
        f"group by session_id\norder by tokens desc, session_id\nlimit {_ROWS}",
    ),
    Chart(
        "files",
        "Files and variables",
        "What was attached, by how many calls carried it",
        (
            Column("name", "Name", "text"),
            Column("kind", "Kind", "text"),
            Column("calls", "Calls", "count"),
            Column("size_bytes", "Size", "bytes"),
            Column("hosts", "Sent to", "list"),
        ),
        "select name, kind, sum(calls + later_calls)::bigint as calls, max(size_bytes) as size_bytes,\n"
        "    list_sort(list(distinct host)) as hosts\nfrom v_egress",
        f"group by name, kind\norder by calls desc, name, kind\nlimit {_ROWS}",
        time="first_sent_at",
    ),
    Chart(
        "first_token",
        "Time to first token",
        "The median, and in pale what 95 of 100 calls stay below",
        (
            Column("model", "Model", "text"),
            Column("median_ms", "Median", "ms"),
            Column("p95_ms", "95th percentile", "ms"),
            Column("calls", "Calls", "count"),
        ),
        "select model, median(first_token_ms) as median_ms,\n"
        "    quantile_cont(first_token_ms, 0.95) as p95_ms, count(*) as calls\nfrom v_usage",
        f"group by model\norder by median_ms, model\nlimit {_ROWS}",
        more=("first_token_ms is not null",),
    ),
    Chart(
        "speed",
        "Speed",
        "Tokens a second after the first one, median",
        (
            Column("model", "Model", "text"),
            Column("tokens_per_second", "Tokens a second", "rate"),
            Column("calls", "Calls", "count"),
        ),
        "select model,\n    median(output_tokens * 1000.0 / (duration_ms - first_token_ms)) as tokens_per_second,\n"
        "    count(*) as calls\nfrom v_usage",
        f"group by model\norder by tokens_per_second desc, model\nlimit {_ROWS}",
        more=("output_tokens > 1", "duration_ms > first_token_ms"),
    ),
)
