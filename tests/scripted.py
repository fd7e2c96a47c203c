"""A provider that replays what a test tells it, for what no real model does on demand.

::

    provider = Scripted("Hello ", "world", Used(3, 2))          # text becomes Delta
    provider = Scripted("Half an ans", BadStream("It broke."))  # an exception is raised there
    provider = Scripted("a", gate, "b")                         # an asyncio or threading Event is waited for
    provider = Scripted.turns(["first answer"], ["second answer"])
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterable
from typing import TypeAlias

from squid_nb.events import Delta
from squid_nb.providers.provider import ChatRequest, ProviderEvent
from squid_nb.records import ModelInfo

Step: TypeAlias = str | float | ProviderEvent | BaseException | asyncio.Event | threading.Event


class Scripted:
    """Replays steps for each request; the last script is repeated when more is asked.

    Parameters
    ----------
    steps
        Text (a `Delta`), an event, an exception to raise, an `Event` to wait for, or a number of seconds to wait.
    model
        The one model it offers.

    Attributes
    ----------
    requests
        What was asked, in order.
    closed
        How many streams were closed before their script had ended.
    """

    name = "scripted"

    def __init__(self, *steps: Step, model: str = "scripted-1", host: str = "in process") -> None:
        self.scripts: list[tuple[Step, ...]] = [steps]
        self.default_model = model
        self.host = host
        self.requests: list[ChatRequest] = []
        self.closed = 0
        self.released = False

    @classmethod
    def turns(cls, *scripts: Iterable[Step], model: str = "scripted-1", host: str = "in process") -> Scripted:
        """A script for each request."""
        provider = cls(model=model, host=host)
        provider.scripts = [tuple(script) for script in scripts]
        return provider

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        self.requests.append(request)
        ended = False
        try:
            for step in script:
                if isinstance(step, BaseException):
                    ended = True
                    raise step
                if isinstance(step, (asyncio.Event, threading.Event, float, int)):
                    await _wait(step)
                else:
                    # As from a socket: the consumer's loop gets its turn between two pieces.
                    await asyncio.sleep(0)
                    yield Delta(step) if isinstance(step, str) else step
            ended = True
        finally:
            self.closed += not ended

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo(self.default_model, self.name, self.host)]

    def count_tokens(self, text: str) -> int:
        """Words, so that a test can count along."""
        return len(text.split())

    async def aclose(self) -> None:
        self.released = True


async def _wait(step: asyncio.Event | threading.Event | float) -> None:
    if isinstance(step, asyncio.Event):
        await step.wait()
    elif isinstance(step, threading.Event):
        # Polled, not waited for in a thread: a test that fails must not leave a thread that blocks the exit.
        while not step.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.005)
    else:
        await asyncio.sleep(step)
