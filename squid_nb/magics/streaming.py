"""An answer as it comes: one display that is updated in a notebook, flowing text in a terminal."""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..commands import escape
from ..commands.told import Told
from ..events import Delta, Event, Failed, Progress, Reasoning
from ..untrusted import safe_markdown

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["INTERVAL_S", "Body", "Screen", "screen_for"]

INTERVAL_S = 0.1
_CHARACTERS_A_SECOND = 400_000


@dataclass(frozen=True, slots=True)
class Body:
    """What is shown instead of the whole answer: its code, or its JSON."""

    language: str
    text: str

    @property
    def markdown(self) -> str:
        """In a block whose fence is longer than any in it."""
        return f"``````{self.language}\n{self.text}\n``````"


class Screen(Protocol):
    """Where an answer is shown."""

    def update(self, told: Told, event: Event | None) -> None:
        """Show what an event has changed; None is a pause, in which everything held back is shown."""

    def finish(self, told: Told, *, body: Body | None = None) -> None:
        """Show the final state; `body` replaces the text where the answer was asked for in another form."""


def screen_for(shell: InteractiveShell, *, silent: bool, stream: bool, plain: bool) -> Screen:
    """A screen for this shell.

    Parameters
    ----------
    silent
        Shows nothing.
    stream
        False waits until the answer is complete.
    plain
        Shows text as text.
    """
    if silent:
        return _Nothing()
    # Kernels have one; IPython in a terminal has none, and would print every update below the last one.
    if getattr(shell, "kernel", None) is not None:
        return _Notebook(shell, stream=stream, plain=plain)
    return _Terminal(stream=stream)


class _Nothing:
    def update(self, told: Told, event: Event | None) -> None:
        pass

    def finish(self, told: Told, *, body: Body | None = None) -> None:
        pass


class _Notebook:
    """One display, updated at most ten times a second, and more slowly the longer the answer is."""

    def __init__(self, shell: InteractiveShell, *, stream: bool, plain: bool) -> None:
        self._publish = shell.display_pub.publish
        self._stream = stream
        self._plain = plain
        self._display_id = uuid.uuid4().hex
        self._shown = False
        self._held_back = False
        self._next = 0.0

    def update(self, told: Told, event: Event | None) -> None:
        if (event is None and not self._held_back) or (isinstance(event, Failed) and not self._shown):
            return
        if self._shown and event is not None:
            self._held_back = self._stream or not isinstance(event, Delta)
            if not self._held_back or time.monotonic() < self._next:
                return
        self._held_back = False
        text = told.text if self._stream else ""
        self._show(text or f"*{escape(told.waiting)}*", text or told.waiting)
        self._next = time.monotonic() + max(INTERVAL_S, len(text) / _CHARACTERS_A_SECOND)

    def finish(self, told: Told, *, body: Body | None = None) -> None:
        markdown, plain = (told.text, told.text) if body is None else (body.markdown, body.text)
        if not (plain or told.footer or self._shown):
            return  # nothing was begun, and the sentence about it is shown as an error
        footer = f"*{escape(told.footer)}*" if told.footer else ""
        self._show(f"{markdown}\n\n{footer}".strip(), f"{plain}\n\n{told.footer}".strip())

    def _show(self, markdown: str, plain: str) -> None:
        bundle: dict[str, Any] = {"text/plain": plain}
        if not self._plain:
            bundle["text/markdown"] = safe_markdown(markdown)
        self._publish(bundle, transient={"display_id": self._display_id}, update=self._shown)
        self._shown = True


class _Terminal:
    """Flowing text. Control characters of a model are left out: they could drive the terminal."""

    def __init__(self, *, stream: bool) -> None:
        self._stream = stream
        self._waiting = ""

    def update(self, told: Told, event: Event | None) -> None:
        if isinstance(event, Delta) and self._stream:
            self._clear()
            self._write(event.text)
        elif isinstance(event, (Progress, Reasoning)) and sys.stdout.isatty() and not told.text:
            self._clear()
            self._waiting = told.waiting
            self._write(self._waiting)

    def finish(self, told: Told, *, body: Body | None = None) -> None:
        self._clear()
        if body is not None or not self._stream:
            self._write(told.text if body is None else body.text)
        if told.text:
            self._write("\n")
        if told.footer:
            self._write(f"[{told.footer}]\n")

    def _clear(self) -> None:
        if self._waiting:
            sys.stdout.write("\r" + " " * len(self._waiting) + "\r")
            self._waiting = ""

    def _write(self, text: str) -> None:
        sys.stdout.write("".join(char for char in text if char in "\n\t" or char.isprintable()))
        sys.stdout.flush()
