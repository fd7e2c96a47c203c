"""What a dashboard gets: filters apply to every chart, and copied cells give the same numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from scripted import Scripted

from squid_nb.charts import CHARTS, bucket_for
from squid_nb.config import Config
from squid_nb.conversing.dashboard_data import dashboard, filters_of
from squid_nb.errors import InvalidInput
from squid_nb.records import Provenance, Usage
from squid_nb.squid import Squid, set_shared

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODELS = ("gpt-5", 'it\'s "{{odd}}" $1', "local")
FILTERS = (
    {},
    {"since": "2026-03-03"},
    {"since": "2026-03-02", "until": "2026-03-04T06:30"},
    {"models": [MODELS[1]]},
    {"since": "2026-03-02", "models": list(MODELS[:2])},
)


@pytest.fixture
def squid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Squid]:
    monkeypatch.setenv("SQUID_DATABASE__PATH", str(tmp_path / "squid.duckdb"))
    monkeypatch.setenv("SQUID_USER__NAME", "o'hara")
    with Squid(provider=Scripted("An answer.")) as squid:
        set_shared(squid)
        yield squid


@pytest.fixture
def spent(squid: Squid) -> Squid:
    """Ten days of calls to three models in three sessions, and two attachments; another person's calls beside them."""
    frame = pd.DataFrame({"a": [1, 2]})
    titles = ("Plots", "", 'A "quoted" one')
    sessions = [squid.ask(title or "Q", sources=[("df", frame)]).session_id for title in titles]
    other = squid.store.users.ensure("somebody else").id
    for number in range(60):
        usage = Usage(
            id="",
            session_id=sessions[number % 3],
            message_id="01890a5d-ac96-774b-bcce-b302099a8057",
            user_id=other if number % 10 == 9 else squid.user.id,
            provider="openai",
            model=MODELS[number % 3],
            host="https://api.example.org",
            door="python",
            input_tokens=100 + number,
            output_tokens=50 + number,
            reasoning_tokens=None,
            cached_tokens=None,
            cost_usd=None if number % 3 == 2 else number / 1000,
            method="estimated" if number % 5 == 0 else "measured",
            first_token_ms=None if number % 7 == 0 else 100.0 + number,
            duration_ms=1000.0 + 10 * number,
            created_at=BEGAN + timedelta(hours=4 * number),
        )
        squid.store.usage.add(usage)
    return squid


@pytest.fixture
def shell(spent: Squid, tmp_path: Path) -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(ipython_dir=str(tmp_path / "ipython"), colors="nocolor")
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "squid_nb")
    yield shell
    shell.restore_sys_module_state()
    shell._atexit_once()
    InteractiveShell.clear_instance()


def chart(shown: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (found,) = (one for one in shown["charts"] if one["name"] == name)
    return [dict(zip((column["name"] for column in found["columns"]), row, strict=True)) for row in found["rows"]]


def comparable(frame: pd.DataFrame, chart: dict[str, Any]) -> list[list[Any]]:
    """A frame's rows as the wire has them, in the order of the chart's columns."""
    from squid_nb.conversing.dashboard_data import _plain

    frame = frame[[column["name"] for column in chart["columns"]]]
    return [[_plain(value) for value in row] for row in frame.itertuples(index=False, name=None)]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_copied_cells_give_the_charts_numbers(spent: Squid, shell: InteractiveShell, filters: dict[str, Any]) -> None:
    shown = dashboard(spent, filters)
    for one in shown["charts"]:
        assert one["sql"].startswith("%%squid /sql\nselect")
        by_sql = shell.run_cell(one["sql"])
        by_sql.raise_error()
        by_python = shell.run_cell(one["python"])
        by_python.raise_error()
        assert comparable(by_sql.result, one) == one["rows"]
        assert comparable(by_python.result, one) == one["rows"]


def test_charts_agree_with_the_history(spent: Squid) -> None:
    shown = dashboard(spent, {})
    by_model = spent.history.usage("model").set_index("model")
    tokens = pd.DataFrame(chart(shown, "tokens")).groupby("model")[["input_tokens", "output_tokens"]].sum()
    for model in MODELS:
        assert tokens.loc[model].tolist() == by_model.loc[model, ["input_tokens", "output_tokens"]].tolist()
    assert shown["totals"]["calls"] == by_model["calls"].sum()
    assert shown["totals"]["cost_usd"] == pytest.approx(by_model["cost_usd"].sum())
    unpriced = "select count(*) as n from v_usage where cost_usd is null and owner = $owner and host {} 'in process'"
    unknown, free = (spent.history.sql(unpriced.format(sign), owner="o'hara")["n"].iloc[0] for sign in ("<>", "="))
    assert (shown["totals"]["unknown_cost"], shown["totals"]["free"]) == (unknown, free) == (18, 3)


def test_filters_apply_to_every_chart(spent: Squid) -> None:
    everything = dashboard(spent, {})
    one = dashboard(spent, {"models": [MODELS[0]], "since": "2026-03-02", "until": "2026-03-05"})
    assert {row["model"] for row in chart(one, "tokens")} == {MODELS[0]}
    assert all("2026-03-02" <= row["period"][:10] < "2026-03-05" for row in chart(one, "cost"))
    assert chart(one, "files") == []  # they were attached today
    assert [row["calls"] for row in chart(everything, "files")] == [3]
    assert sum(row["calls"] for row in chart(one, "sessions")) == one["totals"]["calls"]
    for name in ("first_token", "speed"):
        assert [row["model"] for row in chart(one, name)] == [MODELS[0]]
    assert set(one["models"]) == set(MODELS)  # the other models can still be chosen


def test_what_others_spent_is_not_shown(spent: Squid) -> None:
    theirs = spent.history.sql("select count(*) as n from v_usage where owner <> $me", me="o'hara")["n"].iloc[0]
    assert theirs == 6
    assert dashboard(spent, {})["totals"]["calls"] == 54 + 3


def test_an_empty_history_says_so_and_is_json(squid: Squid) -> None:
    shown = dashboard(squid, {})
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["any"] is False
    assert [one["rows"] for one in shown["charts"]] == [[]] * len(CHARTS)


def test_a_full_one_is_json(spent: Squid) -> None:
    shown = dashboard(spent, {})
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_python_opens_this_very_history(spent: Squid, tmp_path: Path) -> None:
    assert dashboard(spent, {})["charts"][0]["python"].startswith("from squid_nb import Squid\n\nsquid = Squid()\n\n")
    elsewhere = Config().replace({"database.path": tmp_path / "other.duckdb"})
    with Squid(elsewhere, "bob", provider=Scripted("x")) as other:
        other.ask("Q", provenance=Provenance("python"))
        one = dashboard(other, {})["charts"][0]
        names: dict[str, Any] = {}
        exec(one["python"].replace("squid.history.sql", "found = squid.history.sql"), names)
        assert comparable(names["found"], one) == one["rows"]
        assert one["sql"].startswith("select")  # %%squid reads another history


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, "hour"), (2, "hour"), (3, "day"), (92, "day"), (200, "week"), (1000, "month")]
)
def test_bars_stand_for_longer_times_in_longer_periods(days: int, bucket: str) -> None:
    assert bucket_for(BEGAN, BEGAN + timedelta(days=days)) == bucket


@pytest.mark.parametrize("args", [{"since": "yesterday"}, {"until": "2026-13-01"}, {"models": "x"}, {"models": [1]}])
def test_a_filter_that_cannot_be_read_is_one_sentence(args: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        filters_of(args)
