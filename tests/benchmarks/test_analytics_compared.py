"""Usage by day and model beside SQLite: the same question to the same 100,000 calls, in the same run.

Both end as a DataFrame. Ours goes through the lease and the views, which join 200,000 messages; theirs
reads one open table.
Nothing is asserted about time.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from histories import many

from squid_nb.config import Config
from squid_nb.conversing.dashboard_data import dashboard
from squid_nb.squid import Squid
from squid_nb.store.rows import run

_CALLS = 100_000
_COLUMNS = "user_id, model, input_tokens, output_tokens, cost_usd, created_at"
_OURS = """
select cast(created_at as date) as day, model, count(*) as calls, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, sum(cost_usd) as cost_usd
from v_usage
where owner = $owner
group by day, model
order by day, model
"""
_THEIRS = """
select date(created_at) as day, model, count(*) as calls, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, sum(cost_usd) as cost_usd
from usage
where user_id = ?
group by day, model
order by day, model
"""


@pytest.fixture(scope="module")
def squid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Squid]:
    path = tmp_path_factory.mktemp("ledger") / "squid.duckdb"
    with Squid(Config().replace({"database.path": path, "user.name": "ann"})) as squid:
        # The calls have their messages and sessions, because that is what the views join.
        many(squid.store, owner_id=squid.user.id, sessions=_CALLS // 50, messages_each=100)
        with squid.store.database.lease() as connection:
            run(
                connection,
                """
                insert into usage by name
                select
                    uuid() as id, session_id, message_id, $user::uuid as user_id,
                    'openai' as provider, 'model-' || (i % 7) as model, 'https://api.example.org' as host,
                    'magic' as door, 200 + i % 3000 as input_tokens, 50 + i % 700 as output_tokens,
                    case when i % 5 > 0 then i % 100 / 1000.0 end as cost_usd, 'measured' as method,
                    100.0 + i % 900 as first_token_ms, 1500.0 + i % 5000 as duration_ms,
                    timestamp '2026-01-01' + i * interval 5 minute as created_at
                from (
                    select id as message_id, session_id, row_number() over (order by id) as i
                    from messages where role = 'assistant'
                )
                """,
                user=squid.user.id,
            )
        yield squid


@pytest.fixture(scope="module")
def theirs(squid: Squid, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The same rows in SQLite, with an index on the person and the time."""
    connection = sqlite3.connect(tmp_path_factory.mktemp("sqlite") / "usage.db")
    connection.execute(f"create table usage ({_COLUMNS})")
    connection.execute("create index usage_by_user on usage (user_id, created_at)")
    rows = squid.history.sql(f"select {_COLUMNS.replace('created_at', 'created_at::varchar')} from usage")
    plain = rows.astype(object).where(rows.notna(), None)
    connection.executemany("insert into usage values (?, ?, ?, ?, ?, ?)", plain.itertuples(index=False, name=None))
    connection.commit()
    yield connection
    connection.close()


def _median_ms(work: Callable[[], object], *, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")


def test_usage_by_day_and_model(
    benchmark: Any, capsys: pytest.CaptureFixture[str], squid: Squid, theirs: sqlite3.Connection
) -> None:
    def ours() -> pd.DataFrame:
        return squid.history.sql(_OURS, owner="ann")

    def peer() -> pd.DataFrame:
        return pd.read_sql_query(_THEIRS, theirs, params=(squid.user.id,))

    mine, other = ours(), peer()
    assert mine["calls"].sum() == other["calls"].sum() == _CALLS
    assert mine["model"].tolist() == other["model"].tolist()
    assert mine["input_tokens"].tolist() == other["input_tokens"].tolist()
    assert mine["cost_usd"].to_numpy() == pytest.approx(other["cost_usd"].to_numpy())
    benchmark.pedantic(ours, rounds=20, warmup_rounds=2)
    median = benchmark.stats.stats.median * 1000 if benchmark.enabled else _median_ms(ours, rounds=1)
    sqlite = _median_ms(peer, rounds=10 if benchmark.enabled else 1)
    _report(
        capsys,
        f"usage by day and model, {_CALLS:,} calls, {len(mine):,} rows: "
        f"squid_nb {median:.1f} ms, SQLite {sqlite:.1f} ms, ratio {median / sqlite:.2f}",
    )


def test_the_whole_dashboard(benchmark: Any, capsys: pytest.CaptureFixture[str], squid: Squid) -> None:
    shown = benchmark.pedantic(lambda: dashboard(squid, {}), rounds=5, warmup_rounds=1)
    assert shown["totals"]["calls"] == _CALLS
    if benchmark.enabled:
        _report(capsys, f"the dashboard over {_CALLS:,} calls: {benchmark.stats.stats.median * 1000:.0f} ms")
