"""What an import did: one line for each conversation, the counts, and where the file broke."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Outcome", "Report", "ReportItem", "counted"]

Outcome: TypeAlias = Literal["imported", "extended", "already there", "skipped"]

_LISTED = 100_000
"""Items that are kept one by one; the counts go on beyond."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ReportItem:
    """What became of one conversation of the file."""

    number: int
    """Counted from 1, over the whole import."""
    outcome: Outcome
    title: str = ""
    session_id: str | None = None
    messages: int = 0
    """How many were added."""
    reason: str = ""
    """Why it was skipped, or what could not be kept of it."""


@dataclass(slots=True, repr=False)
class Report:
    """The result of an import. In a notebook it shows itself as Markdown, elsewhere as text."""

    path: str
    dry_run: bool = False
    formats: list[str] = field(default_factory=list)
    imported: int = 0
    """Conversations that are new."""
    extended: int = 0
    """Conversations that were here and got new messages."""
    already_there: int = 0
    skipped: int = 0
    messages: int = 0
    """Messages that were added."""
    items: list[ReportItem] = field(default_factory=list)
    unlisted: int = 0
    """Items beyond those listed."""
    broken: list[str] = field(default_factory=list)
    """A sentence for each place at which a file broke off."""
    cancelled: bool = False

    def add(self, item: ReportItem) -> None:
        """Count an item and list it."""
        match item.outcome:
            case "imported":
                self.imported += 1
            case "extended":
                self.extended += 1
            case "already there":
                self.already_there += 1
            case "skipped":
                self.skipped += 1
        self.messages += item.messages
        if len(self.items) < _LISTED:
            self.items.append(item)
        else:
            self.unlisted += 1

    def __str__(self) -> str:
        return "\n".join([self._summary(), *self._sentences(), *(f"- {line}" for line in self._remarks())])

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def markdown(self) -> str:
        """The same as text, safe to render."""
        # Titles and reasons come from the file and may hold HTML and Markdown.
        remarks = [f"- {_plain(line)}" for line in self._remarks()]
        return "\n\n".join([f"**{_plain(self._summary())}**", *map(_plain, self._sentences()), "\n".join(remarks)])

    def _summary(self) -> str:
        verb = "would import" if self.dry_run else "imported"
        made = f"{self.path}: {verb} {counted(self.imported, 'conversation')} with {counted(self.messages, 'message')}"
        more = [
            f"{number:,} {words}"
            for number, words in (
                (self.extended, "extended"), (self.already_there, "already there"), (self.skipped, "skipped"),
            )
            if number
        ]  # fmt: skip
        return f"{'; '.join([made, *more])} ({', '.join(self.formats) or 'unknown format'})."

    def _sentences(self) -> list[str]:
        stopped = "Cancelled: what had been imported so far is kept; import the file again to go on."
        return [*self.broken, *([stopped] if self.cancelled else [])]

    def _remarks(self) -> list[str]:
        told = [item for item in self.items if item.reason]
        lines = [
            f"item {item.number}{f' ({item.title})' if item.title else ''} "
            f"{'was skipped' if item.outcome == 'skipped' else f'is {item.outcome}'}: {item.reason}"
            for item in told[:_SHOWN]
        ]
        return lines + ([f"and {len(told) - _SHOWN:,} more, see `items`"] if len(told) > _SHOWN else [])


def counted(number: int, noun: str) -> str:
    """A number of things, in words: "1 message", "2,000 messages"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _plain(words: str) -> str:
    escaped = html.escape(words, quote=False)
    return "".join(f"\\{char}" if char in "\\`*_[]#|!" else char for char in escaped)
