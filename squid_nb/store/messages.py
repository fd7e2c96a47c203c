"""Turns: read by id, by page and by path. They are written in `turns.py`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ..errors import NotFound
from ..records import Message, Page, Provenance
from . import sources, usage, writer
from .database import Database
from .ids import checked
from .rows import Connection, Row, aware, one, run
from .tree import Tree

__all__ = ["Messages", "fetch", "load"]

_COLUMNS = """
    id::varchar as id, session_id::varchar as session_id, parent_id::varchar as parent_id, role, content, reasoning,
    status, error, hint, model, provider, host, door, notebook, cell_id, execution_count, created_at
"""


class Messages:
    """The messages of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, message_id: str) -> Message:
        """One message, with its sources and usage.

        Raises
        ------
        NotFound
        """
        with self._database.lease() as connection:
            writer.settle(connection)
            return fetch(connection, message_id)

    def page(self, session_id: str, *, limit: int = 50, before: str | None = None) -> Page:
        """A page of the visible path, oldest message first.

        Parameters
        ----------
        before
            `Page.cursor` of the page below; the last page when None.

        Returns
        -------
        Page
            Its cursor is the id to pass as `before`, None at the top.
        """
        with self._database.lease() as connection:
            writer.settle(connection)
            tree = Tree(connection, checked(session_id, "session"))
            start = _head(connection, session_id) if before is None else before
            if before is not None and before not in tree:
                raise NotFound(f"There is no message {before!r} in session {session_id!r}.")
            skipped = 0 if before is None else 1
            ids = list(islice(tree.upwards(start), skipped, skipped + limit + 1))
            items = load(connection, ids[:limit][::-1], tree=tree)
        return Page(items=tuple(items), cursor=items[0].id if len(ids) > limit else None)

    def path(self, session_id: str, *, upto: str | None = None, limit: int | None = None) -> list[Message]:
        """The path from the root to `upto`, or to the head; its `limit` newest messages, sources with their text."""
        with self._database.lease() as connection:
            writer.settle(connection)
            tree = Tree(connection, checked(session_id, "session"))
            if upto is not None and upto not in tree:
                raise NotFound(f"There is no message {upto!r} in session {session_id!r}.")
            ids = list(islice(tree.upwards(upto or _head(connection, session_id)), limit))
            return load(connection, ids[::-1], tree=tree, text=True)

    def depth(self, message_id: str) -> int:
        """How many messages the path from the root to this one has, itself included."""
        with self._database.lease() as connection:
            message = fetch(connection, message_id)
            return sum(1 for _ in Tree(connection, message.session_id).upwards(message.id))

    def children(self, message_id: str) -> list[Message]:
        """The messages right below this one, oldest first."""
        with self._database.lease() as connection:
            writer.settle(connection)
            parent = fetch(connection, message_id)
            rows = run(
                connection,
                "select id::varchar as id from messages where parent_id = $id order by created_at, messages.id",
                id=parent.id,
            )
            return load(connection, [row["id"] for row in rows], tree=Tree(connection, parent.session_id))

    def find_question(
        self,
        *,
        owner_id: str,
        content: str,
        sources: Sequence[str] = (),
        notebook: str | None = None,
        cell_id: str | None = None,
        session_id: str | None = None,
    ) -> Message | None:
        """The newest question of these words with exactly these sources (by hash); None arguments match all."""
        with self._database.lease() as connection:
            row = one(
                connection,
                """
                with same as (
                    select id, created_at from messages
                    where role = 'user' and content = $content
                        and ($notebook is null or notebook = $notebook)
                        and ($cell is null or cell_id = $cell)
                        and ($session is null or session_id = $session::uuid)
                        and session_id in (select id from sessions where owner_id = $owner)
                )
                select same.id::varchar as id
                from same left join sources as o on o.message_id = same.id
                group by same.id, same.created_at
                having list_sort(coalesce(list(distinct o.sha256) filter (o.sha256 is not null), []))
                    = $hashes::varchar[]
                order by same.created_at desc, same.id desc limit 1
                """,
                owner=checked(owner_id, "user"),
                content=content,
                notebook=notebook,
                cell=cell_id,
                session=checked(session_id, "session") if session_id else None,
                hashes=sorted(set(sources)),
            )
            return fetch(connection, row["id"]) if row else None

    def latest_answer(self, question_id: str) -> Message | None:
        """The newest complete answer to this question."""
        with self._database.lease() as connection:
            row = one(
                connection,
                """
                select id::varchar as id from messages
                where parent_id = $id and role = 'assistant' and status = 'complete'
                order by created_at desc, messages.id desc limit 1
                """,
                id=checked(question_id, "message"),
            )
            return fetch(connection, row["id"]) if row else None


def fetch(connection: Connection, message_id: str) -> Message:
    """One message, with its sources and usage.

    Raises
    ------
    NotFound
    """
    found = load(connection, [checked(message_id, "message")])
    if not found:
        raise NotFound(f"There is no message {message_id!r}.")
    return found[0]


def load(connection: Connection, ids: Sequence[str], *, tree: Tree | None = None, text: bool = False) -> list[Message]:
    """These messages in this order, with sources and usage; ids that do not exist are left out."""
    if not ids:
        return []
    rows = run(
        connection, f"select {_COLUMNS} from messages where messages.id in (select unnest($ids::uuid[]))", ids=list(ids)
    )
    if rows and tree is None:
        tree = Tree(connection, rows[0]["session_id"])
    found = {row["id"]: row for row in rows}
    given = sources.of_messages(connection, ids, text=text)
    spent = usage.of_messages(connection, ids)
    return [
        _message(found[key], given.get(key, ()), spent.get(key), tree.siblings(key) if tree else 1)
        for key in ids
        if key in found
    ]


def _head(connection: Connection, session_id: str) -> str | None:
    row = one(
        connection,
        "select head_id::varchar as head_id from sessions where id = $id",
        id=checked(session_id, "session"),
    )
    if row is None:
        raise NotFound(f"There is no session {session_id!r}.")
    head: str | None = row["head_id"]
    return head


def _message(row: Row, given: tuple[sources.Source, ...], spent: usage.Usage | None, siblings: int) -> Message:
    came_from = Provenance(**{name: row.pop(name) for name in ("door", "notebook", "cell_id", "execution_count")})
    row["created_at"] = aware(row["created_at"])
    return Message(**row, provenance=came_from, sources=given, usage=spent, siblings=siblings)
