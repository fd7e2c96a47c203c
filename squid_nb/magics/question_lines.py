"""`%squid Why is this slow?` is a question, not a request for help on `slow`.

IPython takes every line that ends in `?` for such a request. These transformers come before that one, for lines that
begin with `%squid` and some words; `%squid?` still shows help.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import EscapedCommand, MagicAssign, TokenTransformBase

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "remove"]

_QUESTION = re.compile(r"%squid[ \t]+\S.*\?\s*$")


class _Question(EscapedCommand):
    """As in `%squid Why?`."""

    priority = 1

    @classmethod
    def find(cls, tokens_by_line: Any) -> Any:
        found = _first(EscapedCommand, tokens_by_line)
        return cls((found[0] + 1, found[1])) if found else None


class _AssignedQuestion(MagicAssign):
    """As in `x = %squid Why?`."""

    priority = 1
    column = 0

    @classmethod
    def find(cls, tokens_by_line: Any) -> Any:
        found = _first(MagicAssign, tokens_by_line)
        if found is None:
            return None
        # A request for help begins where the line does, and whatever begins first is transformed first.
        transformer = cls((found[0] + 1, 0))
        transformer.column = found[1]
        return transformer

    def transform(self, lines: list[str]) -> Any:
        self.start_col = self.column
        return super().transform(lines)


def _first(general: type[TokenTransformBase], tokens_by_line: Any) -> tuple[int, int] | None:
    """Line and column of the first command that the general transformer takes and that is a question to squid."""
    for line in tokens_by_line:
        found = general.find([line])  # type: ignore[no-untyped-call]  # IPython leaves it untyped
        if found is not None and _QUESTION.match(line[0].line[found.start_col :]):
            return found.start_line, found.start_col
    return None


def install(shell: InteractiveShell) -> None:
    """Let questions end in a question mark."""
    shell.input_transformer_manager.token_transformers[:0] = [_Question, _AssignedQuestion]


def remove(shell: InteractiveShell) -> None:
    """Undo `install`; nothing happens when it is not installed."""
    manager = shell.input_transformer_manager
    manager.token_transformers = [one for one in manager.token_transformers if one.__module__ != __name__]
