"""The number that counts the changes of a history, so that what is derived from it can catch up.

Sessions and messages carry the revision in which they last changed; what was deleted leaves its id and revision
behind. A statement that changes them writes `NEXT`, and its transaction ends with one `bump`. Only what search shows
counts: words, titles, tags, models, archived or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from .rows import Connection, run

__all__ = ["NEXT", "bump", "note_deletion"]

# `max` because a restored backup may have brought a second row.
NEXT = "(select max(number) + 1 from revision)"


def bump(connection: Connection) -> int:
    """Make the changes of this transaction one revision, and return its number.

    Called first, it saves the statements of a turn looking for `NEXT`, which costs them half a millisecond each.
    """
    rows = run(connection, "update revision set number = number + 1 returning number")
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
