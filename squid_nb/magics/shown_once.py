"""In a terminal an answer has been written when the magic returns it; `Out[3]:` with nothing behind it is not.

IPython writes that prompt before it looks at what it is to show, so an answer that is shown already goes past its
display hook: into `_` and `Out`, and nowhere else. So does a DataFrame of which a table for people has been shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .answer import NotebookAnswer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "remove", "show_table"]


class _Hook:
    """The shell's display hook, except for what is shown already."""

    def __init__(self, shell: InteractiveShell, hook: Any) -> None:
        self.hook = hook
        self.tabled: object = None
        self._shell = shell

    def __call__(self, result: object = None) -> None:
        tabled, self.tabled = self.tabled, None
        is_answer = isinstance(result, NotebookAnswer) and result.is_shown_in(self._shell.execution_count)
        if not is_answer and (result is None or result is not tabled):
            self.hook(result)
            return
        self.hook.check_for_underscore()
        if not self.hook.quiet():
            self.hook.update_user_ns(result)
            self.hook.fill_exec_result(result)


def install(shell: InteractiveShell) -> None:
    """Do so from the next cell on. A kernel sends no prompts of its own, and keeps its hook."""
    if getattr(shell, "kernel", None) is None:
        shell.display_trap.hook = _Hook(shell, shell.display_trap.hook)


def show_table(shell: InteractiveShell, text: str, frame: object) -> None:
    """Write a table for people instead of the DataFrame of which a terminal has no room for all columns."""
    hook = shell.display_trap.hook
    if isinstance(hook, _Hook):
        sys.stdout.write(f"{text}\n")
        hook.tabled = frame


def remove(shell: InteractiveShell) -> None:
    """Undo `install`."""
    if isinstance(shell.display_trap.hook, _Hook):
        shell.display_trap.hook = shell.display_trap.hook.hook
