"""Caps on what is spent: soft ones warn, hard ones refuse before the model is called.

Off unless `[budget]` sets one, and then one query of the ledger a question. A call is refused once a cap is reached, so
the last one before may go over it. What a call cost may be unknown; that is said, and caps in tokens still hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from .endpoint import is_loopback
from .errors import BudgetExceeded
from .store import Store
from .store.ledger import Spent

if TYPE_CHECKING:
    from .config_sections import Budget

__all__ = ["Budgets"]

Scope: TypeAlias = Literal["session", "day", "month"]
Unit: TypeAlias = Literal["usd", "tokens"]
_SCOPES: tuple[Scope, ...] = ("session", "day", "month")
_UNITS: tuple[Unit, ...] = ("usd", "tokens")
_SPOKEN: dict[Scope, str] = {"session": "this session's", "day": "today's", "month": "this month's"}


@dataclass(frozen=True, slots=True)
class _Cap:
    scope: Scope
    unit: Unit
    limit: float
    is_hard: bool

    @property
    def key(self) -> str:
        return f"budget.{'hard' if self.is_hard else 'soft'}_{self.scope}_{self.unit}"


@dataclass(frozen=True, slots=True)
class _Used:
    """What counts against a cap: how much is known, and how many calls are not."""

    amount: float
    unknown: int = 0
    estimated: int = 0


@dataclass
class Budgets:
    """The caps of one person, and which warnings were given already."""

    store: Store
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _warned: set[tuple[object, ...]] = field(default_factory=set)

    async def check(self, budget: Budget, *, user_id: str, session_id: str | None) -> list[str]:
        """Sentences about soft caps that are newly reached.

        Raises
        ------
        BudgetExceeded
            When a hard cap is reached: which one, how much is used, and what to do.
        """
        caps = _caps(budget)
        if not caps:
            return []
        day = self.clock().astimezone().date()
        spent = await asyncio.to_thread(
            self.store.usage.spent,
            user_id=user_id,
            session_id=session_id,
            day=_begin(datetime.combine(day, time.min)),
            month=_begin(datetime.combine(day.replace(day=1), time.min)),
        )
        warnings = []
        for cap in caps:
            used = _used(cap, spent)
            if used.amount < cap.limit:
                continue
            if cap.is_hard:
                raise BudgetExceeded(_refusal(cap, used), _remedy(cap, day.month))
            once = (cap, {"session": session_id, "day": day, "month": (day.year, day.month)}[cap.scope])
            if once not in self._warned:
                self._warned.add(once)
                warnings.append(_warning(cap, used))
        return warnings


def _begin(local: datetime) -> datetime:
    """A local time as an instant; where the clocks change, the zone's own rules say which."""
    return local.astimezone(UTC)


def _caps(budget: Budget) -> list[_Cap]:
    """Those that are set, hard ones first."""
    return [
        _Cap(scope, unit, limit, is_hard)
        for is_hard in (True, False)
        for scope in _SCOPES
        for unit in _UNITS
        if (limit := getattr(budget, f"{'hard' if is_hard else 'soft'}_{scope}_{unit}")) is not None
    ]


def _used(cap: _Cap, spent: Sequence[Spent]) -> _Used:
    rows = [row for row in spent if row.scope == cap.scope]
    if cap.unit == "tokens":
        return _Used(
            sum(row.tokens for row in rows),
            unknown=sum(row.calls_without_tokens for row in rows),
            estimated=sum(row.estimated for row in rows),
        )
    # A model on this machine has no price and costs nothing; elsewhere a missing price is an unknown one.
    return _Used(
        sum(row.cost_usd for row in rows),
        unknown=sum(row.calls_without_cost for row in rows if "://" in row.host and not is_loopback(row.host)),
        estimated=sum(row.estimated for row in rows if row.cost_usd),
    )


def _refusal(cap: _Cap, used: _Used) -> str:
    return (
        f"The question was not sent, because {_SPOKEN[cap.scope]} hard cap of {_amount(cap.limit, cap.unit)} is "
        f"reached: {_told(cap, used)}."
    )


def _warning(cap: _Cap, used: _Used) -> str:
    return (
        f"{_SPOKEN[cap.scope].capitalize()} soft cap of {_amount(cap.limit, cap.unit)} is reached: {_told(cap, used)} "
        f"({cap.key})."
    )


def _told(cap: _Cap, used: _Used) -> str:
    about = "about " if used.estimated else ""
    calls = f"{used.unknown:,} call{'s' if used.unknown > 1 else ''}"
    what = "cost" if cap.unit == "usd" else "size"
    unknown = f", and the {what} of {calls} is unknown" if used.unknown else ""
    return f"{about}{_amount(used.amount, cap.unit)} {'is' if cap.unit == 'usd' else 'are'} used{unknown}"


def _amount(value: float, unit: Unit) -> str:
    if unit == "tokens":
        return f"{value:,.0f} tokens"
    return f"${value:,.2f}" if value >= 1 else f"${value:.4f}".rstrip("0").ljust(5, "0")


def _remedy(cap: _Cap, month: int) -> str:
    following = (datetime(2000, month, 1) + timedelta(days=31)).strftime("%B")  # noqa: DTZ001  # only its name
    instead = {
        "session": "start a new session",
        "day": "wait until tomorrow",
        "month": f"wait until {following}",
    }[cap.scope]
    return f"Raise {cap.key}, or {instead}."
