"""Our lines in the server's log: Jupyter writes down what its own logger is told, and no other's words."""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["join"]


def join(log: logging.Logger) -> Callable[[], None]:
    """Send the package's lines where the server's go, from its level up; the returned function ends that."""
    ours = logging.getLogger(__package__.partition(".")[0])
    before = ours.level
    # Whoever has set up logging already, as in `logging_config`, gets the lines without us, and would get them twice.
    added = [] if ours.hasHandlers() else list(log.handlers)
    for handler in added:
        ours.addHandler(handler)
    if before == logging.NOTSET:
        ours.setLevel(log.getEffectiveLevel())

    def leave() -> None:
        for handler in added:
            ours.removeHandler(handler)
        ours.setLevel(before)

    return leave
