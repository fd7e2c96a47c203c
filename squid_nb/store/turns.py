"""A turn: a question and its answer, opened before the model is called and closed when it has ended.

Opening is one transaction and closing is one. In between the partial answer is saved now and then, so that what
was acknowledged survives the process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput, NotFound
from ..records import Message, NewSource, Provenance, Session, Status, Usage
from . import messages, sessions, sources, usage, writer
from .database import Database
from .ids import checked, new_id
from .rows import Connection, now, one, run
from .tree import Tree

__all__ = ["OpenTurn", "Turns"]

_WRITABLE = ("streaming", "interrupted")
"""A writer that was taken for gone may come back."""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """An open turn: the answer is empty and `streaming`."""

    session: Session
    question: Message
    answer: Message
    titled: bool = False
    """Whether this turn gave the session its title."""


class Turns:
    """The turns of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self,
        *,
        user_id: str,
        session_id: str | None = None,
        new_session: Mapping[str, Any] | None = None,
        question: str | None = None,
        again: str | None = None,
        move_following: bool = False,
        sources: Sequence[NewSource] = (),
        provenance: Provenance = Provenance(),
        model: str | None = None,
        provider: str | None = None,
        host: str | None = None,
        title: str | None = None,
    ) -> OpenTurn:
        """Commit a question and an empty answer; see `Store.open_turn`."""
        if (question is None) == (again is None):
            raise InvalidInput("A turn needs either a question or the id of one to ask again.")
        with self._database.lease() as connection:
            writer.settle(connection)
            if again is not None:
                asked = messages.fetch(connection, again)
                session_id, question_id = asked.session_id, asked.id
            else:
                session_id = _session(connection, user_id, session_id, new_session)
                question_id = new_id()
                head = sessions.fetch(connection, session_id).head_id
                _insert(connection, question_id, session_id, head, "user", question or "", "complete", provenance)
                _attach(connection, sources, session_id, question_id)
            answer_id = new_id()
            head = _head_after(connection, session_id, question_id, answer_id, again, move_following)
            _insert(
                connection, answer_id, session_id, question_id, "assistant", "", "streaming", provenance,
                model=model, provider=provider, host=host,
            )  # fmt: skip
            run(connection, "update sessions set head_id = $head where id = $id", head=head, id=session_id)
            titled = bool(title) and not sessions.fetch(connection, session_id).title
            sessions.touch(connection, session_id, title=title if titled else None)
            asked, answer = messages.load(connection, [question_id, answer_id], text=True)
            return OpenTurn(sessions.fetch(connection, session_id), asked, answer, titled)

    def save_partial(self, message_id: str, content: str, reasoning: str = "") -> None:
        """Save what has arrived so far, and that its writer is alive; a closed answer is left alone."""
        with self._database.lease() as connection:
            run(
                connection,
                """
                update messages
                set content = $content, reasoning = $reasoning, heartbeat_at = $at, status = 'streaming'
                where id = $id and status in (select unnest($writable::varchar[]))
                """,
                id=checked(message_id, "message"),
                content=content,
                reasoning=reasoning,
                at=now(),
                writable=_WRITABLE,
            )

    def close(
        self,
        message_id: str,
        *,
        content: str,
        reasoning: str = "",
        status: Status,
        error: str | None = None,
        hint: str | None = None,
        model: str | None = None,
        usage: Usage | None = None,
        title: str | None = None,
    ) -> Message:
        """Store the whole answer and its ledger row; see `Store.close_turn`."""
        with self._database.lease() as connection:
            key = checked(message_id, "message")
            row = one(connection, "select status, session_id::varchar as session from messages where id = $id", id=key)
            if row is not None and row["status"] not in _WRITABLE:
                return messages.fetch(connection, key)
            if usage is not None:
                _spend(connection, usage)
            if row is not None:
                run(
                    connection,
                    """
                    update messages
                    set content = $content, reasoning = $reasoning, status = $status, error = $error, hint = $hint,
                        model = coalesce($model, model), heartbeat_at = $at
                    where id = $id
                    """,
                    id=key, content=content, reasoning=reasoning, status=status, error=error, hint=hint,
                    model=model, at=now(),
                )  # fmt: skip
                sessions.touch(connection, row["session"], title=title)
                return messages.fetch(connection, key)
        raise NotFound(f"The answer {message_id!r} was deleted while it was written.", "Its usage has been kept.")


def _session(
    connection: Connection, user_id: str, session_id: str | None, new_session: Mapping[str, Any] | None
) -> str:
    if session_id is not None:
        return sessions.fetch(connection, session_id).id
    return sessions.insert(connection, owner_id=user_id, **(new_session or {}))


def _head_after(
    connection: Connection, session_id: str, question_id: str, answer_id: str, again: str | None, move_following: bool
) -> str:
    """The head once the answer is there; what followed an older answer is moved below it when asked for."""
    head = sessions.fetch(connection, session_id).head_id
    if again is None or not move_following or head is None:
        return answer_id
    path = list(Tree(connection, session_id).upwards(head))
    if question_id not in path[2:]:
        return answer_id
    older = path[path.index(question_id) - 1]
    run(connection, "update messages set parent_id = $new where parent_id = $old", new=answer_id, old=older)
    return head


def _insert(
    connection: Connection,
    message_id: str,
    session_id: str,
    parent_id: str | None,
    role: str,
    content: str,
    status: Status,
    provenance: Provenance,
    *,
    model: str | None = None,
    provider: str | None = None,
    host: str | None = None,
) -> None:
    run(
        connection,
        """
        insert into messages (
            id, session_id, parent_id, role, content, reasoning, status, model, provider, host,
            door, notebook, cell_id, execution_count, writer_host, writer_pid, writer_started, heartbeat_at, created_at
        ) values (
            $id, $session, $parent, $role, $content, '', $status, $model, $provider, $host,
            $door, $notebook, $cell, $count, $writer_host, $writer_pid, $writer_started, $at, $at
        )
        """,
        id=message_id,
        session=session_id,
        parent=parent_id,
        role=role,
        content=content,
        status=status,
        model=model,
        provider=provider,
        host=host,
        door=provenance.door,
        notebook=provenance.notebook,
        cell=provenance.cell_id,
        count=provenance.execution_count,
        at=now(),
        **writer.identity(),
    )


def _attach(connection: Connection, given: Sequence[NewSource], session_id: str, message_id: str) -> None:
    sources.attach(connection, given, session_id=session_id, message_id=message_id)


def _spend(connection: Connection, spent: Usage) -> None:
    usage.insert(connection, spent)
