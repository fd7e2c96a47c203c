"""The history as DataFrames: fixed columns and dtypes, also when there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scripted import Scripted

from squid_nb.analytics import History
from squid_nb.config import Config
from squid_nb.errors import InvalidInput
from squid_nb.events import Used
from squid_nb.records import Provenance
from squid_nb.squid import Squid
from squid_nb.store import Store

SESSIONS = (
    "session_id title tags model created_at updated_at messages input_tokens output_tokens cost_usd pinned archived "
    "owner"
)
MESSAGES = "session_id message_id parent_id role content status model door notebook created_at"
USAGE = "calls input_tokens output_tokens reasoning_tokens cached_tokens cost_usd estimated"
SOURCES = (
    "host provider model kind name type columns shape size_bytes sha256 calls later_calls first_sent_at last_sent_at"
)
FILES = "sha256 name mime_type size_bytes versions uses first_used_at last_used_at"


@pytest.fixture
def squid(tmp_path: Path) -> Iterator[Squid]:
    store = Store(tmp_path / "squid.duckdb")
    provider = Scripted.turns(["one", Used(10, 5, cost_usd=0.01)], ["two"])
    with Squid(Config(), "ada", store=store, provider=provider) as squid:
        yield squid


@pytest.fixture
def asked(squid: Squid) -> Squid:
    session = squid.ask("First", sources=[("numbers", [1, 2, 3])]).session_id
    squid.ask("Second", session=session)
    return squid


def frames(history: History) -> dict[str, pd.DataFrame]:
    return {
        SESSIONS: history.sessions(),
        MESSAGES: history.messages(),
        FILES: history.files(),
        SOURCES: history.sources(),
        f"tag {USAGE}": history.usage("tag"),
        f"day {USAGE}": history.usage(),
        f"model {USAGE}": history.usage("model"),
    }


def test_empty_frames_have_the_columns_and_dtypes_of_full_ones(squid: Squid) -> None:
    empty = frames(squid.history)
    squid.ask("First", sources=[("numbers", [1, 2, 3])])
    full = frames(squid.history)
    for columns, frame in empty.items():
        assert frame.empty
        leading = columns.split()
        assert list(frame.columns[: len(leading)]) == leading
        assert list(full[columns].columns) == list(frame.columns)
        assert full[columns][leading].dtypes.to_dict() == frame[leading].dtypes.to_dict()


def test_sessions_carry_their_counters(asked: Squid) -> None:
    (row,) = asked.history.sessions().to_dict("records")
    assert (row["title"], row["messages"], row["owner"]) == ("First", 4, "ada")
    assert row["cost_usd"] == pytest.approx(0.01)
    assert row["created_at"].tzinfo is not None


def test_messages_are_in_order_and_utc(asked: Squid) -> None:
    frame = asked.history.messages()
    assert frame["content"].tolist() == ["First", "one", "Second", "two"]
    assert str(frame["created_at"].dt.tz) == "UTC"
    assert abs(frame["created_at"].iloc[0] - pd.Timestamp.now("UTC")) < timedelta(minutes=1)


@pytest.mark.parametrize("by", ["hour", "day", "week", "month", "session", "model", "provider", "host", "door"])
def test_usage_by_everything(asked: Squid, by: str) -> None:
    (row,) = asked.history.usage(by).to_dict("records")
    assert (row["calls"], row["estimated"]) == (2, 1)
    assert row["cost_usd"] == pytest.approx(0.01)


def test_usage_by_notebook_and_tag(squid: Squid) -> None:
    one = squid.ask("Q", provenance=Provenance("magic", "a.ipynb"))
    two = squid.ask("Q")
    squid.sessions.tag(one.session_id, "work", "blue")
    squid.sessions.tag(two.session_id, "work")
    assert squid.history.usage("notebook")["calls"].tolist() == [1, 1]
    assert squid.history.usage("tag").set_index("tag")["calls"].to_dict() == {"blue": 1, "work": 2}


def test_sources_say_what_went_where(squid: Squid) -> None:
    frame = pd.DataFrame({"price": [1, 2], "name": ["a", "b"]})
    session = squid.ask("Q", sources=[("df", frame)]).session_id
    squid.ask("And?", session=session)
    (row,) = squid.history.sources().to_dict("records")
    assert (row["host"], row["kind"], row["name"], row["type"]) == ("in process", "variable", "df", "pandas.DataFrame")
    assert (row["columns"], row["shape"]) == (("price", "name"), (2, 2))
    assert (row["calls"], row["later_calls"]) == (1, 1)


def test_unknown_cost_is_missing_and_not_zero(squid: Squid) -> None:
    squid._provider = Scripted("free", Used(1, 1))
    squid.ask("Q")
    assert squid.history.usage()["cost_usd"].isna().all()
    assert squid.history.sessions()["cost_usd"].isna().all()


def test_usage_by_something_else_is_refused(squid: Squid) -> None:
    with pytest.raises(InvalidInput, match="colour"):
        squid.history.usage("colour")


def test_since_and_until(asked: Squid) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert asked.history.messages(since=later).empty
    assert len(asked.history.messages(until=later)) == 4
    assert asked.history.usage(since=later).empty
    assert asked.history.sessions(since=later).empty


def test_sql_binds_and_joins_frames(asked: Squid) -> None:
    owners = pd.DataFrame({"model": ["scripted-1"], "team": ["blue"]})
    frame = asked.history.sql(
        """
        select o.team, sum(u.input_tokens) as tokens
        from v_usage as u join owners as o on o.model = u.model where u.door = $door group by all
        """,
        door="python",
        owners=owners,
    )
    assert frame["team"].tolist() == ["blue"]


def test_sql_takes_values_of_numpy_and_columns_of_pandas(asked: Squid) -> None:
    frame = pd.DataFrame({"n": [1, 2], "at": pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")})
    (row,) = asked.history.sql(
        "select $n as n, len($column) as length, $flag as flag, $at as at",
        n=frame["n"].sum(), column=frame["n"], flag=np.bool_(True), at=frame["at"].iloc[0],
    ).to_dict("records")  # fmt: skip
    assert (row["n"], row["length"], row["flag"]) == (3, 2, True)
    assert row["at"].isoformat() == "2025-12-31T23:00:00+00:00"
    # The zone has one name, whether a time comes from the history or from a frame.
    joined = asked.history.sql("select frame.at, created_at from frame, v_usage limit 1", frame=frame)
    assert joined["at"].dtype == joined["created_at"].dtype


def test_sql_in_another_form_is_refused(asked: Squid) -> None:
    with pytest.raises(InvalidInput, match="cannot be taken as 'excel'"):
        asked.history.sql("select 1", as_="excel")  # type: ignore[call-overload]


def test_sql_times_are_utc(asked: Squid) -> None:
    assert str(asked.history.sql("select max(created_at) as at from v_messages")["at"].dt.tz) == "UTC"


@pytest.mark.parametrize(
    "query", ["delete from messages", "select * from read_csv('/etc/passwd')", "select 1; drop table messages"]
)
def test_sql_only_reads_the_history(asked: Squid, query: str) -> None:
    with pytest.raises(InvalidInput):
        asked.history.sql(query)
    assert len(asked.history.messages()) == 4


def test_usage_plots_as_pandas_users_expect(asked: Squid) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes = asked.history.usage("day").plot(x="day", y=["input_tokens", "output_tokens"])
    assert len(axes.lines) == 2
