"""`fix`: the last exception of the kernel, with its traceback and the cell that raised it, as a question."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from argparse import Namespace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..attach import secrets
from ..errors import InvalidInput
from ..records import NewSource
from .ask import ASK_ARGUMENTS, question_from
from .verb import Argument, Context, Question, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["FIX"]

_LENGTH = 6000
_FRAMES = 12
_CELL_FILE = re.compile(r"^<ipython-input-|[/\\]ipykernel_\d+[/\\]|^<stdin>$|^<string>$")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _fix(squid: Squid, args: Namespace, context: Context) -> Question:
    error = _last_exception()
    sources = [_source("traceback", _traceback_text(error))]
    cell = _cell_of(error)
    if cell:
        sources.append(_source("failing cell", cell))
    words = " ".join(args.note)
    prompt = (
        f"My code raised {type(error).__name__}. The traceback{' and the cell' if cell else ''} are attached. "
        f"Explain in a few words what went wrong, then show the corrected code.{' ' + words if words else ''}"
    )
    question = question_from(squid, prompt, args, context)
    question.options["sources"] = [*sources, *question.options["sources"]]
    return question


def _last_exception() -> BaseException:
    # sys.last_exc came with Python 3.12; interactive shells set last_value in every version.
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    # An answer that was stopped is no mistake of theirs.
    if not isinstance(error, BaseException) or type(error).__name__ in {"UsageError", "Stopped"}:
        raise InvalidInput("No exception has been raised in this kernel.", "Run the failing cell, then try again.")
    return error


def _traceback_text(error: BaseException) -> str:
    """The traceback from the person's own frames on, without the shell's frames above them."""
    told = traceback.TracebackException(type(error), error, _first_own(error.__traceback__), limit=-_FRAMES)
    return _ANSI.sub("", "".join(told.format()))


def _first_own(trace: TracebackType | None) -> TracebackType | None:
    found = trace
    while found is not None and not _CELL_FILE.search(found.tb_frame.f_code.co_filename):
        found = found.tb_next
    return found or trace


def _cell_of(error: BaseException) -> str | None:
    """The source of the cell nearest to where it was raised; a syntax error names its cell itself."""
    names = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        names.append(error.filename)
    for name in reversed(names):
        if _CELL_FILE.search(name):
            return "".join(linecache.getlines(name)) or None
    return None


def _source(name: str, text: str) -> NewSource:
    if len(text) > _LENGTH:
        # The end of a traceback says what happened, the beginning where it started.
        text = f"{text[: _LENGTH // 3]}\n…\n{text[-_LENGTH * 2 // 3 :]}"
    text = secrets.mask(text).replace(str(Path.home()), "~")
    return NewSource(kind="cell", name=name, mime_type="text/plain", data=text.encode("utf-8", "replace"), text=text)


FIX = Verb(
    "fix",
    "Explain the last exception and show a correction.",
    _fix,
    (*ASK_ARGUMENTS, Argument(("note",), "what else the model should know", many="*")),
    doors=frozenset({"magic", "composer"}),
)
