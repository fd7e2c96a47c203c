"""Several sessions of one person, changed together: each verb is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeAlias

from .labels import clean_tags
from .live import Running
from .store import Store

__all__ = ["Selection", "Stop"]

Stop: TypeAlias = Callable[[Callable[[Running], bool]], None]
"""Stops answers under way: what is deleted would cost on without anybody seeing it, and come back without its end."""


class Selection:
    """Chosen sessions. They were looked up, and whose they are was checked, when they were chosen.

    Verbs return the selection, so that they can follow each other; a session that was deleted meanwhile is left out.
    """

    def __init__(
        self,
        store: Store,
        ids: tuple[str, ...],
        *,
        keep: timedelta,
        changed: Callable[[], None] = lambda: None,
        stop: Stop = lambda _: None,
    ) -> None:
        self._stop = stop
        self._store = store
        self._changed = changed
        self._keep = keep
        self.ids = ids

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __repr__(self) -> str:
        return f"Selection({len(self.ids)} sessions)"

    def tag(self, *tags: str) -> Selection:
        """Add tags.

        Raises
        ------
        InvalidInput
            When one of them is empty.
        """
        self._store.sessions.change(self.ids, tag=clean_tags(tags))
        self._changed()
        return self

    def untag(self, *tags: str) -> Selection:
        """Remove tags."""
        self._store.sessions.change(self.ids, untag=tags)
        self._changed()
        return self

    def pin(self, *, on: bool = True) -> Selection:
        """Keep them on top of lists, or not."""
        self._store.sessions.change(self.ids, pinned=on)
        self._changed()
        return self

    def archive(self, *, on: bool = True) -> Selection:
        """Take them out of lists without deleting anything, or put them back."""
        self._store.sessions.change(self.ids, archived=on)
        self._changed()
        return self

    def delete(self) -> Selection:
        """Delete them; `restore` undoes it until `session.undo_days` are over."""
        ids = set(self.ids)
        self._stop(lambda run: run.session_id in ids)
        self._store.trash.put(self.ids, keep=self._keep)
        self._changed()
        return self

    def restore(self) -> Selection:
        """Undo `delete`.

        Raises
        ------
        NotFound
            When one of them is gone for good, or was not deleted; none is restored then.
        """
        self._store.trash.restore(self.ids)
        self._changed()
        return self
