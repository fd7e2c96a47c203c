"""How far a command has come: one line in a notebook that is updated, and gone when the result is shown."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["progress_for"]

_INTERVAL_S = 0.1


def progress_for(shell: InteractiveShell, *, silent: bool = False) -> Callable[[float, str], None] | None:
    """What to tell how far something has come; None where a line cannot be replaced."""
    # Kernels have one; IPython in a terminal would print every update below the last one.
    if silent or getattr(shell, "kernel", None) is None:
        return None
    return _Line(shell)


class _Line:
    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._display_id = uuid.uuid4().hex
        self._shown_at: float | None = None

    def __call__(self, fraction: float, what: str) -> None:
        at = time.monotonic()
        if fraction >= 1:
            if self._shown_at is not None:
                self._publish("")
                self._shown_at = None
        elif self._shown_at is None or at - self._shown_at >= _INTERVAL_S:
            self._publish(f"{what} {fraction:.0%}")
            self._shown_at = at

    def _publish(self, words: str) -> None:
        publisher: Any = self._shell.display_pub
        publisher.publish(
            {"text/plain": words}, transient={"display_id": self._display_id}, update=self._shown_at is not None
        )
