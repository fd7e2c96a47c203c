"""The nouns of the verb table: a verb and its arguments, where it is run, and what comes of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..records import Provenance
from .carrying import Carrier, Tell
from .shown import Table

if TYPE_CHECKING:
    from ..asking import Options
    from ..squid import Squid

__all__ = [
    "DOORS",
    "Argument",
    "Completions",
    "Context",
    "Door",
    "Match",
    "Question",
    "Result",
    "Run",
    "Verb",
    "spoken",
]

Door: TypeAlias = Literal["magic", "composer", "cli"]
DOORS: frozenset[Door] = frozenset({"magic", "composer", "cli"})
_PREFIXES: dict[Door, str] = {"magic": "%squid /", "composer": "/", "cli": "squid-nb "}


def spoken(text: str, door: Door) -> str:
    """A sentence in which a command such as `/models` is named as it is typed at this door."""
    return text.replace("`/", f"`{_PREFIXES[door]}")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, declared once for parsing, help and completion."""

    names: tuple[str, ...]
    """`("session",)` for a positional, `("-m", "--model")` for an option."""
    help: str
    kind: Callable[[str], Any] = str
    default: Any = None
    many: Literal["", "?", "*", "+", "append", "flag"] = ""
    """How often it may be given; `flag` takes no value, `append` may be repeated."""
    choices: tuple[str, ...] = ()
    completes: Literal["", "session", "model", "path", "verb", "setting"] = ""
    metavar: str | None = None
    doors: frozenset[Door] = DOORS

    @property
    def is_option(self) -> bool:
        """Whether it begins with a dash."""
        return self.names[0].startswith("-")

    @property
    def takes_value(self) -> bool:
        """Whether an option is followed by a value."""
        return self.many != "flag"


@dataclass(frozen=True, slots=True)
class Context:
    """Where a verb is run."""

    door: Door = "composer"
    namespace: Mapping[str, Any] = field(default_factory=dict)
    """The kernel's variables."""
    provenance: Provenance = Provenance()
    cwd: Path | None = None
    confirm: Callable[[str], bool] | None = None
    """Asks the person a yes-or-no question; None where nobody can be asked."""
    progress: Tell | None = None
    """Told how far long work has come, between 0 and 1, and what it is."""
    cancel: Callable[[], bool] | None = None
    """Whether long work is to end before it is done; None where nobody can say so."""
    carrier: Carrier | None = None
    """Who takes conversations out and brings them in; this process when None."""

    def tell(self, fraction: float, what: str) -> None:
        """Tell how far long work has come, where somebody listens."""
        if self.progress is not None:
            self.progress(fraction, what)

    def cancelled(self) -> bool:
        """Whether long work is to end."""
        return self.cancel is not None and self.cancel()

    def say(self, words: str) -> str:
        """A command as it is typed at this door: `/open x`, `%squid /open x`, `squid-nb open x`."""
        return f"{_PREFIXES[self.door]}{words}"


@dataclass(frozen=True, slots=True)
class Result:
    """What a verb shows, in the form each door likes best."""

    text: str
    markdown: str
    table: Table | None = None
    frame: Callable[[], Any] | None = None
    """Makes the pandas DataFrame behind it; a function, because pandas takes long to import."""
    output: str | None = None
    """Name of the variable that gets the DataFrame."""
    failed: bool = False
    """Whether a program that called should take it for a failure."""
    records: Sequence[Mapping[str, Any]] | None = None
    """The same for programs, where a table for people has signs and rounded numbers; JSON-ready."""


@dataclass(frozen=True, slots=True)
class Question:
    """A verb that asks the model: the door streams the answer in its own way."""

    prompt: str
    options: Options
    form: Literal["markdown", "text", "code", "json"] = "markdown"
    output: str | None = None
    """Name of the variable that gets the answer."""
    stream: bool = True
    dry_run: bool = False
    """Show what would be sent, and send nothing."""


Run: TypeAlias = Callable[["Squid", Namespace, Context], Result | Question]


@dataclass(frozen=True, slots=True)
class Verb:
    """One entry of the table."""

    name: str
    summary: str
    run: Run
    arguments: tuple[Argument, ...] = ()
    doors: frozenset[Door] = DOORS
    verbatim: str = ""
    """Name of the argument that takes the rest of the line byte for byte."""


@dataclass(frozen=True, slots=True)
class Match:
    """One completion: what is put in, what is shown, and what it is."""

    text: str
    label: str
    type: Literal["verb", "option", "session", "model", "variable", "path", "choice", "setting"]


@dataclass(frozen=True, slots=True)
class Completions:
    """What fits between `start` and `end` of the text."""

    start: int
    end: int
    matches: tuple[Match, ...] = ()
