"""The person's own variables, without what IPython itself puts into the namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["own_names"]

_NOTHING = object()


def own_names(shell: InteractiveShell) -> dict[str, Any]:
    """Variables of the kernel: what was there before the first cell, such as `exit` and `In`, is not among them."""
    hidden = shell.user_ns_hidden
    return {name: value for name, value in shell.user_ns.items() if hidden.get(name, _NOTHING) is not value}
