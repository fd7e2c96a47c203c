"""What the events of one answer have said so far, and the line below it, for every door that shows text."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..endpoint import is_loopback
from ..events import Delta, Event, Failed, Finished, Notice, Progress, Reasoning, Started, Titled, Used
from .shown import cost, count

__all__ = ["Told"]


@dataclass
class Told:
    """What the events of one answer have said so far."""

    started: Started | None = None
    used: Used | None = None
    titled: Titled | None = None
    finished: Finished | None = None
    failed: Failed | None = None
    progress: Progress | None = None
    notices: list[str] = field(default_factory=list)
    stopped: bool = False
    _text: list[str] = field(default_factory=list)
    _thought: int = 0

    def take(self, event: Event) -> None:
        """Remember what an event says."""
        match event:
            case Delta():
                self._text.append(event.text)
            case Reasoning():
                self._thought += len(event.text.split())
            case Started():
                self.started = event
            case Used():
                self.used = event
            case Titled():
                self.titled = event
            case Finished():
                self.finished = event
            case Failed():
                self.failed = event
            case Progress():
                self.progress = event
            case Notice():
                self.notices.append(event.text)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._text)

    @property
    def waiting(self) -> str:
        """What goes on before the first word."""
        if self._thought:
            return f"Thinking… ({self._thought:,} words)"
        if self.progress is not None:
            done = f" {self.progress.fraction:.0%}" if self.progress.fraction is not None else ""
            return f"{self.progress.text}{done}"
        return f"Asking {self.started.model}…" if self.started else "…"

    @property
    def facts(self) -> list[str]:
        """Model, tokens, cost and omitted messages, as far as they are known."""
        parts = [self.started.model] if self.started else []
        if self.used is not None:
            estimated = self.used.method == "estimated"
            parts.append(f"{count(self.used.input_tokens, estimated=estimated)} tokens in")
            parts.append(f"{count(self.used.output_tokens, estimated=estimated)} out")
            parts.append(self._price(self.used))
        if self.started is not None and self.started.host == "history":
            parts.append("stored answer")
        if self.started is not None and self.started.omitted_messages:
            parts.append(f"{self.started.omitted_messages:,} earlier messages left out")
        return parts

    @property
    def footer(self) -> str:
        """One line about the answer, with how it ended and what should be known about it."""
        ending = ["stopped"] if self.stopped else []
        ending += ["broken off"] if self.failed is not None and self.text else []
        return " · ".join([*self.facts, *ending, *self.notices])

    def _price(self, used: Used) -> str:
        """What it cost, in words where there is no number."""
        if used.cost_usd is not None:
            return cost(used.cost_usd)
        host = self.started.host if self.started is not None else ""
        return "free, runs locally" if host == "in process" or is_loopback(host) else "cost unknown"
