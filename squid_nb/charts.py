"""The charts of the dashboard, as SQL over the views: what is drawn, what is copied, and what both have to agree on.

One text a chart, with `$name` parameters. It is run with the values bound; copied as SQL the values are written out,
copied as Python they are keywords of `squid.history.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import cleandoc
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: what it is called, what it shows, and the query behind it."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    text: str
    """The query, with `{filters}` where they belong and `{bucket}` where it depends on the period."""
    time: str = "created_at"
    """The column that the period narrows."""

    def query(self, filters: Filters, *, owner: str, bucket: Bucket = "day") -> Query:
        """The query for these filters."""
        return _query(self.text, filters, owner=owner, time=self.time, bucket=bucket)


def bucket_for(first: datetime | None, last: datetime | None) -> Bucket:
    """What one bar stands for in a period of this length."""
    days = (last - first).total_seconds() / 86400 if first and last else 0
    return next((bucket for most, bucket in _BUCKETS if days <= most), "month")


def overview(filters: Filters, *, owner: str) -> Query:
    """The totals, one row."""
    return _query(_OVERVIEW, filters, owner=owner)


def models(filters: Filters, *, owner: str) -> Query:
    """The models of the period, most used first, whichever are chosen."""
    return _query(_MODELS, Filters(filters.since, filters.until), owner=owner)


def span(*, owner: str) -> Query:
    """When the first and the last call were made, whatever is chosen."""
    return _query(_SPAN, Filters(), owner=owner)


def _query(text: str, filters: Filters, *, owner: str, time: str = "created_at", bucket: Bucket = "day") -> Query:
    conditions = ["owner = $owner"]
    values: dict[str, Any] = {"owner": owner}
    if filters.since is not None:
        conditions.append(f"{time} >= $since")
    if filters.until is not None:
        conditions.append(f"{time} < $until")
    if filters.models:
        conditions.append("list_contains($models, model)")
    given = {"since": filters.since, "until": filters.until, "models": list(filters.models) or None}
    values |= {name: value for name, value in given.items() if value is not None}
    filled = cleandoc(text).format(filters="\n    and ".join(conditions), bucket=bucket, unknown=_UNKNOWN, rows=_ROWS)
    return Query(filled, values)


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


_OVERVIEW: Final = """
    select count(*) as calls, count(distinct session_id) as sessions,
        coalesce(sum(input_tokens), 0)::bigint as input_tokens,
        coalesce(sum(output_tokens), 0)::bigint as output_tokens,
        sum(cost_usd) as cost_usd,
        count(*) filter (where {unknown}) as unknown_cost,
        count(*) filter (where cost_usd is null and not {unknown}) as free,
        count(*) filter (where method = 'estimated') as estimated,
        min(created_at) as first, max(created_at) as last
    from v_usage
    where {filters}
    """
_MODELS: Final = """
    select model, count(*) as calls
    from v_usage
    where {filters}
    group by model
    order by sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) desc, model
    """
_SPAN: Final = """
    select min(created_at) as first, max(created_at) as last, count(*) as calls
    from v_usage
    where {filters}
    """

_PERIOD: Final = Column("period", "Period", "time")
_MODEL: Final = Column("model", "Model", "text")
_COST: Final = Column("cost_usd", "Cost", "usd")
_COST_UNKNOWN: Final = Column("unknown_cost", "Calls of unknown cost", "count")
_CALLS: Final = Column("calls", "Calls", "count")

CHARTS: Final[tuple[Chart, ...]] = (
    Chart(
        name="tokens",
        title="Tokens over time",
        note="Tokens read and written, by model",
        columns=(
            _PERIOD,
            _MODEL,
            Column("input_tokens", "Tokens in", "tokens"),
            Column("output_tokens", "Tokens out", "tokens"),
        ),
        text="""
            select cast(date_trunc('{bucket}', created_at) as timestamp) as period, model,
                sum(input_tokens)::bigint as input_tokens,
                sum(output_tokens)::bigint as output_tokens
            from v_usage
            where {filters}
            group by period, model
            order by period, model
            """,
    ),
    Chart(
        name="cost",
        title="Cost over time",
        note="US dollars, by model",
        columns=(_PERIOD, _MODEL, _COST, _COST_UNKNOWN),
        text="""
            select cast(date_trunc('{bucket}', created_at) as timestamp) as period, model,
                sum(cost_usd) as cost_usd,
                count(*) filter (where {unknown}) as unknown_cost
            from v_usage
            where {filters}
            group by period, model
            order by period, model
            """,
    ),
    Chart(
        name="sessions",
        title="Heaviest sessions",
        note="Those that used most tokens",
        columns=(
            Column("title", "Session", "text"),
            Column("tokens", "Tokens", "tokens"),
            _COST,
            _COST_UNKNOWN,
            _CALLS,
            Column("session_id", "Id", "text"),
        ),
        text="""
            select coalesce(nullif(any_value(title), ''), '(deleted or untitled)') as title,
                sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0))::bigint as tokens,
                sum(cost_usd) as cost_usd,
                count(*) filter (where {unknown}) as unknown_cost,
                count(*) as calls, session_id
            from v_usage
            where {filters}
            group by session_id
            order by tokens desc, session_id
            limit {rows}
            """,
    ),
    Chart(
        name="files",
        title="Files and variables",
        note="What was attached, by how many calls carried it",
        columns=(
            Column("name", "Name", "text"),
            Column("kind", "Kind", "text"),
            _CALLS,
            Column("size_bytes", "Size", "bytes"),
            Column("hosts", "Sent to", "list"),
        ),
        text="""
            select name, kind, sum(calls + later_calls)::bigint as calls, max(size_bytes) as size_bytes,
                list_sort(list(distinct host)) as hosts
            from v_egress
            where {filters}
            group by name, kind
            order by calls desc, name, kind
            limit {rows}
            """,
        time="first_sent_at",
    ),
    Chart(
        name="first_token",
        title="Time to first token",
        note="The median, and in pale what 95 of 100 calls stay below",
        columns=(
            _MODEL,
            Column("median_ms", "Median", "ms"),
            Column("p95_ms", "95th percentile", "ms"),
            _CALLS,
        ),
        text="""
            select model, median(first_token_ms) as median_ms,
                quantile_cont(first_token_ms, 0.95) as p95_ms, count(*) as calls
            from v_usage
            where {filters}
                and first_token_ms is not null
            group by model
            order by median_ms, model
            limit {rows}
            """,
    ),
    Chart(
        name="speed",
        title="Speed",
        note="Tokens a second after the first one, median",
        columns=(_MODEL, Column("tokens_per_second", "Tokens a second", "rate"), _CALLS),
        text="""
            select model,
                median(output_tokens * 1000.0 / (duration_ms - first_token_ms)) as tokens_per_second,
                count(*) as calls
            from v_usage
            where {filters}
                and output_tokens > 1
                and duration_ms > first_token_ms
            group by model
            order by tokens_per_second desc, model
            limit {rows}
            """,
    ),
)
