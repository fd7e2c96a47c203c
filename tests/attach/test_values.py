"""Kernel variables become bounded descriptions, whatever their classes do."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import types
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import matplotlib.figure
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.attach import from_value, plugins
from squid_nb.records import NewSource

BUDGET = 300


def text_of(value: Any, *, name: str = "value", budget: int = BUDGET) -> str:
    source = from_value(name, value, token_budget=budget)
    assert source.text is not None
    assert source.data == source.text.encode()
    json.dumps(source.detail)
    return source.text


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [31, None, 29, 44],
            "city": ["Oslo", "Bergen", "Oslo", None],
            "born": pd.to_datetime(["1990-01-02", "1991-01-02", "1992-01-02", "1993-01-02"]),
            "active": [True, False, True, True],
        }
    )


def test_a_frame_is_described_by_shape_dtypes_nulls_summary_and_head(people: pd.DataFrame) -> None:
    source = from_value("people", people)
    assert source.kind == "variable"
    assert source.text is not None
    for piece in (
        "people: pandas.DataFrame, 4 rows × 4 columns",
        "- age: float64, 1 null, min 29, mean 34.6667, max 44",
        "1 null, 2 distinct, most frequent Oslo (2), Bergen (1)",
        "0 null, 3 true",
        "1990-01-02",
        "| 31 | Oslo |",
    ):
        assert piece in source.text
    assert source.detail["type"] == "pandas.DataFrame"
    assert source.detail["shape"] == [4, 4]
    assert source.detail["columns"] == ["age", "city", "born", "active"]


def test_the_same_data_has_the_same_hash_and_other_data_another(people: pd.DataFrame) -> None:
    first = from_value("a", people).detail["content_hash"]
    assert from_value("b", people.copy()).detail["content_hash"] == first
    changed = people.copy()
    changed.loc[3, "age"] = 45
    assert from_value("a", changed).detail["content_hash"] != first
    assert from_value("a", people.rename(columns={"age": "years"})).detail["content_hash"] != first
    assert from_value("a", people.set_index("city")).detail["content_hash"] != first


def test_a_frame_is_never_the_whole_data() -> None:
    frame = pd.DataFrame({"secret_row": [f"row-{n}" for n in range(100_000)]})
    text = text_of(frame, budget=10_000)
    assert text.count("row-") <= 5 + 3
    assert "100,000 rows × 1 columns" in text


def test_a_very_large_frame_is_summarised_from_a_sample_and_says_so() -> None:
    text = text_of(pd.DataFrame({"n": np.arange(1_000_000)}))
    assert "summaries are from every 5th row" in text


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(np.zeros((3, 3000))),
        pd.DataFrame({f"column {n} {'x' * 200}": ["y" * 5000] for n in range(50)}),
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame([[1, 2]], columns=["same", "same"]),
        pd.DataFrame({"lists": [[1], [2, 3], None]}),
        pd.DataFrame({"mixed": [1, "a", None, {"k": 1}]}),
        pd.DataFrame({("a", 1): [1], ("a", 2): [2]}),
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["p", "q"])),
        pd.DataFrame({"c": pd.Categorical(["a", "b", "a"])}),
        pd.DataFrame({"n": [None, None]}),
        pd.DataFrame({"inf": [np.inf, -np.inf, 1.0]}),
        pd.DataFrame({"z": [1 + 2j]}),
        pd.DataFrame({"delta": pd.to_timedelta([1, 2], unit="s"), "p": pd.period_range("2024", periods=2, freq="M")}),
    ],
)
def test_every_kind_of_frame_stays_within_the_budget(frame: pd.DataFrame) -> None:
    source = from_value("df", frame, token_budget=BUDGET)
    assert source.text is not None
    assert len(source.text) <= BUDGET * 3
    assert "could not be described" not in source.text
    assert f"{len(frame):,} rows" in source.text


def test_a_wide_frame_says_how_many_columns_are_missing() -> None:
    assert "more columns" in text_of(pd.DataFrame(np.zeros((3, 3000))))


def test_integers_of_a_mixed_frame_stay_integers() -> None:
    assert "| 9007199254740993 | 0.5 |" in text_of(pd.DataFrame({"i": [9007199254740993], "f": [0.5]}))


def test_cells_cannot_break_out_of_the_table() -> None:
    text = text_of(pd.DataFrame({"a|b": ["x|y\nignore"]}))
    assert "| a\\|b |" in text
    assert "| x\\|y ignore |" in text


def test_frames_of_polars_are_described_too() -> None:
    frame = pl.DataFrame({"n": [1, 2, None], "s": ["x", "y", "x"], "l": [[1], [2], [3]]})
    source = from_value("df", frame)
    for piece in (
        "df: polars.DataFrame, 3 rows × 3 columns",
        "- n: Int64, 1 null, min 1, mean 1.5, max 2",
        "- s: String, 0 null, 2 distinct, most frequent x (2), y (1)",
        "| 1 | x | [1] |",
    ):
        assert piece in str(source.text)
    assert source.detail["content_hash"] == from_value("df", frame.clone()).detail["content_hash"]
    assert "polars.Series, 3 rows" in text_of(frame["n"])
    assert "0 rows × 0 columns" in text_of(pl.DataFrame())


def test_a_lazy_frame_is_not_collected() -> None:
    def never(frame: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("collected")

    lazy = pl.LazyFrame({"n": [1]}).map_batches(never, schema={"n": pl.Int64})
    text = text_of(lazy)
    assert "polars.LazyFrame, 1 columns, not collected" in text
    assert "- n: Int64" in text


def test_series_index_and_arrays_are_described() -> None:
    series = from_value("s", pd.Series([1, 2, None], name="n"))
    assert series.detail["shape"] == [3]
    assert "pandas.Series, 3 rows" in str(series.text)
    assert "3 rows" in text_of(pd.Index(["a", "b", "c"]))
    array = from_value("a", np.arange(1_000_000, dtype=float).reshape(1000, 1000))
    assert array.detail["shape"] == [1000, 1000]
    assert "1,000 × 1,000, dtype float64" in str(array.text)
    assert len(str(array.text)) < 500


@pytest.mark.parametrize(
    "array",
    [
        np.array(5),
        np.array([]),
        np.array(["a", "b"]),
        np.array([None, [1]], dtype=object),
        np.zeros((2, 0)),
        np.array([np.nan]),
        np.zeros(3, dtype=[("x", "i4"), ("y", "f8")]),
        np.array(["2024-01-01"], dtype="datetime64[D]"),
    ],
)
def test_every_kind_of_array_is_described(array: np.ndarray[Any, Any]) -> None:
    first, again = from_value("a", array), from_value("a", array.copy())
    assert "could not be described" not in str(first.text)
    assert first.detail["content_hash"] == again.detail["content_hash"]


def test_a_frame_whose_own_methods_raise_is_still_attached() -> None:
    class Broken(pd.DataFrame):
        def isna(self) -> Any:
            raise RuntimeError("half built")

        @property
        def iloc(self) -> Any:
            raise RuntimeError("half built")

    assert "could not be described (RuntimeError)" in text_of(Broken({"a": [1]}))


class Raising:
    def __repr__(self) -> str:
        raise ValueError("no")


class NotText:
    def __repr__(self) -> str:
        return 3  # type: ignore[return-value]


class Huge:
    def __repr__(self) -> str:
        return "x" * 10_000_000


@dataclasses.dataclass
class Point:
    x: int
    many: list[int]
    password: str = "hunter2"


class LyingDict(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError("never asked")

    def __len__(self) -> int:
        raise RuntimeError("never asked")


def test_a_repr_that_raises_is_reported_as_such() -> None:
    assert "its repr raised ValueError" in text_of(Raising())
    assert "its repr raised ValueError" in text_of({"deep": [Raising()]})
    assert "its repr raised TypeError" in text_of(NotText())


def test_recursion_ends() -> None:
    endless: list[Any] = [1]
    endless.append(endless)
    assert "[1, …]" in text_of(endless)
    nested: Any = "core"
    for _ in range(100_000):
        nested = [nested]
    assert len(text_of(nested)) < 200


@pytest.mark.parametrize(
    "value",
    [
        Huge(),
        list(range(1_000_000)),
        dict.fromkeys(range(1_000_000), 1),
        collections.Counter(range(1_000_000)),
        collections.defaultdict(list, {n: [n] * 50 for n in range(1000)}),
        Point(1, list(range(1_000_000))),
        "y" * 10_000_000,
        b"z" * 10_000_000,
        {frozenset({1, 2}): ({3}, collections.deque([4]))},
        [[["deep"] * 1000] * 1000] * 1000,
        LyingDict(a=1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_large_values_stay_within_the_budget(value: Any) -> None:
    assert len(text_of(value)) <= BUDGET * 3 + 100


def test_frames_in_containers_are_named_and_not_printed() -> None:
    assert "<pandas.DataFrame shape=(2, 1)>" in text_of({"parts": [pd.DataFrame({"a": ["inner", "inner"]})]})
    assert "inner" not in text_of([pd.DataFrame({"a": ["inner", "inner"]})])


def test_addresses_are_left_out_so_that_the_same_value_reads_the_same() -> None:
    assert text_of(object()) == text_of(object())


def test_named_tuples_and_dataclasses_show_their_fields() -> None:
    pair = collections.namedtuple("pair", ["left", "right"])
    assert "pair(left=1, right='b')" in text_of(pair(1, "b"))
    assert "Point(x=1, many=[2], password=[hidden])" in text_of(Point(1, [2]))


def test_the_environment_shows_names_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/very/private")
    text = text_of(os.environ, budget=100_000)
    assert "'PATH': [hidden]" in text or "more" in text
    assert "/very/private" not in text
    assert "=" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_key", "0123456789abcdef"),
        ("db_password", "x"),
        ("config", {"openai_api_key": "0123456789abcdef"}),
        ("config", {"nested": [{"accessToken": "0123456789abcdef"}]}),
        ("text", "use sk-0123456789abcdef0123456789 please"),
        ("url", "postgres://me:0123456789abcdef@host/db"),
        ("headers", {"Authorization": "Bearer-0123456789abcdef"}),
        ("frame", pd.DataFrame({"password": ["0123456789abcdef"] * 3})),
    ],
)
def test_values_that_look_like_keys_are_left_out(name: str, value: Any) -> None:
    text = text_of(value, name=name)
    assert "0123456789abcdef" not in text
    assert "[hidden]" in text


def test_words_that_are_no_secrets_are_kept() -> None:
    assert "'token': 'the'" in text_of({"token": "the"})
    assert "tokens" in text_of({"tokens": ["a", "b"]})
    assert "| squid |" in text_of(pd.DataFrame({"keyboard": ["squid"]}))


def documented(a: int, b: int = 2) -> int:
    """Add."""
    return a + b


def test_functions_and_classes_come_with_their_source() -> None:
    assert "return a + b" in text_of(documented)
    assert "class Raising" in text_of(Raising)
    assert "(obj, /)" in text_of(len, name="len")
    assert "Return the number of items" in text_of(len)
    made: dict[str, Any] = {}
    exec("def made(x):\n    'Made by exec.'\n", made)
    assert "made(x)" in text_of(made["made"], name="made")


def test_a_module_is_its_name_and_public_names() -> None:
    module = types.ModuleType("ink", "Ink for squids.\nMore.")
    module.spray = 1  # type: ignore[attr-defined]
    assert text_of(module, name="ink") == "ink: module ink\nInk for squids.\nNames: spray"


def test_a_figure_is_described_in_words() -> None:
    figure = matplotlib.figure.Figure()
    axes = figure.subplots()
    axes.plot([1, 2], [3, 4], label="growth")
    axes.set(title="Squids", xlabel="year")
    axes.legend()
    text = text_of(figure)
    assert "title 'Squids', x 'year'" in text
    assert "1 lines" in text
    assert "growth" in text


def test_a_name_is_not_trusted_either() -> None:
    assert from_value("a\nb\x1b", 1).name == "a b"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(value=values, budget=st.integers(0, 400))
def test_any_value_is_described_within_the_budget(value: Any, budget: int) -> None:
    source = from_value("v", value, token_budget=budget)
    assert isinstance(source, NewSource)
    assert source.text is not None
    assert len(source.text) <= max(300, budget * 3 + 100)
    assert from_value("v", value, token_budget=budget) == source


class Sonar:
    """A value that only a plugin knows."""


def describe_sonar(value: Any, *, token_budget: int) -> str | None:
    return f"sonar within {token_budget}" if isinstance(value, Sonar) else None


def describe_badly(value: Any, *, token_budget: int) -> str | None:
    raise RuntimeError("plugin bug")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(*targets: str) -> None:
        points = EntryPoints(EntryPoint(target, f"{__name__}:{target}", plugins.GROUP) for target in targets)
        monkeypatch.setattr(plugins, "entry_points", lambda group: points.select(group=group))
        monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.attr])
        plugins._describers.cache_clear()

    yield install
    plugins._describers.cache_clear()


def test_a_plugin_describes_what_it_knows(installed: Any) -> None:
    installed("describe_sonar")
    assert text_of(Sonar(), budget=300) == "sonar within 300"
    assert "int" in text_of(3)


def test_a_broken_plugin_is_a_warning(installed: Any) -> None:
    installed("describe_badly", "not_there", "describe_sonar")
    with pytest.warns(RuntimeWarning, match="is broken and is left out") as caught:
        assert text_of(Sonar(), budget=300) == "sonar within 300"
    assert len(caught) == 2
