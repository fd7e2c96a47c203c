"""How often one person may ask: a bucket of tokens that fills at `performance.rate_limit_requests_per_minute`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

__all__ = ["Rates"]

_KEPT = 10_000
"""Buckets that are remembered; beyond that, the full ones are forgotten."""


class Rates:
    """The buckets of everybody.

    Parameters
    ----------
    clock
        Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, *, per_minute: int) -> int:
        """Take one token; 0 when there was one, else the seconds until there is."""
        now = self._clock()
        tokens, seen = self._buckets.get(name, (float(per_minute), now))
        # A quiet minute earns a minute's worth of requests, which may then come all at once.
        tokens = min(float(per_minute), tokens + (now - seen) * per_minute / 60)
        allowed = tokens >= 1
        self._buckets[name] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _KEPT:
            self._forget(now, per_minute)
        return 0 if allowed else max(1, math.ceil((1 - tokens) * 60 / per_minute))

    def _forget(self, now: float, per_minute: int) -> None:
        full = [
            name
            for name, (tokens, seen) in self._buckets.items()
            if tokens + (now - seen) * per_minute / 60 >= per_minute
        ]
        for name in full:
            del self._buckets[name]
