"""Events with the pauses between them, so that what was held back can be shown while the model is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from ..events import Event

__all__ = ["with_pauses"]


async def with_pauses(source: AsyncGenerator[Event, None], *, seconds: float) -> AsyncGenerator[Event | None, None]:
    """The events of a source, and None whenever nothing has come for some seconds; leaving early closes the source."""
    waiting: asyncio.Task[Event] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(source))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield None
                continue
            task, waiting = waiting, None
            try:
                event = task.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        if waiting is not None:
            # A generator may not be closed while it runs: its task has to unwind first.
            waiting.cancel()
            await asyncio.wait({waiting})
        await source.aclose()


async def _next(source: AsyncGenerator[Event, None]) -> Event:
    return await source.__anext__()
