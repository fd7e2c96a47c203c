"""`sql` at every door: parameters are bound, DataFrames are tables, what is wrong is one sentence."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb import commands
from squid_nb.commands import Context, Result
from squid_nb.commands.sql import bind
from squid_nb.errors import InvalidInput
from squid_nb.squid import Squid


def sql(squid: Squid, line: str, **namespace: Any) -> Result:
    return commands.run(squid, f"/sql {line}", Context(door="magic", namespace=namespace))


def rows(squid: Squid, line: str, **namespace: Any) -> list[tuple[Any, ...]]:
    made = sql(squid, line, **namespace).frame
    assert made is not None
    return list(made().itertuples(index=False, name=None))


def test_a_query_gives_a_frame_and_a_table(squid: Squid) -> None:
    squid.ask("Hello")
    result = sql(squid, "-o found select role, content from v_messages order by created_at")
    assert result.output == "found"
    assert result.frame is not None
    assert result.frame()["content"].tolist() == ["Hello", "An **answer**."]
    assert result.text.splitlines() == ["role       content", "user       Hello", "assistant  An **answer**."]
    assert r"| assistant | An \*\*answer\*\*. |" in result.markdown


@pytest.mark.parametrize(
    "value",
    [
        "it's; drop table messages --",
        7,
        2.5,
        True,
        None,
        Decimal("1.5"),
        datetime.date(2026, 1, 2),
        ["a", "b"],
    ],
)
def test_values_are_bound(squid: Squid, value: Any) -> None:
    ((found,),) = rows(squid, "select {{value}} as v", value=value)
    expected = pd.Timestamp(value) if isinstance(value, datetime.date) else value
    assert list(found) == expected if isinstance(value, list) else (found == expected or pd.isna(found))


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_many_values_are_a_list(squid: Squid, kind: Any) -> None:
    squid.ask("Hello")
    found = rows(squid, "select role from v_messages where role in (select unnest({{roles}}))", roles=kind(["user"]))
    assert found == [("user",)]


def test_a_scalar_of_numpy_is_its_value(squid: Squid) -> None:
    assert rows(squid, "select {{n}} + 1", n=np.int64(3)) == [(4,)]


@given(st.text())
def test_a_bound_text_never_becomes_part_of_the_query(text: str) -> None:
    query, values = bind("select {{text}} as a, '{{other}}', \"{{b}}\" -- {{c}}\n, {{ text }}", {"text": text})
    assert query == "select $text as a, '{{other}}', \"{{b}}\" -- {{c}}\n, $text"
    assert values == {"text": text}


def test_own_frames_are_tables(squid: Squid) -> None:
    squid.ask("Hello")
    polars = pytest.importorskip("polars")
    arrow = pytest.importorskip("pyarrow")
    teams = pd.DataFrame({"model": ["scripted-1"], "team": ["blue"]})
    query = "from teams join v_usage using (model) select team, input_tokens"
    assert rows(squid, query, teams=teams) == [("blue", 3)]
    assert rows(squid, query, teams=polars.DataFrame(teams.to_dict("list"))) == [("blue", 3)]
    assert rows(squid, query, teams=arrow.table(teams.to_dict("list"))) == [("blue", 3)]


def test_a_frame_named_like_the_history_does_not_take_its_place(squid: Squid) -> None:
    squid.ask("Hello")
    messages = pd.DataFrame({"content": ["mine"]})
    assert len(rows(squid, "select content as messages from v_messages", messages=messages)) == 2
    with pytest.raises(InvalidInput, match=r"'messages' is a table of the history. Give the DataFrame another name."):
        sql(squid, "from messages", messages=messages)


@pytest.mark.parametrize("form", ["arrow", "polars"])
def test_other_forms_have_text_ids_and_utc_times(squid: Squid, form: str) -> None:
    squid.ask("Hello")
    pytest.importorskip("polars")
    result = sql(squid, f"--as {form} select id, created_at, content from messages order by created_at limit 1")
    assert result.frame is not None
    found = result.frame()
    assert type(found).__module__.split(".")[0] == {"arrow": "pyarrow", "polars": "polars"}[form]
    row = found.to_pylist()[0] if form == "arrow" else found.to_dicts()[0]
    assert isinstance(row["id"], str)
    assert row["created_at"].utcoffset() == datetime.timedelta(0)
    assert "Hello" in result.text


@pytest.mark.parametrize(
    ("form", "missing"), [("polars", {"polars"}), ("arrow", {"pyarrow"}), ("polars", {"polars", "pyarrow"})]
)
def test_a_missing_library_is_one_sentence(
    squid: Squid, monkeypatch: pytest.MonkeyPatch, form: str, missing: set[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in missing else object())
    with pytest.raises(InvalidInput) as caught:
        sql(squid, f"--as {form} select 1")
    needed = " and ".join(sorted(missing))
    assert caught.value.message == (
        f"A result as {form} needs {needed}, which {'is' if len(missing) == 1 else 'are'} not installed."
    )
    assert f"pip install {' '.join(sorted(missing))}" in caught.value.hint


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "There is no query."),
        ("select {{x}}", "There is no variable x for {{x}}."),
        ("select {{numberz}}", "Did you mean {{number}}?"),
        ("select '{{number}}'", "{{number}} stands between quotes, where it is only text."),
        ("select {{thing}}", "{{thing}} is a object, which is not a value SQL knows."),
        ("select {{frame}}", "a DataFrame is a table under its own name"),
        ("selec 1", "The query was refused: Parser Error"),
        ("select nothing from v_usage", "The query was refused: Binder Error"),
        ("from v_usag", 'with name v_usag does not exist. Did you mean "v_usage"? Only'),
        ("select titel from v_sessions", 'not found in FROM clause. Candidate bindings: "title"'),
        ("pivot v_usage on model using count(*)", "A pivot has to name its columns."),
        ("explain select 1", "An explain statement is not allowed."),
        ("drop table messages", "A drop statement is not allowed."),
        ("--as json select 1", "Argument --as: invalid choice: 'json'"),
        ("-o 1x select 1", "'1x' is not a name for a variable."),
    ],
)
def test_what_is_wrong_is_one_sentence(squid: Squid, query: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sql(squid, query, number=1, thing=object(), frame=pd.DataFrame())
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_long_results_say_how_many_rows_there_are(squid: Squid) -> None:
    result = sql(squid, "select i, repeat('x', 500) as long from range(250) as r(i)")
    assert result.text.endswith("250 rows; the first 100 are shown.")
    assert max(len(line) for line in result.text.splitlines()) < 100
    assert result.frame is not None
    assert len(result.frame()) == 250


def test_missing_values_are_said(squid: Squid) -> None:
    result = sql(squid, "select null as a, 0.1 + 0.2 as b, timestamp '2026-01-02 03:04:05' as c")
    assert result.text.splitlines()[1].split("  ") == ["NULL", "0.3", "2026-01-02 03:04:05+00:00"]


def test_naive_times_are_utc_wherever_the_person_is(squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        moment = datetime.datetime(2026, 1, 2, 3)  # noqa: DTZ001  # naive on purpose
        assert rows(squid, "select {{at}} = timestamp '2026-01-02 03:00:00'", at=moment) == [(True,)]
        squid.ask("Hello")
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        assert len(squid.history.messages(since=now - datetime.timedelta(minutes=5))) == 2
        assert squid.history.messages(since=now + datetime.timedelta(minutes=5)).empty
    finally:
        monkeypatch.undo()
        time.tzset()
