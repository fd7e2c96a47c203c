"""A turn: a question and its answer, opened before the model is called and closed when it has ended.

Opening is one transaction and closing is one. In between the partial answer is saved now and then, so that what
was acknowledged survives the process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InvalidInput, NotFound
from ..records import Message, NewSource, Provenance, Session, Status, Usage
from . import ledger, messages, sessions, sources
from .database import Database
from .ids import checked, new_id
from .rows import Connection, now, run, utf8
from .tree import Tree

__all__ = ["OpenTurn", "Turns"]

_MOST_OPEN = 1000


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """An open turn: the answer is empty and `streaming`."""

    session: Session
    """As it is now, without its counters: reading them takes longer than all the rest, and grows with the history."""
    question: Message
    """As written, like the answer: how many versions of them there are is counted where they are read."""
    answer: Message
    titled: bool = False
    """Whether this turn gave the session its title."""


class Turns:
    """The turns of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers: dict[str, Message] = {}
        """The open ones of this process, by id."""

    def open(
        self,
        *,
        user_id: str,
        session_id: str | None,
        new_session: Mapping[str, Any] | None,
        question: str | None,
        again: str | None,
        beside: str | None,
        move_following: bool,
        attached: Sequence[NewSource],
        provenance: Provenance,
        model: str | None,
        provider: str | None,
        host: str | None,
        title: str | None,
    ) -> OpenTurn:
        """Commit a question and an empty answer; see `Store.open_turn`."""
        with self._database.lease() as connection:
            revision = self._database.numbers.take(connection)
            if again is not None and question is None:
                asked = messages.fetch(connection, again)
                session = sessions.fetch_uncounted(connection, asked.session_id)
            elif question is not None and again is None:
                session = _session(connection, user_id, session_id, new_session)
                asked = _question(session, question, provenance, parent_id=_parent(connection, session, beside))
            else:
                raise InvalidInput("A turn needs either a question or the id of one to ask again.")
            answer = _answer(session, asked, provenance, model=model, provider=provider, host=host)
            messages.insert(connection, *([] if again else [asked]), answer, revision=revision)
            if attached and not again:
                given = sources.attach(connection, attached, session_id=session.id, message_id=asked.id)
                asked = replace(asked, sources=given)
            head_id = _follow(connection, session, asked, answer) if again and move_following else answer.id
            title = None if session.title else title or None
            at = sessions.touch(connection, session.id, head_id=head_id, title=title)
        session = replace(session, head_id=head_id, updated_at=at, title=title or session.title)
        self._remember(answer)
        return OpenTurn(session, asked, answer, titled=title is not None)

    def save_partial(self, message_id: str, content: str, reasoning: str = "") -> None:
        """Save what has arrived so far, and that its writer is alive; a closed answer is left alone."""
        with self._database.lease() as connection:
            run(
                connection,
                # A writer that was taken for gone may come back.
                """
                update messages
                set content = $content, reasoning = $reasoning, heartbeat_at = $at, status = 'streaming',
                    revision = $revision
                where id = $id and status in ('streaming', 'interrupted')
                """,
                id=checked(message_id, "message"),
                content=content,
                reasoning=reasoning,
                at=now(),
                revision=self._database.numbers.take(connection),
            )

    def close(
        self,
        message_id: str,
        *,
        content: str,
        reasoning: str,
        status: Status,
        error: str | None,
        hint: str | None,
        model: str | None,
        usage: Usage | None,
        title: str | None,
    ) -> Message:
        """Store the whole answer and its ledger row; see `Store.close_turn`."""
        opened = self._answers.pop(message_id, None)
        with self._database.lease() as connection:
            open_still = messages.finish(
                connection,
                message_id,
                content=content,
                reasoning=reasoning,
                status=status,
                error=error,
                hint=hint,
                model=model,
                revision=self._database.numbers.take(connection),
            )
            answer = opened if open_still and opened is not None else messages.find(connection, message_id)
            if answer is not None and not open_still:
                return messages.fetch(connection, message_id)
            spent = ledger.insert(connection, usage) if usage is not None else None
            if answer is not None:
                sessions.touch(connection, answer.session_id, title=title)
        if answer is None:
            raise NotFound(f"The answer {message_id!r} was deleted while it was written.", "Its usage has been kept.")
        return replace(
            answer,
            content=utf8(content),
            reasoning=utf8(reasoning),
            status=status,
            error=error,
            hint=hint,
            model=model or answer.model,
            usage=spent,
        )

    def _remember(self, answer: Message) -> None:
        """Keep what closing would have to read; an answer that another process closes is forgotten in time."""
        while len(self._answers) >= _MOST_OPEN:
            self._answers.pop(next(iter(self._answers)), None)
        self._answers[answer.id] = answer


def _session(
    connection: Connection, user_id: str, session_id: str | None, new_session: Mapping[str, Any] | None
) -> Session:
    if session_id is None:
        session_id = sessions.insert(connection, owner_id=user_id, **(new_session or {}))
    return sessions.fetch_uncounted(connection, session_id)


def _parent(connection: Connection, session: Session, beside: str | None) -> str | None:
    """What a question follows: the same as its other version, or the head, which cannot move before this commits."""
    if beside is None:
        return session.head_id
    other = messages.fetch(connection, beside)
    if other.session_id != session.id or other.role != "user":
        raise InvalidInput("Only a question of the same session can be asked in other words.")
    return other.parent_id


def _question(session: Session, text: str, provenance: Provenance, *, parent_id: str | None) -> Message:
    return Message(
        id=new_id(),
        session_id=session.id,
        parent_id=parent_id,
        role="user",
        content=text,
        status="complete",
        created_at=now(),
        provenance=provenance,
    )


def _answer(
    session: Session,
    question: Message,
    provenance: Provenance,
    *,
    model: str | None,
    provider: str | None,
    host: str | None,
) -> Message:
    """The empty answer, open until its turn is closed."""
    return Message(
        id=new_id(),
        session_id=session.id,
        parent_id=question.id,
        role="assistant",
        content="",
        status="streaming",
        created_at=now(),
        model=model,
        provider=provider,
        host=host,
        provenance=provenance,
    )


def _follow(connection: Connection, session: Session, question: Message, answer: Message) -> str:
    """Move what followed the older answer on the visible path below the new one; return the head."""
    path = list(Tree(connection, session.id).upwards(session.head_id))
    if session.head_id is None or question.id not in path[2:]:
        return answer.id
    older = path[path.index(question.id) - 1]
    run(connection, "update messages set parent_id = $new where parent_id = $old", new=answer.id, old=older)
    return session.head_id
