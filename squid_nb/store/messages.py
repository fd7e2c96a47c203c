"""Turns: read by id, by page and by path. They are written in `turns.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from ..errors import NotFound
from ..records import Message, Page, Provenance, Status
from . import ledger, sources, writer
from .database import Database
from .ids import checked
from .rows import Connection, Row, aware, now, one, run
from .tree import Tree

__all__ = ["COLUMNS", "Messages", "fetch", "find", "finish", "insert", "load", "message_of"]

COLUMNS = """
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

    def shown_until(self, session_id: str, message_id: str) -> int | None:
        """How many messages the visible path has down to this one, itself included; None when it is not on it."""
        with self._database.lease() as connection:
            tree = Tree(connection, checked(session_id, "session"))
            above = list(tree.upwards(_head(connection, session_id)))
        return len(above) - above.index(message_id) if message_id in above else None

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

    def versions(self, message_id: str) -> list[Message]:
        """The messages with the same parent, this one included, oldest first."""
        with self._database.lease() as connection:
            writer.settle(connection)
            message = fetch(connection, message_id)
            rows = run(
                connection,
                """
                select id::varchar as id from messages
                where session_id = $session and parent_id is not distinct from $parent::uuid
                order by created_at, messages.id
                """,
                session=message.session_id,
                parent=message.parent_id,
            )
            return load(connection, [row["id"] for row in rows], tree=Tree(connection, message.session_id))

    def newest_below(self, message_id: str) -> str:
        """Id of the message at which the newest conversation through this one ends."""
        with self._database.lease() as connection:
            message = fetch(connection, message_id)
            return Tree(connection, message.session_id).newest_below(message.id)

    def containing(self, session_id: str, text: str) -> list[str]:
        """Ids of the messages of the visible path with this text in them, in any case, oldest first."""
        with self._database.lease() as connection:
            tree = Tree(connection, checked(session_id, "session"))
            rows = run(
                connection,
                """
                select id::varchar as id from messages
                where session_id = $session and contains(lower(content), lower($text))
                """,
                session=tree.session_id,
                text=text,
            )
            found = {row["id"] for row in rows}
            return [key for key in tree.upwards(_head(connection, session_id)) if key in found][::-1]

    def find_question(
        self,
        *,
        owner_id: str,
        content: str,
        sources: Sequence[str] = (),
        notebook: str | None = None,
        cell_id: str | None = None,
        session_id: str | None = None,
        number: int | None = None,
    ) -> Message | None:
        """The newest question of these words with exactly these sources (by hash); None arguments match all.

        With `number`, not the newest one but that one of its session, counted from the oldest and from 0.
        """
        with self._database.lease() as connection:
            row = one(
                connection,
                """
                with same as (
                    select id, session_id, created_at from messages
                    where role = 'user' and content = $content
                        and ($notebook is null or notebook = $notebook)
                        and ($cell is null or cell_id = $cell)
                        and ($session is null or session_id = $session::uuid)
                        and session_id in (select id from sessions where owner_id = $owner)
                )
                select same.id::varchar as id
                from same left join sources as o on o.message_id = same.id
                group by same.id, same.session_id, same.created_at
                having list_sort(coalesce(list(distinct o.sha256) filter (o.sha256 is not null), []))
                    = $hashes::varchar[]
                qualify $number is null
                    or same.session_id = first(same.session_id) over (order by same.created_at desc, same.id desc)
                order by
                    case when $number is null then same.created_at end desc,
                    case when $number is null then same.id end desc,
                    same.created_at, same.id
                limit 1 offset coalesce($number, 0)
                """,
                number=number,
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
    message = find(connection, message_id)
    if message is None:
        raise NotFound(f"There is no message {message_id!r}.")
    return _complete(connection, [message], text=False)[0]


def find(connection: Connection, message_id: str) -> Message | None:
    """One message without its sources and usage, or None."""
    row = one(connection, f"select {COLUMNS} from messages where messages.id = $id", id=checked(message_id, "message"))
    return _counted(connection, row) if row else None


def insert(connection: Connection, *messages: Message, revision: int) -> None:
    """Write new messages in one statement, with this process as their writer."""
    rows = [_cells(message) for message in messages]
    # What is empty in all of them is left out: DuckDB plans each value.
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    values = [", ".join(f"${name}_{number}" for name in names) for number in range(len(rows))]
    same = "$heartbeat_at, $writer_host, $writer_pid, $writer_started, $revision"
    run(
        connection,
        f"""
        insert into messages (
            {", ".join(names)}, heartbeat_at, writer_host, writer_pid, writer_started, revision
        ) values {", ".join(f"({row}, {same})" for row in values)}
        """,
        **{f"{name}_{number}": row[name] for number, row in enumerate(rows) for name in names},
        **writer.identity(),
        heartbeat_at=rows[0]["created_at"],
        revision=revision,
    )


def finish(
    connection: Connection,
    message_id: str,
    *,
    content: str,
    reasoning: str,
    status: Status,
    error: str | None,
    hint: str | None,
    model: str | None,
    revision: int,
) -> bool:
    """Write how an open answer ended; False when it is not there or not open."""
    ended: Row = {
        "content": content,
        "reasoning": reasoning,
        "status": status,
        "error": error,
        "hint": hint,
        "model": model,
        "heartbeat_at": now(),
        "revision": revision,
    }
    # What is not known stays as it was when the turn was opened.
    known = {name: value for name, value in ended.items() if value is not None}
    row = one(
        connection,
        # Returning the row would take as long again.
        f"""
        update messages set {", ".join(f"{name} = ${name}" for name in known)}
        where id = $id and status in ('streaming', 'interrupted')
        """,
        id=checked(message_id, "message"),
        **known,
    )
    return row is not None and row["Count"] > 0


def load(connection: Connection, ids: Sequence[str], *, tree: Tree, text: bool = False) -> list[Message]:
    """These messages of one session, in this order, with sources and usage; unknown ids are left out."""
    if not ids:
        return []
    rows = run(
        connection,
        # The session is not needed to find them, but lets DuckDB leave most of a large table unread.
        f"""
        select {COLUMNS} from messages
        where session_id = $session and messages.id in (select unnest($ids::uuid[]))
        """,
        ids=list(ids),
        session=tree.session_id,
    )
    versions = _versions(connection, tree, [row["id"] for row in rows if tree.siblings(row["id"]) > 1])
    found = {
        row["id"]: message_of({**row, "siblings": tree.siblings(row["id"]), "version": versions.get(row["id"], 1)})
        for row in rows
    }
    return _complete(connection, [found[key] for key in ids if key in found], text=text)


def _versions(connection: Connection, tree: Tree, ids: Sequence[str]) -> dict[str, int]:
    """Which of its siblings each of these is, in the order of `Messages.versions`."""
    if not ids:
        return {}
    rows = run(
        connection,
        """
        select id::varchar as id, version from (
            select id, row_number() over (partition by parent_id order by created_at, id) as version
            from messages where session_id = $session
        ) where id in (select unnest($ids::uuid[]))
        """,
        session=tree.session_id,
        ids=list(ids),
    )
    return {row["id"]: int(row["version"]) for row in rows}


def _complete(connection: Connection, items: Sequence[Message], *, text: bool) -> list[Message]:
    ids = [message.id for message in items]
    given = sources.of_messages(connection, ids, text=text)
    spent = ledger.of_messages(connection, ids)
    return [replace(item, sources=given.get(item.id, ()), usage=spent.get(item.id)) for item in items]


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


def _cells(message: Message) -> Row:
    """What a message's row holds, by column."""
    return {
        "id": message.id,
        "session_id": message.session_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": message.content,
        "reasoning": message.reasoning,
        "status": message.status,
        "error": message.error,
        "hint": message.hint,
        "model": message.model,
        "provider": message.provider,
        "host": message.host,
        "door": message.provenance.door,
        "notebook": message.provenance.notebook,
        "cell_id": message.provenance.cell_id,
        "execution_count": message.provenance.execution_count,
        "created_at": message.created_at,
    }


def _counted(connection: Connection, row: Row) -> Message:
    if row["parent_id"] is None:
        # Conversations from elsewhere, and edited ones, may have several versions of their first question.
        query = "select count(*) as siblings from messages where session_id = $id and parent_id is null"
    else:
        query = "select count(*) as siblings from messages where parent_id = $id"
    counted = one(connection, query, id=row["parent_id"] or row["session_id"])
    return message_of({**row, **(counted or {})})


def message_of(row: Row) -> Message:
    origin = Provenance(**{name: row.pop(name) for name in ("door", "notebook", "cell_id", "execution_count")})
    return Message(**{**row, "created_at": aware(row["created_at"])}, provenance=origin)
