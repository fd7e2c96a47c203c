"""What a dashboard shows for its filters: totals, and for each chart the rows and the cells that get them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..charts import CHARTS, Chart, Filters, bucket_for, models, overview, span
from ..config import Config
from ..errors import InvalidInput, SquidError
from ..squid import Squid, shared

if TYPE_CHECKING:
    from ..charts import Bucket, Query

__all__ = ["dashboard", "filters_of"]


def dashboard(squid: Squid, args: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON-ready state of a dashboard.

    Parameters
    ----------
    args
        `since` and `until` as ISO 8601, the latter not included, and a list of `models`; all may be missing.

    Raises
    ------
    InvalidInput
        When a filter cannot be read.
    SquidError
        When the history cannot be read.
    """
    filters, owner = filters_of(args), squid.user.name
    whole = _records(squid, span(owner=owner))[0]
    totals = _records(squid, overview(filters, owner=owner))[0]
    first, last = filters.since or _time(whole["first"]), filters.until or _time(whole["last"])
    bucket = bucket_for(first, last)
    cells = _Cells(squid)
    return {
        "any": whole["calls"] > 0,
        "first": whole["first"],
        "last": whole["last"],
        "bucket": bucket,
        "totals": totals,
        "models": [row["model"] for row in _records(squid, models(filters, owner=owner))],
        "charts": [_chart(squid, chart, filters, bucket, cells) for chart in CHARTS],
        "magic": cells.is_shared,
    }


def filters_of(args: Mapping[str, Any]) -> Filters:
    """Filters as the browser sends them; naive times are UTC.

    Raises
    ------
    InvalidInput
        When one cannot be read.
    """
    chosen = args.get("models") or []
    if not isinstance(chosen, list) or not all(isinstance(model, str) for model in chosen):
        raise InvalidInput("The models of a filter are a list of names.")
    return Filters(_moment(args.get("since")), _moment(args.get("until")), tuple(chosen))


def _moment(text: Any) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise InvalidInput(f"{str(text)[:40]!r} is no date.", "Write it as 2026-01-31.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Cells:
    """How to get at this history in a cell of the person's own."""

    def __init__(self, squid: Squid) -> None:
        self.opening = _opening(squid)
        self.is_shared = _is_shared(squid)

    def sql(self, query: Query) -> str:
        """A `%%squid` cell, or the query alone where the magics read another history."""
        return f"%%squid /sql\n{query.as_sql()}" if self.is_shared else query.as_sql()

    def python(self, query: Query) -> str:
        return query.as_python(self.opening)


def _opening(squid: Squid) -> str:
    """The lines that open this history: plain ones where the settings lead to it."""
    try:
        usual = Config.load()
    except SquidError:
        usual = Config()
    arguments = []
    if usual.database.path.resolve() != squid.store.path:
        arguments.append(f"Config.load(**{{'database.path': {str(squid.store.path)!r}}})")
    if usual.user.name != squid.user.name:
        arguments.append(f"user={squid.user.name!r}")
    names = "Config, Squid" if arguments and arguments[0].startswith("Config") else "Squid"
    return f"from squid_nb import {names}\n\nsquid = Squid({', '.join(arguments)})"


def _is_shared(squid: Squid) -> bool:
    try:
        return shared().store.path == squid.store.path
    except SquidError:
        return False


def _chart(squid: Squid, chart: Chart, filters: Filters, bucket: Bucket, cells: _Cells) -> dict[str, Any]:
    query = chart.query(filters, owner=squid.user.name, bucket=bucket)
    rows = _records(squid, query)
    return {
        "name": chart.name,
        "title": chart.title,
        "note": chart.note,
        "columns": [{"name": one.name, "label": one.label, "kind": one.kind} for one in chart.columns],
        "rows": [[row[one.name] for one in chart.columns] for row in rows],
        "sql": cells.sql(query),
        "python": cells.python(query),
    }


def _records(squid: Squid, query: Query) -> list[dict[str, Any]]:
    frame = squid.history.sql(query.text, **query.values)
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    """A value of a DataFrame as JSON has it; what is missing is None."""
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or value != value or str(value) in {"<NA>", "NaT"}:  # NaN differs from itself
        return None
    return value.isoformat() if isinstance(value, datetime) else value


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
