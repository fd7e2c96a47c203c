"""A session's tree as people read it: the visible conversation, and beside it what it was decided against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..records import Message
from ..store.transcripts import Transcript

__all__ = ["Paths"]


class Paths:
    """The messages of a session in reading order. A bad link hides nothing: what hangs nowhere comes at the end."""

    def __init__(self, transcript: Transcript) -> None:
        self._messages = {message.id: message for message in transcript.messages}
        self._children: dict[str | None, list[Message]] = defaultdict(list)
        for message in transcript.messages:
            self._children[self._parent(message)].append(message)
        self.visible = self._climb(transcript.session.head_id)
        """From the first message to the head of the session."""
        self._told = {message.id for message in self.visible}

    def versions(self, message: Message) -> list[list[Message]]:
        """What else was said in place of a visible message: each other version with everything that followed it."""
        others = (other for other in self._children[self._parent(message)] if other.id not in self._told)
        return [branch for other in others if (branch := list(self._below(other)))]

    def rest(self) -> list[Message]:
        """What neither is visible nor has been a version: what follows the head, and what hangs nowhere."""
        starts = [*self._children[self.visible[-1].id]] if self.visible else []
        starts += self._children[None]
        starts += self._messages.values()
        return [message for start in starts for message in self._below(start)]

    def _parent(self, message: Message) -> str | None:
        return message.parent_id if message.parent_id in self._messages else None

    def _climb(self, message_id: str | None) -> list[Message]:
        path: dict[str, Message] = {}
        while message_id is not None and message_id not in path and message_id in self._messages:
            message = path[message_id] = self._messages[message_id]
            message_id = message.parent_id
        return list(path.values())[::-1]

    def _below(self, start: Message) -> Iterator[Message]:
        """A message and everything below it that has not been told, parents first."""
        waiting = [start]
        while waiting:
            message = waiting.pop()
            if message.id not in self._told:
                self._told.add(message.id)
                yield message
                waiting.extend(reversed(self._children[message.id]))
