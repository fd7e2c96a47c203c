"""Caps on what is spent: soft ones warn, hard ones refuse before the model is called.

Off unless `[budget]` sets one, and then one look at the ledger a question. A call is refused once a cap is reached, so
the last one before may go over it. Calls under way, here or in other processes, count with what one took on average, so
that many at once do not all go over it. What a call cost may be unknown; that is said, and caps in tokens still hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from .endpoint import is_loopback
from .errors import BudgetExceeded
from .store import Store
from .store.ledger import Spent

if TYPE_CHECKING:
    from .config_sections import Budget

__all__ = ["Admission", "Budgets"]

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
    under_way: int = 0
    """Calls that have not ended yet."""
    average: float = 0.0
    """What a call took this month."""

    @property
    def expected(self) -> float:
        """What will be used when the calls under way have ended."""
        return self.amount + self.under_way * self.average


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that may be made; it counts as one under way until the `async with` around it ends."""

    warnings: list[str]
    _leave: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Admission:
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._leave()


@dataclass
class _Gate:
    """Where the calls of one person in this process pass, one after the other, whichever `Squid` makes them."""

    under_way: dict[object, str | None] = field(default_factory=dict)
    """The session of each call that has been let through."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_GATES: dict[tuple[Path, str], _Gate] = {}


@dataclass
class Budgets:
    """The caps of one person, and which warnings were given already."""

    store: Store
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _warned: set[tuple[object, ...]] = field(default_factory=set)

    async def admit(self, budget: Budget, *, user_id: str, session_id: str | None) -> Admission:
        """Let a call through, with sentences about soft caps that are newly reached.

        Raises
        ------
        BudgetExceeded
            When a hard cap is reached, or would be by the calls under way: which one, how much is used, what to do.
        """
        caps = _caps(budget)
        if not caps:
            return Admission([])
        gate = _GATES.setdefault((self.store.path, user_id), _Gate())
        async with gate.lock:  # of calls at once, each sees those that were let through before it
            day = self.clock().astimezone().date()
            here = list(gate.under_way.values())  # read first, as in `_standing`
            spent, elsewhere = await asyncio.to_thread(self._standing, user_id, session_id, day)
            warnings = self._judge(caps, spent, [*here, *elsewhere], session_id, day)
            ticket = object()
            gate.under_way[ticket] = session_id
        return Admission(warnings, lambda: gate.under_way.__delitem__(ticket))

    def _standing(self, user_id: str, session_id: str | None, day: date) -> tuple[list[Spent], list[str]]:
        # Read first: a call that ends in between is counted twice rather than not at all.
        elsewhere = self.store.usage.under_way_elsewhere(user_id)
        spent = self.store.usage.spent(
            user_id=user_id,
            session_id=session_id,
            day=_begin(datetime.combine(day, time.min)),
            month=_begin(datetime.combine(day.replace(day=1), time.min)),
        )
        return spent, elsewhere

    def _judge(
        self,
        caps: Sequence[_Cap],
        spent: Sequence[Spent],
        under_way: Sequence[str | None],
        session_id: str | None,
        day: date,
    ) -> list[str]:
        warnings = []
        for cap in caps:
            same = [one for one in under_way if cap.scope != "session" or (one is not None and one == session_id)]
            used = _used(cap, spent, len(same))
            if cap.is_hard and used.expected >= cap.limit:
                raise BudgetExceeded(_refusal(cap, used), _remedy(cap, used, day.month))
            once = (cap, {"session": session_id, "day": day, "month": (day.year, day.month)}[cap.scope])
            if used.amount >= cap.limit and once not in self._warned:
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


def _used(cap: _Cap, spent: Sequence[Spent], under_way: int) -> _Used:
    rows = [row for row in spent if row.scope == cap.scope]
    known, calls = _known(cap.unit, [row for row in spent if row.scope == "month"])
    average = known / calls if calls else 0.0
    amount, _ = _known(cap.unit, rows)
    if cap.unit == "tokens":
        unknown = sum(row.calls_without_tokens for row in rows)
        return _Used(amount, unknown, sum(row.estimated for row in rows), under_way, average)
    # A model on this machine has no price and costs nothing; elsewhere a missing price is an unknown one.
    unknown = sum(row.calls_without_cost for row in rows if "://" in row.host and not is_loopback(row.host))
    return _Used(amount, unknown, sum(row.estimated for row in rows if row.cost_usd), under_way, average)


def _known(unit: Unit, rows: Sequence[Spent]) -> tuple[float, int]:
    """What is known to be used, and by how many calls."""
    if unit == "tokens":
        return sum(row.tokens for row in rows), sum(row.calls - row.calls_without_tokens for row in rows)
    return sum(row.cost_usd for row in rows), sum(row.calls - row.calls_without_cost for row in rows)


def _refusal(cap: _Cap, used: _Used) -> str:
    reached = "is reached" if used.amount >= cap.limit else "may be reached by what is under way"
    return (
        f"The question was not sent, because {_SPOKEN[cap.scope]} hard cap of {_amount(cap.limit, cap.unit)} "
        f"{reached}: {_told(cap, used)}."
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
    said = f"{about}{_amount(used.amount, cap.unit)} {'is' if cap.unit == 'usd' else 'are'} used{unknown}"
    if not cap.is_hard or used.amount >= cap.limit:
        return said
    return f"{said}, and {used.under_way:,} call{'s have' if used.under_way > 1 else ' has'} not ended yet"


def _amount(value: float, unit: Unit) -> str:
    if unit == "tokens":
        return f"{value:,.0f} tokens"
    return f"${value:,.2f}" if value >= 1 else f"${value:.4f}".rstrip("0").ljust(5, "0")


def _remedy(cap: _Cap, used: _Used, month: int) -> str:
    if used.amount < cap.limit:
        return f"Ask again when {'it has' if used.under_way == 1 else 'they have'} ended, or raise {cap.key}."
    following = (datetime(2000, month, 1) + timedelta(days=31)).strftime("%B")  # noqa: DTZ001  # only its name
    instead = {
        "session": "start a new session",
        "day": "wait until tomorrow",
        "month": f"wait until {following}",
    }[cap.scope]
    return f"Raise {cap.key}, or {instead}."
