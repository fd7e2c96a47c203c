"""Live answers between processes: what is written here is told to others, and what others write is published here.

So a panel shows an answer of a kernel, a script or the command line as it comes, and can stop it, as if it were its
own; `store/broadcast.py` is the way between. Everything runs on the background loop.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from . import events, loop
from .defects import log_defect
from .errors import InvalidInput, SquidError
from .events import Delta, Event, Failed, Finished, Reasoning, Started
from .live import Hub
from .store.broadcast import Broadcast, Ear, Voice

__all__ = ["ELSEWHERE", "Relay"]

ELSEWHERE = object()
"""The origin of events that come from another process."""

_TELL_S = 0.1
_LISTEN_S = 0.15
_TOUCH_S = 5.0


@dataclass(slots=True)
class _Telling:
    """An answer of this process, and what has not been told of it yet."""

    untold: list[Event] = field(default_factory=list)
    voice: Voice | None = None
    task: asyncio.Task[None] | None = None
    touched: float = 0.0


class Relay:
    """The two directions for one person's hub.

    Parameters
    ----------
    user_id
        Asked for when it is needed: the database may have to be waited for.
    """

    def __init__(self, hub: Hub, database: Path, *, user_id: Callable[[], str]) -> None:
        self._hub = hub
        self._broadcast = Broadcast(database)
        self._user_id = user_id
        self._name = uuid.uuid4().hex
        self._telling: dict[str, _Telling] = {}
        self._heard: dict[str, str] = {}
        """Session of each answer that is being heard."""
        self._listeners = 0
        self._listening: asyncio.Task[None] | None = None
        self._logged: set[type[Exception]] = set()
        self._told = False

    def tell(self) -> None:
        """Tell others of the answers that begin here from now on."""
        if not self._told:
            self._told = True
            self._hub.subscribe(self._tell)

    def listen(self) -> Callable[[], None]:
        """Publish what others write while somebody here wants to see it; the returned function ends that."""
        loop.spawn(self._begin())
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                loop.spawn(self._end())

        return end

    # Telling

    def _tell(self, _session_id: str, message_id: str, event: Event, origin: object) -> None:
        if origin is ELSEWHERE or not message_id:
            return
        if isinstance(event, Started):
            telling = self._telling[message_id] = _Telling()
            telling.task = asyncio.create_task(self._go_on_telling(message_id, telling))
        elif message_id not in self._telling:
            return
        telling = self._telling[message_id]
        telling.untold.append(event)
        if isinstance(event, (Finished, Failed)):
            self._end_telling(message_id, telling)

    async def _go_on_telling(self, message_id: str, telling: _Telling) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_TELL_S)
            if telling.voice is None and self._broadcast.is_wanted():
                telling.voice = Voice(self._broadcast, message_id, user_id=self._user_id(), teller=self._name)
            if telling.voice is None:
                continue
            if telling.untold or clock() - telling.touched >= _TOUCH_S:
                telling.touched = clock()
                _say(telling)
            if telling.voice.is_asked_to_stop():
                self._hub.stop(message_id)

    def _end_telling(self, message_id: str, telling: _Telling) -> None:
        # At once: the process of a command ends a moment after its answer.
        del self._telling[message_id]
        if telling.task is not None:
            telling.task.cancel()
        if telling.voice is not None:
            _say(telling)
            telling.voice.end()

    # Listening

    async def _begin(self) -> None:
        self._listeners += 1
        if self._listening is None:
            self._listening = loop.watch(self._listen())

    async def _end(self) -> None:
        self._listeners -= 1

    async def _listen(self) -> None:
        ear: Ear | None = None
        while self._listeners:
            with self._going_on():
                # A file system may be slow, and answers of our own go on meanwhile.
                ear = ear or await asyncio.to_thread(self._ear)
                for message_id, said in await asyncio.to_thread(_news, ear):
                    with self._going_on():
                        self._publish(message_id, said)
            await asyncio.sleep(_LISTEN_S)
        if ear is not None:
            ear.close()
        self._listening = None

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Log an error once and go on: nobody waits for this task, so nobody would notice its end."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever somebody else has written, others are heard
            if type(error) not in self._logged:
                self._logged.add(type(error))
                log_defect("listening to other processes", error)

    def _ear(self) -> Ear | None:
        try:
            user_id = self._user_id()
        except SquidError:
            return None  # the database is busy: later
        self._broadcast.begin()
        return Ear(self._broadcast, user_id=user_id, teller=self._name)

    def _publish(self, message_id: str, said: dict[str, Any] | None) -> None:
        try:
            event = events.from_dict(said) if said is not None else None
        except InvalidInput:
            return  # of a newer version
        if isinstance(event, Started):
            self._heard[message_id] = event.session_id
        session_id = self._heard.get(message_id)
        if session_id is None:
            return
        event = event or _gone(session_id, message_id)
        if isinstance(event, (Finished, Failed)):
            del self._heard[message_id]
        ask_to_stop = partial(self._broadcast.ask_to_stop, message_id)
        self._hub.publish(session_id, message_id, event, origin=ELSEWHERE, ask_to_stop=ask_to_stop)


def _news(ear: Ear | None) -> list[tuple[str, dict[str, Any] | None]]:
    return list(ear.listen()) if ear is not None else []


def _gone(session_id: str, message_id: str) -> Failed:
    return Failed(
        "The process that wrote this answer has ended.",
        "What had arrived is kept.",
        error="Interrupted",
        session_id=session_id,
        message_id=message_id,
    )


def _say(telling: _Telling) -> None:
    if telling.voice is not None:
        telling.voice.say(*map(events.to_dict, _joined(telling.untold)))
        telling.untold.clear()


def _joined(untold: Sequence[Event]) -> Iterator[Event]:
    """Neighbouring pieces of text become one."""
    for kind, group in groupby(untold, key=type):
        if kind is Delta or kind is Reasoning:
            yield kind("".join(event.text for event in group if isinstance(event, (Delta, Reasoning))))
        else:
            yield from group
