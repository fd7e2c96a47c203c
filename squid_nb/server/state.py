"""What the extension keeps while the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from .jobs import Jobs
from .links import Links
from .people import People
from .pool import Pool
from .rates import Rates

__all__ = ["State"]

_FAREWELL_S = 10.0
"""How long answers in progress may take to store what they have."""
_LOOK_S = 0.02


@dataclass(slots=True)
class State:
    """Everything that outlives a request."""

    base_url: str = "/"
    directory: str = "."
    """Where `@path` in a question begins: the directory that the server serves."""
    people: People = field(default_factory=People)
    pool: Pool = field(default_factory=Pool)
    rates: Rates = field(default_factory=Rates)
    jobs: Jobs = field(default_factory=Jobs)
    links: Links = field(default_factory=Links)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.jobs.on_change = self.links.tell

    def answering(self) -> int:
        """How many answers this server is writing."""
        return sum(squid.live.count() for squid in self.people.squids())

    async def close(self) -> None:
        """Let everything end: answers are stopped and what they have is stored, jobs are cancelled, links closed."""
        for squid in self.people.squids():
            for run in squid.live.running():
                if not run.elsewhere:
                    squid.stop(run.message_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                # An answer leaves the hub after its last write to the database.
                while self.answering():  # noqa: ASYNC110 - told by other threads
                    await asyncio.sleep(_LOOK_S)
        await asyncio.to_thread(self.jobs.close)
        await self.links.close()
        self.pool.close()
