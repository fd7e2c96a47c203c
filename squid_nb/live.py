"""Who else wants to see an answer while it comes: a hub for the events of every answer in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from . import loop
from .defects import log_defect
from .events import Delta, Event, Failed, Finished, Reasoning, Started

__all__ = ["Hub", "Listener", "Running"]

Listener: TypeAlias = Callable[[str, str, Event, object], None]
"""Called with session id, answer id, event and origin, on the thread that produced the event."""

_PATIENCE_S = 5.0


@dataclass(slots=True)
class Running:
    """An answer under way, for those who come in the middle."""

    session_id: str
    message_id: str
    question_id: str
    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    task: asyncio.Task[Any] | None = None
    """The task that walks the answer, on the background loop."""
    stopping: bool = False
    """Somebody asked for it to stop, as opposed to the walker going away."""
    ask_to_stop: Callable[[], None] | None = None
    """Of an answer that another process writes."""

    @property
    def elsewhere(self) -> bool:
        """Whether another process writes it."""
        return self.ask_to_stop is not None


class Hub:
    """Publishes events to listeners and remembers what is still running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._listeners: list[Listener] = []
        self._watchers: list[Callable[[], None]] = []
        self._running: dict[str, Running] = {}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every event from now on; the returned function ends that."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call `watcher` whenever this process has changed sessions; the returned function ends that."""
        with self._lock:
            self._watchers.append(watcher)

        def unwatch() -> None:
            with self._lock:
                if watcher in self._watchers:
                    self._watchers.remove(watcher)

        return unwatch

    def sessions_changed(self) -> None:
        """Tell those who watch that sessions were made, changed, deleted or restored."""
        with self._lock:
            watchers = tuple(self._watchers)
        for watcher in watchers:
            try:
                watcher()
            except Exception as error:  # noqa: BLE001  # a door's callback: whatever it raises, the change has happened
                log_defect("watcher of sessions", error)

    def running(self, session_id: str | None = None) -> list[Running]:
        """Answers of this session, or of all, whose events come through this hub."""
        with self._lock:
            return [
                replace(run, content=list(run.content), reasoning=list(run.reasoning))
                for run in self._running.values()
                if session_id in (None, run.session_id)
            ]

    def is_answering(self, session_id: str) -> bool:
        """Whether an answer of this session comes through this hub."""
        with self._lock:
            return any(run.session_id == session_id for run in self._running.values())

    def count(self) -> int:
        """How many answers this process is writing."""
        with self._lock:
            return sum(not run.elsewhere for run in self._running.values())

    def stop(self, message_id: str) -> bool:
        """Stop an answer, or ask the process that writes it to; False when there is none."""
        with self._lock:
            run = self._running.get(message_id)
            if run is not None and run.ask_to_stop is not None:
                run.ask_to_stop()
                return True
            if run is None or run.task is None or run.stopping:
                return run is not None
            run.stopping = True
            task = run.task
        task.get_loop().call_soon_threadsafe(task.cancel)
        return True

    def stop_all(self, chosen: Callable[[Running], bool], *, within_s: float = _PATIENCE_S) -> None:
        """Stop answers and wait until what they have is stored, but not for ever; the loop that writes them cannot."""
        with self._lock:
            asked = [message_id for message_id, run in self._running.items() if chosen(run)]
        for message_id in asked:
            self.stop(message_id)
        if asked and not loop.is_here():
            with self._ended:
                self._ended.wait_for(lambda: self._running.keys().isdisjoint(asked), within_s)

    def is_stopping(self, message_id: str) -> bool:
        """Whether `stop` was called for this answer."""
        with self._lock:
            run = self._running.get(message_id)
            return run is not None and run.stopping

    def publish(
        self,
        session_id: str,
        message_id: str,
        event: Event,
        *,
        origin: object = None,
        ask_to_stop: Callable[[], None] | None = None,
    ) -> None:
        """Tell everybody; a listener that fails is logged and does not disturb the answer."""
        with self._lock:
            self._note(message_id, event, ask_to_stop)
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(session_id, message_id, event, origin)
            except Exception as error:  # noqa: BLE001  # a door's callback: whatever it raises, the answer goes on
                log_defect("listener of live answers", error)

    def _note(self, message_id: str, event: Event, ask_to_stop: Callable[[], None] | None) -> None:
        if isinstance(event, Started):
            run = Running(event.session_id, event.message_id, event.question_id, ask_to_stop=ask_to_stop)
            run.task = asyncio.current_task() if ask_to_stop is None else None
            self._running[event.message_id] = run
        elif isinstance(event, (Finished, Failed)):
            self._running.pop(message_id, None)
            self._ended.notify_all()
        elif known := self._running.get(message_id):
            if isinstance(event, Delta):
                known.content.append(event.text)
            elif isinstance(event, Reasoning):
                known.reasoning.append(event.text)
