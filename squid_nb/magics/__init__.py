"""`%squid` and `%%squid`: the door for IPython, with or without a notebook around it.

Loading is silent and can be repeated: it registers one magic, one completion matcher and one input transformer, adds
no names and no exception hooks, and unloading takes all of it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import NotebookAnswer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["NotebookAnswer", "load", "unload"]


def load(shell: InteractiveShell) -> None:
    """What `%load_ext squid_nb` does."""
    from . import question_lines, shown_once, tab
    from .magic import SquidMagics

    unload(shell)
    shell.register_magics(SquidMagics(shell))
    tab.install(shell)
    question_lines.install(shell)
    shown_once.install(shell)


def unload(shell: InteractiveShell) -> None:
    """What `%unload_ext squid_nb` does."""
    from . import question_lines, shown_once, tab
    from .magic import SquidMagics

    shown_once.remove(shell)
    question_lines.remove(shell)
    tab.remove(shell)
    for kind in ("line", "cell"):
        registered = shell.magics_manager.magics[kind].get("squid")
        if isinstance(getattr(registered, "__self__", None), SquidMagics):
            del shell.magics_manager.magics[kind]["squid"]
    shell.magics_manager.registry.pop(SquidMagics.__name__, None)
