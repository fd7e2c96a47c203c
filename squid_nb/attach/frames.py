"""Tables and arrays as a description a model can work with: shape, dtypes, nulls, a summary and a few rows.

Never the whole data. Nothing is imported here: the value brings its own methods.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .kinds import FrameKind, type_name
from .reprs import cut_middle, safely
from .secrets import HIDDEN, is_secret_name, mask

__all__ = ["Description", "describe_frame"]

_HEAD_ROWS = 5
_CELL = 60
_SAMPLE_ROWS = 200_000
_HASHED_CELLS = 20_000_000
_HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Description:
    """What a model reads of a value, and the facts that are kept beside it."""

    text: str
    detail: dict[str, Any] = field(default_factory=dict)


def describe_frame(name: str, value: Any, kind: FrameKind, *, length: int) -> Description:
    """Describe a table or an array in at most `length` characters."""
    if kind == "array":
        return _describe_array(name, value, length=length)
    if kind == "polars lazy":
        return _describe_lazy(name, value, length=length)
    if kind.endswith("series"):
        frame, columns = value.to_frame(), 1
    else:
        frame, columns = value, value.shape[1]
    rows = int(value.shape[0])
    shape = [rows] if kind.endswith("series") else [rows, columns]
    table = _PandasTable(frame) if kind.startswith("pandas") else _PolarsTable(frame)
    detail = {
        "type": type_name(value),
        "shape": shape,
        "columns": [cut_middle(column, _CELL) for column in table.names()[:200]],
        "content_hash": table.content_hash(),
    }
    size = f"{rows:,} rows" if len(shape) == 1 else f"{rows:,} rows × {columns:,} columns"
    return Description(_lay_out(f"{name}: {type_name(value)}, {size}", table, length=length), detail)


def _lay_out(title: str, table: _PandasTable | _PolarsTable, *, length: int) -> str:
    """Title, one line a column, first rows; columns get what the rows leave, and a note says what is missing."""
    names = table.names()
    secret = [is_secret_name(column) for column in names]
    head = _head_lines(names, table.head(_HEAD_ROWS), secret, room=length * 2 // 5)
    room = length - len(title) - sum(len(line) + 1 for line in head) - 200
    lines: list[str] = []
    for place, column in enumerate(names):
        line = f"- {_cell(column)}: {table.dtype(place)}, {table.nulls(place):,} null"
        summary = "" if secret[place] else safely(lambda place=place: table.summary(place))  # type: ignore[misc]
        line = cut_middle(f"{line}, {summary}" if summary else line, 300)
        if lines and sum(len(one) + 1 for one in lines) + len(line) > room:
            lines.append(f"- … and {len(names) - place:,} more columns")
            break
        lines.append(line)
    note = table.note()
    parts = [title, *([note] if note else []), "", "Columns:", *(lines or ["none"])]
    if names and table.rows:
        parts += ["", f"First {min(_HEAD_ROWS, table.rows)} rows:", *head]
    return cut_middle(mask("\n".join(parts)), length)


def _head_lines(names: list[str], rows: list[list[Any]], secret: list[bool], *, room: int) -> list[str]:
    """The first rows as a Markdown table, with as many columns as there is room for."""
    columns = len(names)
    while True:
        more = ["…"] if columns < len(names) else []
        grid = [[_cell(name) for name in names[:columns]] + more]
        for row in rows:
            cells = [HIDDEN if secret[place] else _cell(item) for place, item in enumerate(row[:columns])]
            grid.append(cells + more)
        lines = [f"| {' | '.join(cells)} |" for cells in grid]
        lines.insert(1, "|" + "---|" * len(grid[0]))
        size = sum(len(line) + 1 for line in lines)
        if size <= room or columns <= 1:
            return lines
        columns = max(1, min(columns - 1, columns * room // size))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        shown = value[: _CELL + 1]
    else:
        shown = safely(lambda: f"{value:.6g}" if isinstance(value, float) else str(value))
    shown = " ".join(shown.split()).replace("|", "\\|")
    return shown if len(shown) <= _CELL else f"{shown[:_CELL]}…"


class _PandasTable:
    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.rows = int(frame.shape[0])
        self._step = max(1, -(-self.rows // _SAMPLE_ROWS))
        self._sample = frame.iloc[:: self._step] if self._step > 1 else frame

    def names(self) -> list[str]:
        return [safely(lambda column=column: str(column)) for column in self._frame.columns]  # type: ignore[misc]

    def dtype(self, place: int) -> str:
        return str(self._frame.dtypes.iloc[place])

    def nulls(self, place: int) -> int:
        return int(self._frame.iloc[:, place].isna().sum())

    def head(self, rows: int) -> list[list[Any]]:
        part = self._frame.iloc[:rows]
        # Column by column: `.values` of a mixed frame would turn its integers into floats or objects.
        columns = [part.iloc[:, place].tolist() for place in range(part.shape[1])]
        return [list(row) for row in zip(*columns, strict=True)]

    def summary(self, place: int) -> str:
        column = self._sample.iloc[:, place].dropna()
        if not len(column):
            return ""
        kind = getattr(column.dtype, "kind", "O")
        if kind == "b":
            return f"{int(column.sum()):,} true"
        if kind in "iuf":
            return _numbers(column.min(), column.mean(), column.max(), column.std())
        if kind in "mM":
            return f"{column.min()} to {column.max()}"
        counts = column.value_counts()
        return _categories(counts.index[:3], counts.iloc[:3], len(counts))

    def note(self) -> str:
        names = [name for name in self._frame.index.names if name is not None]
        index = f"Index: {type(self._frame.index).__name__}{' ' + ', '.join(map(str, names)) if names else ''}"
        every = f"; summaries are from every {self._step}th row" if self._step > 1 else ""
        return index + every

    def content_hash(self) -> str:
        """SHA-256 over names, dtypes, index and values; from a sample above twenty million cells."""
        digest = _header_hash(self.names(), [str(dtype) for dtype in self._frame.dtypes], self.rows)
        whole = self._frame.shape[0] * self._frame.shape[1] <= _HASHED_CELLS
        hash_rows = sys.modules["pandas"].util.hash_pandas_object
        frame = self._frame if whole else self._sample
        try:
            digest.update(hash_rows(frame, index=True).to_numpy().tobytes())
        except TypeError:
            # Lists and other values in cells that cannot be hashed: then their text is.
            digest.update(hash_rows(frame.astype(str), index=True).to_numpy().tobytes())
        return str(digest.hexdigest())[:_HASH_LENGTH]


class _PolarsTable:
    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.rows = int(frame.height)

    def names(self) -> list[str]:
        return list(self._frame.columns)

    def dtype(self, place: int) -> str:
        return str(self._frame.dtypes[place])

    def nulls(self, place: int) -> int:
        return int(self._frame.to_series(place).null_count())

    def head(self, rows: int) -> list[list[Any]]:
        return [list(row) for row in self._frame.head(rows).rows()]

    def summary(self, place: int) -> str:
        column = self._frame.to_series(place).drop_nulls()
        if not len(column):
            return ""
        if column.dtype.is_numeric():
            return _numbers(column.min(), column.mean(), column.max(), column.std())
        if column.dtype.is_temporal():
            return f"{column.min()} to {column.max()}"
        counts = column.value_counts(sort=True)
        top = counts.head(3)
        return _categories(top.to_series(0).to_list(), top.to_series(1).to_list(), counts.height)

    def note(self) -> str:
        return ""

    def content_hash(self) -> str:
        digest = _header_hash(self.names(), [str(dtype) for dtype in self._frame.dtypes], self.rows)
        digest.update(self._frame.hash_rows(seed=0).to_numpy().tobytes())
        return str(digest.hexdigest())[:_HASH_LENGTH]


def _describe_array(name: str, value: Any, *, length: int) -> Description:
    shape = [int(size) for size in value.shape]
    sides = " × ".join(f"{size:,}" for size in shape) or "a single value"
    lines = [f"{name}: {type_name(value)}, {sides}, dtype {value.dtype}"]
    sample = value.reshape(-1)
    step = max(1, -(-sample.size // (_SAMPLE_ROWS * 10)))
    sample = sample[::step]
    if value.dtype.kind in "iuf" and sample.size:
        finite = sample[sample == sample]
        if finite.size:
            lines.append(f"Summary: {_numbers(finite.min(), finite.mean(), finite.max(), finite.std())}")
        if value.dtype.kind == "f":
            lines.append(f"NaN: {int((sample != sample).sum()) * step:,}{' (estimated)' if step > 1 else ''}")
    first = ", ".join(_cell(item) for item in value.reshape(-1)[:20].tolist())
    lines.append(f"First values: {first}{', …' if value.size > 20 else ''}")
    digest = _header_hash([], [str(value.dtype)], 0)
    digest.update(repr(shape).encode())
    # Object arrays hold addresses, which differ from run to run: their values are hashed as text.
    body = repr(sample.tolist()).encode() if value.dtype.hasobject else sample.tobytes()
    digest.update(body)
    detail = {"type": type_name(value), "shape": shape, "content_hash": digest.hexdigest()[:_HASH_LENGTH]}
    return Description(cut_middle(mask("\n".join(lines)), length), detail)


def _describe_lazy(name: str, value: Any, *, length: int) -> Description:
    """A lazy frame is not collected for a question: its schema and plan are what there is."""
    schema = dict(value.collect_schema())
    lines = [f"{name}: {type_name(value)}, {len(schema):,} columns, not collected", "", "Columns:"]
    lines += [f"- {_cell(column)}: {dtype}" for column, dtype in schema.items()]
    lines += ["", "Plan:", str(value.explain())]
    text = cut_middle(mask("\n".join(lines)), length)
    columns = list(schema)[:200]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_HASH_LENGTH]
    return Description(text, {"type": type_name(value), "columns": columns, "content_hash": digest})


def _numbers(low: Any, mean: Any, high: Any, deviation: Any) -> str:
    return f"min {_cell(low)}, mean {_cell(float(mean))}, max {_cell(high)}, std {_cell(float(deviation or 0))}"


def _categories(values: Iterable[Any], counts: Iterable[Any], distinct: int) -> str:
    common = ", ".join(f"{_cell(value)} ({int(count):,})" for value, count in zip(values, counts, strict=True))
    return f"{distinct:,} distinct, most frequent {common}"


def _header_hash(names: list[str], dtypes: list[str], rows: int) -> Any:
    return hashlib.sha256(repr((names, dtypes, rows)).encode("utf-8", "surrogatepass"))
