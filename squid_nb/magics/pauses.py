"""Events with the pauses between them, so that what was held back can be shown while the model is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from ..events import Event

__all__ = ["with_pauses"]


async def with_pauses(source: AsyncGenerator[Event, None], *, seconds: float) -> AsyncGenerator[Event | None, None]:
    """The events of a source, and None whenever nothing has come for some seconds; leaving early closes the source."""
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    # One task walks the whole answer, because that is the one which somebody may stop.
    walking = asyncio.ensure_future(_walk(source, events))
    try:
        while True:
            try:
                event = await asyncio.wait_for(events.get(), seconds)
            except TimeoutError:
                yield None
                continue
            if event is None:
                break
            yield event
        await walking
    finally:
        walking.cancel()
        await asyncio.wait({walking})
        await source.aclose()


async def _walk(source: AsyncGenerator[Event, None], events: asyncio.Queue[Event | None]) -> None:
    try:
        async for event in source:
            events.put_nowait(event)
    finally:
        events.put_nowait(None)
