"""Tab completion in `%squid` lines and `%%squid` cells."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ..commands import Completions, complete, complete_arguments, leading_options
from ..errors import SquidError
from ..squid import shared
from .magic import OPTIONS
from .names import own_names

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "remove"]

_IDENTIFIER = "squid_nb.magics.tab"
_LINE = re.compile(r"^\s*(?:[\w\s,.\[\]]+=\s*)?%squid[ \t]+")
_CELL = re.compile(r"^%%squid(?:[ \t]|$)")


def install(shell: InteractiveShell) -> None:
    """Offer verbs, options, sessions, models, variables and files after `%squid`."""
    completer = shell.Completer
    if completer is None:
        return

    @context_matcher(identifier=_IDENTIFIER)  # type: ignore[untyped-decorator]  # IPython leaves it untyped
    def squid_matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = _matches(context, own_names(shell))
        if found is None:
            return SimpleMatcherResult(completions=[], suppress=False)
        before = context.text_until_cursor
        fragment = before[len(before) - (found.end - found.start) :] if found.end > found.start else ""
        return SimpleMatcherResult(
            completions=[SimpleCompletion(text=match.text, type=match.type) for match in found.matches],
            matched_fragment=fragment,
            # A prompt is prose: Python's own names have no place in it.
            suppress=True,
            ordered=True,
        )

    completer.custom_matchers.append(squid_matcher)


def remove(shell: InteractiveShell) -> None:
    """Undo `install`; nothing happens when it is not installed."""
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", None) != _IDENTIFIER]


def _matches(context: CompletionContext, namespace: dict[str, Any]) -> Completions | None:
    """What fits at the cursor; None where the line is not ours."""
    before = context.text_until_cursor
    try:
        if _CELL.match(context.full_text):
            if context.cursor_line:
                return complete(shared(), before, len(before), namespace, door="magic")
            verb = before.partition("%%squid")[2].lstrip()
            if verb.startswith("/"):
                return complete(shared(), verb, None, namespace, door="magic")
            return complete_arguments(shared(), before, OPTIONS)
        line = _LINE.match(before)
        if line is None:
            return None
        typed = before[line.end() :]
        if not typed:
            return replace(complete(shared(), "/", None, namespace, door="magic"), start=0, end=0)
        if typed.startswith("/") or "@" in typed:
            taken, rest = leading_options(typed, OPTIONS)
            found = complete(shared(), rest if taken else typed, None, namespace, door="magic")
            if found.matches:
                return found
        return complete_arguments(shared(), typed, OPTIONS)
    except SquidError:
        # Settings that cannot be read are told when a question is asked, not at every key.
        return Completions(0, 0)
