"""The background loop and its bridges."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Iterator

import pytest

from squid_nb import loop


class Source:
    """Counts upwards, and remembers how it was left."""

    def __init__(self, count: int, *, fail: bool = False) -> None:
        self.count = count
        self.fail = fail
        self.thread = ""
        self.unwound = False

    async def walk(self) -> AsyncGenerator[int, None]:
        self.thread = threading.current_thread().name
        try:
            for number in range(self.count):
                await asyncio.sleep(0)
                yield number
            if self.fail:
                raise ValueError("broken")
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.sleep(0.01)  # storing takes a moment, and must be waited for
            self.unwound = True
            raise


@pytest.fixture
def restarted_waits() -> Iterator[None]:
    """The system goes on with a wait that SIGINT has interrupted, as it does once polars is imported."""
    signal.siginterrupt(signal.SIGINT, False)
    yield
    signal.siginterrupt(signal.SIGINT, True)


class Interrupted:
    """Work that has the main thread interrupted while that waits for it, and would itself take half a minute."""

    was_cancelled = False

    async def work(self) -> None:
        try:
            await asyncio.sleep(0.3)  # until the main thread waits, which nothing tells
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise

    async def walk(self) -> AsyncGenerator[int, None]:
        yield 1
        await self.work()


@pytest.mark.usefixtures("restarted_waits")
def test_an_interrupt_is_noticed_where_the_system_goes_on_with_the_wait() -> None:
    ran, walked = Interrupted(), Interrupted()
    with pytest.raises(KeyboardInterrupt):
        loop.run(ran.work())
    with pytest.raises(KeyboardInterrupt):
        list(loop.iterate(walked.walk()))
    assert (ran.was_cancelled, walked.was_cancelled) == (True, True)


def test_run_gives_the_result_and_raises_the_error() -> None:
    assert loop.run(asyncio.sleep(0, "done")) == "done"

    async def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        loop.run(broken())


def test_run_on_the_loop_itself_is_refused() -> None:
    async def nested() -> None:
        loop.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="await"):
        loop.run(nested())


def test_iterate_walks_on_the_background_loop() -> None:
    source = Source(3)
    assert list(loop.iterate(source.walk())) == [0, 1, 2]
    assert source.thread == "squid-loop"


def test_leaving_iterate_early_waits_until_the_source_has_unwound() -> None:
    source = Source(1_000_000)
    walk = loop.iterate(source.walk())
    assert next(walk) == 0
    walk.close()  # type: ignore[attr-defined]  # a generator, typed as an iterator
    assert source.unwound


def test_iterate_raises_what_the_source_raises() -> None:
    walk = loop.iterate(Source(2, fail=True).walk())
    assert [next(walk), next(walk)] == [0, 1]
    with pytest.raises(ValueError, match="broken"):
        next(walk)


async def test_relay_works_from_another_loop() -> None:
    source = Source(3)
    assert [number async for number in loop.relay(source.walk())] == [0, 1, 2]
    assert source.thread == "squid-loop"


async def test_leaving_relay_early_waits_until_the_source_has_unwound() -> None:
    source = Source(1_000_000)
    walk = loop.relay(source.walk())
    assert await anext(walk) == 0
    await walk.aclose()
    assert source.unwound


async def test_relay_raises_what_the_source_raises() -> None:
    with pytest.raises(ValueError, match="broken"):
        async for _ in loop.relay(Source(1, fail=True).walk()):
            pass


async def test_call_awaits_the_background_loop() -> None:
    assert await loop.call(asyncio.sleep(0, 7)) == 7
