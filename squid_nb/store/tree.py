"""The messages of one session as a tree of ids, without their contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .rows import Connection

__all__ = ["Tree"]


class Tree:
    """Who follows whom in a session."""

    def __init__(self, connection: Connection, session_id: str) -> None:
        self.session_id = session_id
        pairs = connection.execute(
            "select id::varchar, parent_id::varchar from messages where session_id = $session", {"session": session_id}
        ).fetchall()
        self._parents: dict[str, str | None] = dict(pairs)
        self._children = Counter(self._parents.values())

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._parents

    def parent(self, message_id: str) -> str | None:
        """What the message is right below; None at the top and below what is lost."""
        parent = self._parents[message_id]
        return parent if parent in self._parents else None

    def upwards(self, message_id: str | None) -> Iterator[str]:
        """The message and its ancestors, the root last.

        A parent that is missing, or that has been passed before, ends the path: a bad link hides nothing else.
        """
        passed: set[str] = set()
        while message_id in self._parents and message_id not in passed:
            yield message_id
            passed.add(message_id)
            message_id = self._parents[message_id]

    def newest_below(self, message_id: str) -> str:
        """Where the newest conversation through this message ends."""
        # Ids are UUIDv7, so the greatest is the newest.
        newest: dict[str | None, str] = {}
        for child, parent in self._parents.items():
            newest[parent] = max(child, newest.get(parent, ""))
        passed: set[str] = set()
        while message_id in newest and message_id not in passed:
            passed.add(message_id)
            message_id = newest[message_id]
        return message_id

    def siblings(self, message_id: str) -> int:
        """How many messages share the parent of this one, itself included."""
        return self._children[self._parents[message_id]]
