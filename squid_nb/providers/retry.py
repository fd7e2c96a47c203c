"""How long to wait before asking again, and when not to. Only for requests of which nothing has arrived yet."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["MAX_TRIES", "in_words", "is_temporary", "retry_after", "seconds_to_wait"]

MAX_TRIES = 4
LONGEST_WAIT_S = 60.0
_FIRST_WAIT_S = 0.5


def is_temporary(status: int) -> bool:
    """Whether the same request may succeed a little later. 501 and the like never do."""
    return status in (408, 429, 500, 502, 503, 504, 529)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds an endpoint asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as an HTTP date."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "").strip()
        if value.replace(".", "", 1).isdigit():
            return float(value)
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def in_words(seconds: float) -> str:
    """A duration for a sentence."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.0f} hours"


def seconds_to_wait(attempt: int, headers: Mapping[str, str]) -> float | None:
    """The pause after failed attempt number `attempt` (from 1), or None to give up.

    An endpoint that wants more than a minute is not waited for: the person decides.
    """
    if attempt >= MAX_TRIES:
        return None
    asked = retry_after(headers)
    if asked is not None:
        return asked if asked <= LONGEST_WAIT_S else None
    # Jitter: several notebooks that were refused together do not come back together.
    return float(_FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
