"""The number that counts the changes of a history, so that what is derived from it can catch up.

Sessions and messages carry the revision in which they last changed; what was deleted leaves its id and revision
behind. A statement that changes them writes `NEXT`, and its transaction ends with one `bump`; turns take their numbers
from `Numbers`. Only what search shows counts: words, titles, tags, models, archived or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from .rows import Connection, run

__all__ = ["NEXT", "Numbers", "bump", "note_deletion"]

# `max` because a restored backup may have brought a second row.
NEXT = "(select max(number) + 1 from revision)"


_RESERVED = 1000


class Numbers:
    """Numbers for the turns of one process while it holds the file, reserved many at a time.

    A turn is two transactions, and writing the number in each would be a sixth of what they cost. All that matters is
    that what changes after somebody has looked gets a greater number than they have seen: so whoever looks, and
    whoever gives the file up, seals what is reserved. Numbers that are left out do no harm.
    """

    def __init__(self) -> None:
        self._free = range(0)

    def take(self, connection: Connection) -> int:
        """The number of the changes of this transaction."""
        if not self._free:
            last = bump(connection, by=_RESERVED)
            self._free = range(last - _RESERVED + 1, last + 1)
        number, self._free = self._free[0], self._free[1:]
        return number

    def seal(self) -> None:
        """Take no more of what is reserved: it has been seen, or its reservation was rolled back."""
        self._free = range(0)


def bump(connection: Connection, *, by: int = 1) -> int:
    """Make the changes of this transaction one revision, and return its number."""
    rows = run(connection, "update revision set number = number + $by returning number", by=by)
    return max(int(row["number"]) for row in rows)


def note_deletion(connection: Connection, session_ids: Sequence[str], *, purged: bool) -> None:
    """Leave a trace of deleted sessions; `purged` when not even undoing could bring them back."""
    run(
        connection,
        f"insert into deletions select unnest($ids::uuid[]), {NEXT}, $purged",
        ids=list(session_ids),
        purged=purged,
    )
    bump(connection)
