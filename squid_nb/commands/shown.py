"""Tables, numbers and times for people, as aligned text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Table", "ago", "cost", "count", "escape", "short_id"]

# A link, an image, a tag or a table cell cannot come out of a title or a path.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#!~$])")
_SHORT_ID = 13


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned columns, two blanks apart."""
        grid = [self.columns, *self.rows]
        widths = [max(len(row[place]) for row in grid) for place in range(len(self.columns))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid
        )

    def markdown(self) -> str:
        """A Markdown table in which cells are only text."""
        lines = [_row(self.columns), "|" + " --- |" * len(self.columns), *(_row(row) for row in self.rows)]
        return "\n".join(lines)


def escape(text: str) -> str:
    """Text that means nothing to Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def short_id(identifier: str) -> str:
    """The beginning of a UUIDv7 that holds its whole time stamp, which is enough to name it."""
    return identifier[:_SHORT_ID]


def count(number: int | None, *, estimated: bool = False) -> str:
    """A number for people; unknown is said, and an estimate is marked."""
    return "unknown" if number is None else f"{'≈' if estimated else ''}{number:,}"


def cost(dollars: float | None) -> str:
    """A cost in US dollars; unknown is a dash, never zero."""
    if dollars is None:
        return "–"  # noqa: RUF001 - a dash, as tables have it
    return f"${dollars:.4f}" if dollars < 1 else f"${dollars:,.2f}"


def ago(moment: datetime) -> str:
    """A time in the person's zone, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escape(cell) for cell in cells)} |"
