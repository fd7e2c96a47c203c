"""Points in time as people type them: `2026`, `2026-01`, `2026-01-31`, `today`, `yesterday`, `7d`, `2w`, `3m`, `1y`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from ..errors import InvalidInput

__all__ = ["When", "moment", "span"]

When: TypeAlias = datetime | date | str
"""A time, a day, or what people type."""

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def moment(when: When | None, *, end: bool) -> datetime | None:
    """The bound that was meant; a day or a month as `end` is included.

    Raises
    ------
    InvalidInput
        When it is no date.
    """
    if when is None or isinstance(when, datetime):
        return when.astimezone() if when is not None else None
    period = span(when.isoformat() if isinstance(when, date) else when)
    if period is None:
        raise InvalidInput(f"{when!r} is no date.", "Write one as 2026-01-31, 2026-01, yesterday or 7d.")
    return (period[1] - datetime.resolution) if end else period[0]


def span(typed: str, *, today: date | None = None) -> tuple[datetime, datetime] | None:
    """The beginning of what was typed and of what comes after it, in the person's zone; None when it is no date.

    `7d` is the day seven days ago; months and years ago are of 30 and 365 days.
    """
    today = today or date.today()  # noqa: DTZ011  # the day it is for the person
    text = typed.strip().lower()
    if text in {"today", "yesterday"}:
        first = today - timedelta(days=text == "yesterday")
        return _days(first, first + timedelta(days=1))
    ago, dated = _AGO.fullmatch(text), _DATE.fullmatch(text)
    try:
        if ago:
            first = today - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
            return _days(first, first + timedelta(days=1))
        return _dated(*(int(part) if part else None for part in dated.groups())) if dated else None
    except (ValueError, OverflowError, OSError):
        # Such as 2026-02-30, or a year before the platform's time zones.
        return None


def _dated(year: int | None, month: int | None, day: int | None) -> tuple[datetime, datetime]:
    first = date(year or 0, month or 1, day or 1)
    if day:
        return _days(first, first + timedelta(days=1))
    if month:
        return _days(first, date(first.year + month // 12, month % 12 + 1, 1))
    return _days(first, date(first.year + 1, 1, 1))


def _days(first: date, after: date) -> tuple[datetime, datetime]:
    return _midnight(first), _midnight(after)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
