"""Keeps a widget's messages on the kernel subshell that the browser sends them to."""

from __future__ import annotations

from typing import Any

__all__ = ["stay_on_subshell"]


def stay_on_subshell(widget: Any) -> None:
    """Let the browser's messages be handled where the browser says, while a cell runs too.

    ipykernel (since 7.3) routes whatever a comm receives to the shell from which it sent last, so that a cell can wait
    for a widget's reply. What we send comes from our own thread and often belongs to a running cell: one such message,
    and everything the browser says next would wait until the cell has ended.
    """
    comm: Any = getattr(widget, "comm", None)
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_addressed


def _as_addressed(_data: Any, addressed: str | None) -> str | None:
    return addressed
