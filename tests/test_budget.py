"""Caps: what counts against them, when they warn, and that a hard one stops a loop before the model is called."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.errors import BudgetExceeded, ConfigError
from squid_nb.events import Failed, Finished, Notice, Started, Used
from squid_nb.records import Answer, Usage
from squid_nb.squid import Squid

PRICED = "https://api.example.org"


@pytest.fixture
def provider() -> Scripted:
    return Scripted("An answer.", Used(3, 4))


@pytest.fixture
def squid(tmp_path: Path, provider: Scripted) -> Iterator[Squid]:
    with Squid(Config().replace({"database.path": tmp_path / "squid.duckdb"}), "ada", provider=provider) as squid:
        yield squid


def spend(squid: Squid, at: datetime | None = None, **changes: Any) -> None:
    """One call in the ledger."""
    values = {
        "input_tokens": 60, "output_tokens": 40, "reasoning_tokens": None, "cached_tokens": None, "cost_usd": 0.5,
        "method": "measured", "host": PRICED, "session_id": squid.sessions.create("spent").id, **changes,
    }  # fmt: skip
    squid.store.usage.add(
        Usage(
            id="",
            message_id="01890a5d-ac96-774b-bcce-b302099a8057",
            user_id=values.pop("user_id", squid.user.id),
            provider="openai",
            model="m",
            door="python",
            first_token_ms=None,
            duration_ms=None,
            created_at=at or datetime.now(UTC),
            **values,
        )
    )


def refusal(squid: Squid, **options: Any) -> BudgetExceeded:
    with pytest.raises(BudgetExceeded) as caught:
        squid.ask("Q", **options)
    return caught.value


def test_a_loop_of_ten_thousand_calls_stops_at_the_cap(squid: Squid, provider: Scripted) -> None:
    squid.configure("budget.hard_day_tokens", 70)
    answers: list[str] = []

    def ask_on() -> None:
        for _ in range(10_000):
            answers.append(squid.ask("Q").text)

    with pytest.raises(BudgetExceeded) as caught:
        ask_on()
    assert len(answers) == len(provider.requests) == 10
    assert caught.value.message == (
        "The question was not sent, because today's hard cap of 70 tokens is reached: 70 tokens are used."
    )
    assert caught.value.hint == "Raise budget.hard_day_tokens, or wait until tomorrow."
    assert len(squid.history.messages()) == 20  # the refused question is not stored either


def test_without_caps_the_ledger_is_not_asked(squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    spent = type(squid.store.usage).spent

    def spy(*given: Any, **named: Any) -> Any:
        asked.append(named)
        return spent(*given, **named)

    monkeypatch.setattr(type(squid.store.usage), "spent", spy)
    squid.ask("Q")
    assert asked == []
    squid.configure("budget.soft_month_usd", 5)
    squid.ask("Q")
    assert len(asked) == 1


def test_a_session_has_its_own_cap(squid: Squid, provider: Scripted) -> None:
    squid.configure("budget.hard_session_tokens", 7)
    session = squid.ask("Q").session_id
    error = refusal(squid, session=session)
    assert "this session's hard cap of 7 tokens" in error.message
    assert error.hint == "Raise budget.hard_session_tokens, or start a new session."
    squid.ask("Q")
    assert len(provider.requests) == 2


def test_dollars_count_and_the_cap_itself_is_the_end(squid: Squid) -> None:
    squid.configure("budget.hard_month_usd", 1)
    spend(squid)
    squid.ask("Q")
    spend(squid)
    assert "this month's hard cap of $1.00 is reached: $1.00 is used." in refusal(squid).message


def test_an_unknown_cost_is_said_and_local_calls_have_none(squid: Squid) -> None:
    squid.configure("budget.hard_day_usd", 0.5)
    spend(squid)
    spend(squid, cost_usd=None)
    spend(squid, cost_usd=None)
    spend(squid, cost_usd=None, host="http://127.0.0.1:11434")
    spend(squid, cost_usd=None, host="in process")
    assert refusal(squid).message.endswith(": $0.50 is used, and the cost of 2 calls is unknown.")
    squid.configure_all({"budget.hard_day_usd": None, "budget.hard_day_tokens": 500})
    assert refusal(squid).message.endswith(": 500 tokens are used.")


def test_tokens_that_nobody_counted_are_said_and_estimates_marked(squid: Squid) -> None:
    squid.configure("budget.hard_day_tokens", 100)
    spend(squid, method="estimated")
    spend(squid, input_tokens=None, output_tokens=None, method="unknown")
    assert refusal(squid).message.endswith(": about 100 tokens are used, and the size of 1 call is unknown.")


def test_days_and_months_are_those_of_the_persons_clock(squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        # 23:30 on 31 March in New York; in UTC it is April already.
        now = datetime(2026, 4, 1, 3, 30, tzinfo=UTC)
        squid._budgets.clock = lambda: now
        squid.configure("budget.hard_day_tokens", 100)
        spend(squid, at=now - timedelta(hours=20))
        assert "today's" in refusal(squid).message
        now = datetime(2026, 4, 1, 4, 1, tzinfo=UTC)
        squid.ask("Q")
        squid.configure_all({"budget.hard_day_tokens": None, "budget.hard_month_tokens": 100})
        squid.ask("Q")
        now = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
        assert refusal(squid).hint == "Raise budget.hard_month_tokens, or wait until April."
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_others_use_does_not_count(squid: Squid) -> None:
    squid.configure("budget.hard_day_tokens", 100)
    spend(squid, user_id=squid.store.users.ensure("bob").id)
    squid.ask("Q")


def test_a_soft_cap_warns_once_and_the_question_is_answered(squid: Squid) -> None:
    squid.configure("budget.soft_day_usd", 0.5)
    spend(squid)
    first, second = list(squid.stream("Q")), list(squid.stream("Q"))
    assert [event.text for event in first if isinstance(event, Notice)] == [
        "Today's soft cap of $0.50 is reached: $0.50 is used (budget.soft_day_usd)."
    ]
    assert isinstance(first[0], Started)
    assert isinstance(first[-1], Finished)
    assert not any(isinstance(event, Notice) for event in second)


def test_calls_at_once_do_not_all_go_over_a_cap(squid: Squid, provider: Scripted) -> None:
    gate = threading.Event()
    provider.scripts = [("An answer.", Used(3, 4)), ("An ", gate, "answer.", Used(3, 4))]
    squid.ask("Q")
    squid.configure("budget.hard_day_tokens", 30)

    async def ask_ten() -> list[BaseException | Answer]:
        asked = [asyncio.ensure_future(squid.aask("Q")) for _ in range(10)]
        for number, done in enumerate(asyncio.as_completed(asked), start=1):
            with contextlib.suppress(BudgetExceeded):
                await done
            if number == 6:  # those that were let through wait for it
                gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask_ten())
    # 7 of 30 tokens are used: 14, 21 and 28 are expected when one, two and three more are under way, then 35.
    refused = [answer for answer in answers if isinstance(answer, BudgetExceeded)]
    assert (len(refused), len(provider.requests)) == (6, 5)
    assert refused[0].message.endswith(
        "may be reached by what is under way: 7 tokens are used, and 4 calls have not ended yet."
    )
    assert refused[0].hint == "Ask again when they have ended, or raise budget.hard_day_tokens."
    assert "is reached: 35 tokens are used." in refusal(squid).message


def test_what_is_under_way_in_another_process_counts_and_a_dead_one_does_not(squid: Squid) -> None:
    squid.ask("Q")
    squid.configure("budget.hard_day_tokens", 14)
    session = squid.sessions.create("Elsewhere").id
    turn = squid.store.open_turn(session_id=session, question="Q", user_id=squid.user.id)
    parent = psutil.Process(os.getppid())
    change = "update messages set writer_pid = ?, writer_started = ? where id = ?"
    with squid.store.database.lease() as connection:
        connection.execute(change, [parent.pid, parent.create_time(), turn.answer.id])
    error = refusal(squid)
    assert error.message.endswith("7 tokens are used, and 1 call has not ended yet.")
    assert error.hint == "Ask again when it has ended, or raise budget.hard_day_tokens."
    assert squid.store.usage.under_way_elsewhere(squid.store.users.ensure("bob").id) == []
    with squid.store.database.lease() as connection:
        connection.execute(change, [parent.pid, 1.0, turn.answer.id])
    squid.ask("Q")


def test_a_refusal_is_an_event_of_a_stream_and_nothing_is_stored(squid: Squid) -> None:
    squid.configure("budget.hard_day_usd", 0)
    (event,) = squid.stream("Q")
    assert isinstance(event, Failed)
    assert event.error == "BudgetExceeded"
    assert squid.history.messages().empty


def test_a_stored_answer_costs_nothing_and_is_not_refused(squid: Squid, provider: Scripted) -> None:
    squid.ask("Q")
    squid.configure("budget.hard_day_tokens", 7)
    assert squid.ask("Q", cached=True).text == "An answer."
    assert len(provider.requests) == 1


@pytest.mark.parametrize(("key", "value"), [("hard_day_tokens", 0), ("soft_month_usd", -1), ("hard_day_usd", "much")])
def test_a_cap_that_makes_no_sense_is_a_config_error(squid: Squid, key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"budget.{key}"):
        squid.configure(f"budget.{key}", value)
