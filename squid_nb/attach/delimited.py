"""A CSV or TSV file as text within a budget: its first rows whole, and a note of how many rows there are."""

from __future__ import annotations

import csv

__all__ = ["cut_table"]


def cut_table(name: str, text: str, *, delimiter: str, budget: int, size: int) -> str:
    """The text itself when it fits `budget` characters, else whole rows from the top and a note.

    A table always ends with the note, so that a model does not take the part for the whole.
    """
    rows = _count_rows(text, delimiter=delimiter)
    if len(text) <= budget:
        return f"{text.rstrip()}\n\n[{name}: all {_rows(rows)} shown.]"
    kept: list[str] = []
    used = 0
    for line in text.splitlines():
        if kept and used + len(line) > budget:
            break
        kept.append(line if len(line) <= budget else f"{line[:budget]}… [line cut]")
        used += len(line) + 1
    shown = max(0, len(kept) - 1)
    return "\n".join([*kept, "", f"[{name}: the first {shown:,} of {_rows(rows)} shown; the file has {size:,} bytes.]"])


def _count_rows(text: str, *, delimiter: str) -> int:
    """Rows below the header, counting a quoted line break as part of its row."""
    try:
        return max(0, sum(1 for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row) - 1)
    except csv.Error:
        # One broken quote must not keep the file from being read: lines are then as good as rows.
        return max(0, text.count("\n") - 1)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
