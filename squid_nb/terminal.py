"""How things look in a terminal: an answer as it streams, tables, checks and errors.

The answer itself goes to standard output, and everything about it (progress, notices, what it took) to standard
error, so that `squid-nb ask … > answer.md` holds the answer alone. Escape sequences from a model are not obeyed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .doctor import Check
from .errors import SquidError
from .events import Delta, Event, Failed, Finished, Notice, Progress, Started, Titled, Used

__all__ = ["Terminal"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass
class Told:
    """What an answer's events have said so far."""

    text: str = ""
    started: Started | None = None
    used: Used | None = None
    titled: Titled | None = None
    failed: Failed | None = None
    finished: Finished | None = None


@dataclass
class Terminal:
    """Standard output and standard error of one run."""

    out: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False))

    def answer(self, events: Iterator[Event], *, quiet: bool = False) -> Told:
        """Show an answer as it comes; `quiet` only collects it. Whatever ends this closes the stream."""
        told = Told()
        with closing(events) as stream, self.err.status("", spinner="dots") as status:  # type: ignore[type-var]
            status.stop()
            for event in stream:
                if isinstance(event, Progress):
                    status.update(plain(event.text))
                    status.start()
                    continue
                status.stop()
                self._tell(event, told, quiet=quiet)
        return told

    def _tell(self, event: Event, told: Told, *, quiet: bool) -> None:
        match event:
            case Delta():
                told.text += event.text
                if not quiet:
                    self.write(event.text)
            case Notice():
                self.note(event.text)
            case Started():
                told.started = event
            case Used():
                told.used = event
            case Titled():
                told.titled = event
            case Failed():
                told.failed = event
            case Finished():
                told.finished = event

    def write(self, text: str) -> None:
        """Put a piece of an answer on standard output at once."""
        sys.stdout.write(plain(text) if self.out.is_terminal else text)
        sys.stdout.flush()

    def footer(self, told: Told) -> None:
        """What the answer took, where a person is looking."""
        if not told.text.endswith("\n"):
            self.write("\n")
        if not self.err.is_terminal or told.started is None:
            return
        parts = [told.started.model, f"session {told.started.session_id}"]
        if told.used is not None:
            mark = "≈" if told.used.method == "estimated" else ""
            parts += [f"{mark}{_count(told.used.input_tokens)} in, {mark}{_count(told.used.output_tokens)} out"]
            parts += [f"${told.used.cost_usd:.4f}"] if told.used.cost_usd is not None else []
        if told.started.omitted_messages:
            parts.append(f"{told.started.omitted_messages} earlier messages left out")
        self.err.print(Text(" · ".join(parts), style="dim"))

    def note(self, text: str) -> None:
        """A sentence beside the answer."""
        self.err.print(Text(plain(text), style="yellow"))

    def error(self, error: SquidError | Failed) -> None:
        """One sentence that says what happened, and what to do."""
        self.err.print(Text(plain(f"{error.message} {error.hint}".strip()), style="red"))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows for a person; cells are cut to the width of the terminal."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(Text(column), overflow="ellipsis", no_wrap=self.out.is_terminal)
        for row in rows:
            table.add_row(*(Text(plain("" if cell is None else str(cell))) for cell in row))
        self.out.print(table, soft_wrap=not self.out.is_terminal)

    def checks(self, checks: Sequence[Check]) -> None:
        """The doctor's ladder."""
        for rung in checks:
            line = Text(f"{rung.status:<4} ", style=_COLOURS[rung.status])
            line.append(f"{rung.name}: ", style="bold").append(plain(rung.detail), style="default")
            self.out.print(line)
            if rung.remedy:
                self.out.print(Text(f"     {plain(rung.remedy)}", style="dim"))


def plain(text: str) -> str:
    """A text without control characters, so that what a model or a title holds cannot drive the terminal."""
    return _CONTROL.sub("", text)


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"
