"""How things look in a terminal: an answer as it streams, checks and errors.

The answer itself goes to standard output, and everything about it (progress, notices, what it took) to standard
error, so that `squid-nb ask … > answer.md` holds the answer alone. Escape sequences from a model are not obeyed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from .commands import spoken
from .commands.told import Told
from .errors import SquidError
from .events import Delta, Event, Failed, Notice, Progress

if TYPE_CHECKING:
    from .asking import Preview
    from .doctor import Check

__all__ = ["Terminal"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass
class Terminal:
    """Standard output and standard error of one run."""

    out: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False))
    _line_is_open: bool = False

    def answer(self, events: Generator[Event, None, None], told: Told, *, quiet: bool = False) -> None:
        """Show an answer as it comes and note in `told` what it said; `quiet` only notes. Closes the events."""
        status = self.err.status("", spinner="dots")
        try:
            with closing(events):
                for event in events:
                    if isinstance(event, Progress):
                        status.update(plain(event.text))
                        status.start()
                        continue
                    status.stop()
                    told.take(event)
                    self._tell(event, quiet=quiet)
        finally:
            status.stop()

    def _tell(self, event: Event, *, quiet: bool) -> None:
        match event:
            case Delta() if not quiet:
                self.write(event.text)
            case Notice():
                self.note(event.text)

    def write(self, text: str) -> None:
        """Put a piece of an answer on standard output at once."""
        sys.stdout.write(plain(text) if self.out.is_terminal else text)
        sys.stdout.flush()
        self._line_is_open = not text.endswith("\n") if text else self._line_is_open

    def end_line(self) -> None:
        """End a line of the answer that was begun, so that what follows stands in its own."""
        if self._line_is_open:
            self.write("\n")

    def show(self, text: str) -> None:
        """Put a result on standard output, with a line end."""
        self.write(text if text.endswith("\n") else f"{text}\n")

    def footer(self, told: Told) -> None:
        """End the answer's last line, and say what it took where a person is looking."""
        self.end_line()
        if not self.err.is_terminal or told.started is None:
            return
        model, *rest = told.facts
        parts = [model, f"session {told.started.session_id}", *rest]
        self.err.print(Text(" · ".join(parts), style="dim"))

    def note(self, text: str) -> None:
        """A sentence beside the answer."""
        self.end_line()
        self.err.print(Text(plain(text), style="yellow"))

    def error(self, error: SquidError | Failed) -> None:
        """One sentence that says what happened, and what to do."""
        self.end_line()
        self.err.print(Text(plain(spoken(f"{error.message} {error.hint}".strip(), "cli")), style="red"))

    def progress(self, fraction: float, what: str) -> None:
        """Show how far long work has come, on a terminal and until it is done."""
        if not self.err.is_terminal:
            return
        line = Text(f"\r{plain(what)} {fraction:.0%} ", style="dim")
        self.err.print(line, end="\r" + " " * line.cell_len + "\r" if fraction >= 1 else "")

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question; no where nobody can answer."""
        if not sys.stdin.isatty():
            return False
        self.err.print(Text(plain(f"{question} [y/N] ")), end="")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def preview(self, preview: Preview) -> str:
        """What would be sent, word for word."""
        lines = [
            f"To {preview.model} ({preview.provider}), host: {preview.host}, "
            f"{preview.context_tokens:,} of {preview.context_limit:,} tokens:",
            *preview.notices,
        ]
        if preview.omitted_messages:
            lines.append(f"{preview.omitted_messages} earlier messages do not fit and would be left out.")
        return "\n\n".join([*lines, *(f"[{turn.role}]\n{turn.content}" for turn in preview.turns)])

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
