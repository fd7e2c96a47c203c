"""The history as pandas DataFrames, and read-only SQL over it.

Frames are plain pandas: ids and texts are strings, counts are nullable integers, times are UTC timestamps, costs are US
dollars and missing where unknown. Empty frames have the same columns and dtypes as full ones. Columns listed here keep
their place and meaning; more may follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from .errors import InvalidInput
from .store import Store

if TYPE_CHECKING:
    import pandas as pd

    from .store.frames import Form

__all__ = ["History", "is_frame", "plain"]

_STRING: Final = "str"
_COUNT: Final = "Int64"
_MONEY: Final = "float64"
_TIME: Final = "datetime64[us, UTC]"
_FLAG: Final = "boolean"

_SESSIONS: Final = {
    "session_id": _STRING,
    "title": _STRING,
    "tags": "object",
    "model": _STRING,
    "created_at": _TIME,
    "updated_at": _TIME,
    "messages": _COUNT,
    "input_tokens": _COUNT,
    "output_tokens": _COUNT,
    "cost_usd": _MONEY,
    "pinned": _FLAG,
    "archived": _FLAG,
    "owner": _STRING,
}
_MESSAGES: Final = {
    "session_id": _STRING,
    "message_id": _STRING,
    "parent_id": _STRING,
    "role": _STRING,
    "content": _STRING,
    "status": _STRING,
    "model": _STRING,
    "door": _STRING,
    "notebook": _STRING,
    "created_at": _TIME,
}
_FILES: Final = {
    "sha256": _STRING,
    "name": _STRING,
    "mime_type": _STRING,
    "size_bytes": _COUNT,
    "versions": _COUNT,
    "uses": _COUNT,
    "first_used_at": _TIME,
    "last_used_at": _TIME,
}
_SOURCES: Final = {
    "host": _STRING,
    "provider": _STRING,
    "model": _STRING,
    "kind": _STRING,
    "name": _STRING,
    "type": _STRING,
    "columns": "object",
    "shape": "object",
    "size_bytes": _COUNT,
    "sha256": _STRING,
    "calls": _COUNT,
    "later_calls": _COUNT,
    "first_sent_at": _TIME,
    "last_sent_at": _TIME,
}
_TOTALS: Final = {
    "calls": _COUNT,
    "input_tokens": _COUNT,
    "output_tokens": _COUNT,
    "reasoning_tokens": _COUNT,
    "cached_tokens": _COUNT,
    "cost_usd": _MONEY,
    "estimated": _COUNT,
}
# What each `by` groups on, written by us: never built from what a caller gives.
_KEYS: Final[dict[str, tuple[str, str]]] = {
    "hour": ("date_trunc('hour', created_at)", _TIME),
    "day": ("cast(date_trunc('day', created_at) as timestamp)", _TIME),
    "week": ("cast(date_trunc('week', created_at) as timestamp)", _TIME),
    "month": ("cast(date_trunc('month', created_at) as timestamp)", _TIME),
    "session": ("session_id", _STRING),
    "model": ("model", _STRING),
    "provider": ("provider", _STRING),
    "host": ("host", _STRING),
    "door": ("door", _STRING),
    "notebook": ("notebook", _STRING),
    "tag": ("tag", _STRING),
}
# Recognised by name: none of these libraries is imported to find out.
_TABLE_TYPES: Final = {
    ("pandas", "DataFrame"),
    ("polars", "DataFrame"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
}
# A call in a session with two tags counts for both; without a tag, or when the session is gone, for none.
_TAGGED: Final = "(select *, unnest(tags) as tag from v_usage)"


class History:
    """`squid.history`: sessions, messages, usage, files and sources of one person as DataFrames."""

    def __init__(self, store: Store, owner_id: str) -> None:
        self._store = store
        self._owner_id = owner_id

    def sessions(self, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
        """One row for each session, last used first.

        Parameters
        ----------
        since, until
            Keep sessions updated in `[since, until)`; naive times are UTC.
        """
        return self._frame(
            """
            select * from v_sessions
            where owner_id = $owner
              and ($since is null or updated_at >= $since) and ($until is null or updated_at < $until)
            order by updated_at desc, session_id
            """,
            _SESSIONS,
            since=since,
            until=until,
        )

    def messages(
        self, session: str | None = None, *, since: datetime | None = None, until: datetime | None = None
    ) -> pd.DataFrame:
        """One row for each message of all branches, oldest first.

        Parameters
        ----------
        session
            Only this session's id.
        since, until
            Keep messages created in `[since, until)`; naive times are UTC.
        """
        return self._frame(
            """
            select * from v_messages
            where owner_id = $owner and ($session is null or session_id = $session)
              and ($since is null or created_at >= $since) and ($until is null or created_at < $until)
            order by created_at, message_id
            """,
            _MESSAGES,
            session=session,
            since=since,
            until=until,
        )

    def usage(self, by: str = "day", *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
        """Tokens and cost from the ledger, deleted sessions included.

        Parameters
        ----------
        by
            `hour`, `day`, `week`, `month`, `session`, `model`, `provider`, `host`, `door`, `notebook` or `tag`; the
            first column. Times are the start of the period, in UTC. `session` adds the `title`, while there is one.

        Raises
        ------
        InvalidInput
            For another `by`.
        """
        if by not in _KEYS:
            raise InvalidInput(f"Usage cannot be grouped by {by!r}.", f"Choose one of {', '.join(_KEYS)}.")
        key, dtype = _KEYS[by]
        query = f"""
            select {key} as "{by}",
                   count(*) as calls,
                   sum(input_tokens) as input_tokens,
                   sum(output_tokens) as output_tokens,
                   sum(reasoning_tokens) as reasoning_tokens,
                   sum(cached_tokens) as cached_tokens,
                   sum(cost_usd) as cost_usd,
                   count(*) filter (where method = 'estimated') as estimated
                   {", any_value(title) as title" if by == "session" else ""}
            from {_TAGGED if by == "tag" else "v_usage"}
            where owner_id = $owner
              and ($since is null or created_at >= $since) and ($until is null or created_at < $until)
            group by 1
            order by 1
            """  # noqa: S608  # `key` and `by` come from _KEYS
        return self._frame(query, {by: dtype, **_TOTALS}, since=since, until=until)

    def files(self, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
        """One row for each stored file, last used first; `since` and `until` bound its last use."""
        return self._frame(
            """
            select * from v_files
            where owner_id = $owner
              and ($since is null or last_used_at >= $since) and ($until is null or last_used_at < $until)
            order by last_used_at desc, sha256
            """,
            _FILES,
            since=since,
            until=until,
        )

    def sources(self, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
        """One row for each attachment and host it went to: which variable with which columns, or which file.

        `calls` answered the question it was attached to; `later_calls` came after it in the session and carried it
        while it fitted the context. `since` and `until` bound the last of them.
        """
        return self._frame(
            """
            select * from v_egress
            where owner_id = $owner
              and ($since is null or last_sent_at >= $since) and ($until is null or last_sent_at < $until)
            order by last_sent_at desc, sha256, host
            """,
            _SOURCES,
            since=since,
            until=until,
        )

    @overload
    def sql(self, query: str, /, *, as_: Literal["pandas"] = "pandas", **params: Any) -> pd.DataFrame: ...
    @overload
    def sql(self, query: str, /, *, as_: Literal["arrow", "polars"], **params: Any) -> Any: ...
    def sql(self, query: str, /, *, as_: Form = "pandas", **params: Any) -> Any:
        """Run a read-only query over `v_sessions`, `v_messages`, `v_usage`, `v_files` and `v_egress`.

        Values are bound by name: `sql("select * from v_usage where model = $model", model="gpt-5")`. Files, network
        and settings are out of reach. A frame of pandas or polars or an Arrow table among the parameters can be
        queried by its name. Times are UTC, also naive ones among the parameters.

        Parameters
        ----------
        as_
            What comes back: a DataFrame of `pandas` or `polars`, or an `arrow` table.

        Raises
        ------
        InvalidInput
            When the query is not one `select`, DuckDB refuses it, or a library is missing.
        """
        frames = {name: value for name, value in params.items() if is_frame(value)}
        values = {name: _utc(plain(value)) for name, value in params.items() if name not in frames}
        return self._store.sql(query, values, frames=frames, form=as_)

    def _frame(self, query: str, columns: Mapping[str, str], **params: Any) -> pd.DataFrame:
        bound = {"owner": self._owner_id, **{name: _utc(value) for name, value in params.items()}}
        frame: pd.DataFrame = self._store.sql(query, bound)
        leading = {name: _typed(frame[name], dtype) for name, dtype in columns.items()}
        following = [name for name in frame.columns if name not in leading and name != "owner_id"]
        return frame.assign(**leading)[[*leading, *following]]


def _typed(column: pd.Series[Any], dtype: str) -> pd.Series[Any]:
    if dtype == "object":
        return column.map(lambda value: tuple(value) if hasattr(value, "__iter__") else ())
    return column.astype(dtype)  # type: ignore[call-overload,no-any-return]  # the stubs want literal names


def _utc(value: Any) -> Any:
    """A time as it is bound: naive ones, and days, are UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return value


def plain(value: Any) -> Any:
    """A value as SQL knows it: scalars and arrays of NumPy, and columns of pandas, are values and lists in Python."""
    # A time of pandas is one of Python already.
    if type(value).__module__.split(".")[0] not in {"numpy", "pandas"} or isinstance(value, (datetime, timedelta)):
        return value
    return value.tolist() if callable(getattr(value, "tolist", None)) else value


def is_frame(value: Any) -> bool:
    """Whether a value can be queried as a table: a DataFrame of pandas or polars, or an Arrow table."""
    return (type(value).__module__.split(".")[0], type(value).__name__) in _TABLE_TYPES
