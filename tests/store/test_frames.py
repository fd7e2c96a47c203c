"""SQL that people write: what it returns, and that it can only read."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from squid_nb.errors import InvalidInput
from squid_nb.records import User
from squid_nb.store import OpenTurn, Store
from squid_nb.store.rows import run

Say = Callable[..., OpenTurn]

_LEADING = {
    "v_sessions": "session_id title tags model created_at updated_at messages input_tokens output_tokens cost_usd "
    "pinned archived owner",
    "v_messages": "session_id message_id parent_id role content status model door notebook created_at",
    "v_usage": "usage_id session_id message_id provider model host door input_tokens output_tokens reasoning_tokens "
    "cached_tokens cost_usd method first_token_ms duration_ms created_at owner",
    "v_files": "sha256 name mime_type size_bytes versions uses first_used_at last_used_at",
}


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
@pytest.mark.parametrize("view", _LEADING)
def test_views_have_their_columns_and_types(store: Store, say: Say, view: str, filled: bool) -> None:
    if filled:
        say("q", "a")
    frame = store.sql(f"select * from {view}")
    leading = _LEADING[view].split()
    assert list(frame.columns)[: len(leading)] == leading
    for name in frame.columns:
        if name.endswith("_at"):
            assert str(frame[name].dtype) == "datetime64[us, UTC]"
        elif name.endswith("_id") or name in {"title", "role", "content", "model", "name", "owner", "notebook"}:
            assert str(frame[name].dtype) == "str"


def test_values_are_bound_by_name_or_position(store: Store, say: Say) -> None:
    say("it's", "a")
    query = "select content from v_messages where content = {} and role = {}"
    assert list(store.sql(query.format("$text", "$role"), {"text": "it's", "role": "user"}).content) == ["it's"]
    assert list(store.sql(query.format("?", "?"), ["it's", "user"]).content) == ["it's"]


def test_ids_are_strings_also_from_the_tables(store: Store, say: Say) -> None:
    turn = say("q", "a")
    frame = store.sql("select id, parent_id from messages order by created_at")
    assert list(frame.id) == [turn.question.id, turn.answer.id]
    assert frame.parent_id.isna().tolist() == [True, False]
    assert frame.parent_id[1] == turn.question.id


def test_frames_can_be_joined_and_leave_nothing_behind(store: Store, say: Say) -> None:
    say("q", "a")
    prices = pd.DataFrame({"role": ["user", "assistant"], "price": [1, 2]})
    query = "select sum(price) as total from v_messages join prices using (role)"
    assert store.sql(query, frames={"prices": prices}).total[0] == 3
    with pytest.raises(InvalidInput, match="prices"):
        store.sql(query)


def test_variables_of_python_are_no_tables(store: Store) -> None:
    secret = pd.DataFrame({"a": [1]})
    with pytest.raises(InvalidInput, match="secret"):
        store.sql("select * from secret")
    assert len(secret) == 1


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from read_parquet('https://example.org/a.parquet')",
        "select * from query('select * from read_text(''/etc/passwd'')')",
        "copy users to '{path}'",
        "copy users from '/etc/passwd'",
        "copy (select 1) to '{path}'",
        "export database '{path}'",
        "import database '{path}'",
        "attach '{path}'",
        "attach '{path}' as other; create table other.t as select 1",
        "detach squid",
        "use memory",
        "install httpfs",
        "load httpfs",
        "pragma threads=1",
        "pragma enable_profiling",
        "set threads = 1",
        "set enable_external_access = true",
        "reset lock_configuration",
        "create table t (a integer)",
        "create temp table t as select 1",
        "create or replace view v_sessions as select 1",
        "create macro f(a) as a",
        "create secret (type s3)",
        "insert into users values (uuid(), 'x', now()::timestamp)",
        "with made as (insert into users values (uuid(), 'x', now()::timestamp) returning *) select * from made",
        "update users set name = 'x'",
        "delete from usage",
        "truncate usage",
        "drop table usage",
        "alter table users rename to u",
        "checkpoint",
        "vacuum",
        "begin",
        "commit",
        "rollback",
        "prepare p as select 1",
        "call pragma_version()",
        "explain analyze delete from usage",
        "select 1; select 2",
        "select 1; drop table usage",
        "select 1 from",
        "",
        "-- nothing",
        "select $missing",
        "select getenv('HOME')",
    ],
)
def test_nothing_but_reading_the_history_is_possible(store: Store, say: Say, tmp_path: Path, query: str) -> None:
    say("q", "a")
    path = tmp_path / "out"
    with pytest.raises(InvalidInput) as caught:
        store.sql(query.replace("{path}", str(path)))
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")
    assert "v_sessions" in caught.value.hint
    assert not path.exists()
    assert len(store.sql("select * from v_usage")) == 1
    assert store.sql("select name from users").name.tolist() == ["ann"]


def test_a_refused_query_leaves_the_store_usable_in_the_same_hold(store: Store, user: User) -> None:
    with pytest.raises(InvalidInput):
        store.sql("select no_such_column from v_sessions")
    assert store.sessions.create(owner_id=user.id, title="after").title == "after"


def test_sql_inside_a_lease_does_not_end_its_transaction(store: Store) -> None:
    def fail() -> None:
        with store.database.lease() as connection:
            run(connection, "insert into users values (uuid(), 'bob', now()::timestamp)")
            assert store.sql("select 1 as one").one[0] == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert len(store.sql("select * from users")) == 0


@pytest.mark.parametrize(
    "query", ["from v_sessions", "table users", "values (1)", "describe v_sessions", "with a as (select 1 as x) from a"]
)
def test_short_ways_to_read_are_fine(store: Store, query: str) -> None:
    assert len(store.sql(query).columns) >= 1


@pytest.mark.parametrize("restarts", [False, True], ids=["", "and the system goes on with waits, as with polars"])
@pytest.mark.parametrize("form", ["pandas", "arrow"])
def test_an_interrupt_ends_a_long_query_and_the_store_goes_on(
    store: Store, request: pytest.FixtureRequest, form: str, restarts: bool
) -> None:
    if form == "arrow":
        pytest.importorskip("pyarrow")
    if restarts:
        request.addfinalizer(lambda: signal.siginterrupt(signal.SIGINT, True))
        signal.siginterrupt(signal.SIGINT, False)
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        store.sql("select count(*) from range(1000000000) as a, range(1000000000) as b", form=form)
    timer.join()
    assert store.sql("select 1 as one").one[0] == 1
