"""Pieces of text travel together, everything else at once, and nothing changes its order."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from squid_nb.conversing.outbox import Outbox
from squid_nb.events import Delta, Event, Notice, Reasoning

PIECES = st.lists(
    st.one_of(
        st.builds(Delta, st.text(min_size=1)),
        st.builds(Reasoning, st.text(min_size=1)),
        st.builds(Notice, st.text()),
    )
)


def spelled(events: list[Any]) -> list[tuple[str, str]]:
    """What was said, with neighbouring pieces of one kind joined."""
    said: list[tuple[str, str]] = []
    for kind, text in events:
        if said and said[-1][0] == kind != "notice":
            said[-1] = (kind, said[-1][1] + text)
        else:
            said.append((kind, text))
    return said


@given(PIECES)
def test_nothing_is_lost_or_reordered(events: list[Event]) -> None:
    sent: list[tuple[int, dict[str, Any]]] = []

    async def send() -> None:
        outbox = Outbox(lambda seq, event: sent.append((seq, event)))
        for event in events:
            outbox.put(event)
        outbox.flush()

    asyncio.run(send())
    assert [seq for seq, _ in sent] == list(range(len(sent)))
    assert spelled([(event["type"], event["text"]) for _, event in sent]) == spelled(
        [(event.type, event.text) for event in events]  # type: ignore[union-attr]  # all of them have a text
    )


async def test_a_burst_of_tokens_is_a_few_messages() -> None:
    sent: list[dict[str, Any]] = []
    outbox = Outbox(lambda _, event: sent.append(event))
    for number in range(5000):
        outbox.put(Delta(f"{number} "))
    outbox.flush()
    assert len(sent) == 1


async def test_a_kept_piece_goes_out_by_itself() -> None:
    sent = asyncio.Event()
    outbox = Outbox(lambda *_: sent.set())
    outbox.put(Delta("a"))
    assert not sent.is_set()
    await asyncio.wait_for(sent.wait(), 10)
