"""In a terminal an answer has been written when the magic returns it; `Out[3]:` with nothing behind it is not.

IPython writes that prompt before it looks at what it is to show, so an answer that is shown already goes past its
display hook: into `_` and `Out`, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answer import NotebookAnswer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "remove"]


class _Hook:
    """The shell's display hook, except for answers that are shown already."""

    def __init__(self, shell: InteractiveShell, hook: Any) -> None:
        self.hook = hook
        self._shell = shell

    def __call__(self, result: object = None) -> None:
        if not isinstance(result, NotebookAnswer) or not result.is_shown_in(self._shell.execution_count):
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


def remove(shell: InteractiveShell) -> None:
    """Undo `install`."""
    if isinstance(shell.display_trap.hook, _Hook):
        shell.display_trap.hook = shell.display_trap.hook.hook
