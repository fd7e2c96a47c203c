"""Single messages that were deleted: out of the tree at once, restorable for a time, then gone; the ledger stays.

A question goes with its answers, an answer alone. What followed stays in the conversation: below another version of
the same answer when there is one, else below what came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..errors import InvalidInput, NotFound
from . import files, messages
from .database import Database
from .ids import checked, new_id
from .revisions import NEXT, bump
from .rows import Connection, Row, now, one, run
from .tree import Tree

__all__ = ["REMOVED", "Removal", "Removals", "drop_links"]

REMOVED = ("removed_messages", "removed_sources", "removals")
"""Tables whose rows belong to a session."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A deletion that can be undone."""

    id: str
    session_id: str
    messages: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a deletion does to the tree."""

    gone: Sequence[str]
    below: str | None
    """Where what followed goes."""
    head: str | None
    """Where the visible path ends when it ended in what is gone."""


class Removals:
    """The deleted messages of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remove(self, message_id: str, *, keep: timedelta) -> Removal:
        """Take a message out of its conversation, a question with all its answers.

        Raises
        ------
        NotFound
        """
        with self._database.lease() as connection:
            message = messages.fetch(connection, message_id)
            plan = _plan(Tree(connection, message.session_id), _siblings(connection, message_id), message_id)
            removal = Removal(new_id(), message.session_id, len(plan.gone))
            _move_links(connection, removal.id, plan)
            _move_head(connection, removal, plan, keep)
            _take_out(connection, removal.id, plan.gone)
            _purge(connection)
        return removal

    def restore(self, removal_id: str) -> str:
        """Undo a deletion; returns the session's id. What has been said since stays.

        Raises
        ------
        NotFound
            When it is gone for good.
        InvalidInput
            When the message above it has been deleted too.
        """
        with self._database.lease() as connection:
            removal = _find(connection, removal_id)
            own = {"removal": removal["id"]}
            lost = one(
                connection,
                """
                select 1 as lost from removed_messages where removal_id = $removal and parent_id is not null
                    and parent_id not in (select id from messages)
                    and parent_id not in (select id from removed_messages where removal_id = $removal)
                """,
                **own,
            )
            if lost is not None:
                raise InvalidInput("The message above it was deleted too.", "Undo that deletion first.")
            _put_back(connection, removal)
            _forget(connection, [removal["id"]])
            bump(connection)
        session_id: str = removal["session_id"]
        return session_id

    def session_of(self, removal_id: str) -> str:
        """The session a deletion belongs to.

        Raises
        ------
        NotFound
        """
        with self._database.lease() as connection:
            session_id: str = _find(connection, removal_id)["session_id"]
            return session_id


def drop_links(connection: Connection, session_ids: Sequence[str]) -> None:
    """Forget where messages of these sessions had been moved."""
    run(
        connection,
        """
        delete from removed_links
        where removal_id in (select id from removals where session_id in (select unnest($ids::uuid[])))
        """,
        ids=list(session_ids),
    )


def _siblings(connection: Connection, message_id: str) -> list[Row]:
    """All messages in this one's place with their role, and those right below it."""
    return run(
        connection,
        """
        with target as (select * from messages where id = $id)
        select m.id::varchar as id, m.role, m.parent_id = $id as below
        from messages as m, target
        where m.session_id = target.session_id
            and (m.parent_id is not distinct from target.parent_id or m.parent_id = $id)
        order by m.created_at, m.id
        """,
        id=checked(message_id, "message"),
    )


def _plan(tree: Tree, around: Sequence[Row], message_id: str) -> _Plan:
    role = next(row["role"] for row in around if row["id"] == message_id)
    others = [row["id"] for row in around if not row["below"] and row["role"] == role and row["id"] != message_id]
    answers = [row["id"] for row in around if row["below"] and row["role"] == "assistant"]
    parent = tree.parent(message_id)
    if role == "user":
        head = tree.newest_below(others[-1]) if others else parent
        return _Plan([message_id, *answers], parent, head)
    below = others[-1] if others else parent
    return _Plan([message_id], below, tree.newest_below(below) if others and below else parent)


def _move_links(connection: Connection, removal_id: str, plan: _Plan) -> None:
    ids = list(plan.gone)
    run(
        connection,
        """
        insert into removed_links
        select $removal, id, parent_id, $below from messages
        where parent_id in (select unnest($ids::uuid[])) and id not in (select unnest($ids::uuid[]))
        """,
        removal=removal_id,
        below=plan.below,
        ids=ids,
    )
    run(
        connection,
        """
        update messages set parent_id = $below
        where id in (select message_id from removed_links where removal_id = $removal)
        """,
        removal=removal_id,
        below=plan.below,
    )


def _move_head(connection: Connection, removal: Removal, plan: _Plan, keep: timedelta) -> None:
    row = one(connection, "select head_id::varchar as head from sessions where id = $id", id=removal.session_id)
    before = row["head"] if row else None
    after = plan.head if before in plan.gone else before
    at = now()
    run(
        connection,
        "insert into removals values ($id, $session, $before, $after, $at, $end)",
        id=removal.id,
        session=removal.session_id,
        before=before,
        after=after,
        at=at,
        end=at + keep,
    )
    # A changed session is indexed anew as a whole, without what is gone.
    run(
        connection,
        f"update sessions set head_id = $head, revision = {NEXT} where id = $id",
        head=after,
        id=removal.session_id,
    )
    bump(connection)


def _take_out(connection: Connection, removal_id: str, gone: Sequence[str]) -> None:
    for table, key in (("messages", "id"), ("sources", "message_id")):
        chosen = f"from {table} where {key} in (select unnest($ids::uuid[]))"
        run(
            connection,
            f"insert into removed_{table} by name select $removal::uuid as removal_id, * {chosen}",
            removal=removal_id,
            ids=list(gone),
        )
        run(connection, f"delete {chosen}", ids=list(gone))


def _put_back(connection: Connection, removal: Row) -> None:
    own = {"removal": removal["id"]}
    # Whoever wrote an answer has been told that it was deleted.
    run(
        connection,
        "update removed_messages set status = 'interrupted' where status = 'streaming' and removal_id = $removal",
        **own,
    )
    for table in ("messages", "sources"):
        run(
            connection,
            # An import may have brought one of them back meanwhile.
            f"""
            insert into {table} by name select * exclude (removal_id) from removed_{table}
            where removal_id = $removal and id not in (select id from {table})
            """,
            **own,
        )
    # What has been moved again since stays where it is.
    run(
        connection,
        """
        update messages set parent_id = l.parent_before from removed_links as l
        where l.removal_id = $removal and l.message_id = messages.id
            and messages.parent_id is not distinct from l.parent_after
        """,
        **own,
    )
    run(
        connection,
        f"""
        update sessions set
            head_id = case when head_id is not distinct from $after::uuid then $before::uuid else head_id end,
            revision = {NEXT}
        where id = $session
        """,
        session=removal["session_id"],
        before=removal["head_before"],
        after=removal["head_after"],
    )


def _find(connection: Connection, removal_id: str) -> Row:
    row = one(
        connection,
        """
        select id::varchar as id, session_id::varchar as session_id, head_before::varchar as head_before,
            head_after::varchar as head_after
        from removals where id = $id and session_id in (select id from sessions)
        """,
        id=checked(removal_id, "deletion"),
    )
    if row is None:
        raise NotFound("This message can no longer be restored.", "It may be gone for good.")
    return row


def _purge(connection: Connection) -> None:
    """Let go of what nobody has missed for long enough."""
    rows = run(connection, "select id::varchar as id from removals where purged_at <= $at", at=now())
    if not rows:
        return
    ids = [row["id"] for row in rows]
    hashes = run(
        connection,
        "select distinct sha256 from removed_sources where removal_id in (select unnest($ids::uuid[]))",
        ids=ids,
    )
    _forget(connection, ids)
    files.drop_unused(connection, [row["sha256"] for row in hashes])


def _forget(connection: Connection, ids: Sequence[str]) -> None:
    for table, key in (
        ("removed_messages", "removal_id"),
        ("removed_sources", "removal_id"),
        ("removed_links", "removal_id"),
        ("removals", "id"),
    ):
        run(connection, f"delete from {table} where {key} in (select unnest($ids::uuid[]))", ids=list(ids))
