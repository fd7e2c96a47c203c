"""The entry-point group `squid_nb.context`: how a kind of variable becomes text for a model.

A plugin is a function `(value, *, token_budget) -> str | None`; None means it is not for this value. A broken plugin
is a warning, never a question that cannot be asked.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, TypeAlias

__all__ = ["GROUP", "describe_with_plugins"]

GROUP = "squid_nb.context"

Describer: TypeAlias = Callable[..., "str | None"]


def describe_with_plugins(value: Any, *, token_budget: int) -> str | None:
    """What the first plugin that knows this value says of it."""
    for name, describe in _describers():
        try:
            text = describe(value, token_budget=token_budget)
        except Exception as error:  # noqa: BLE001 - code of a plugin may raise anything
            _warn(name, error)
            continue
        if text is not None:
            return str(text)
    return None


@lru_cache(maxsize=1)
def _describers() -> tuple[tuple[str, Describer], ...]:
    found: list[tuple[str, Describer]] = []
    for point in entry_points(group=GROUP):
        try:
            found.append((point.name, point.load()))
        except Exception as error:  # noqa: BLE001 - importing a plugin may raise anything
            _warn(point.name, error)
    return tuple(found)


def _warn(name: str, error: Exception) -> None:
    warnings.warn(f"The {GROUP} plugin {name!r} is broken and is left out: {error}", RuntimeWarning, stacklevel=3)
