"""The face of the store: what everything above it may ask of the history."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..records import Message, NewSource, Provenance, Status, Usage
from .changes import Changes
from .database import Database
from .files import Files
from .frames import Form, Frames
from .imports import Imports
from .ledger import Ledger
from .messages import Messages
from .readmission import Readmission
from .removals import Removals
from .sessions import Sessions
from .transcripts import Transcripts
from .trash import Trash
from .turns import OpenTurn, Turns
from .users import Users

__all__ = ["Store"]


class Store:
    """The history in one DuckDB file. Synchronous and safe to use from several threads and processes.

    Parameters
    ----------
    path
        The file; it is made, with its directory, on first use.
    lock_timeout_s
        How long a call waits for other processes before it raises `StoreBusy`.
    idle_hold_ms
        How long the file stays open for back-to-back work.
    """

    def __init__(self, path: str | os.PathLike[str], *, lock_timeout_s: float = 20.0, idle_hold_ms: float = 50) -> None:
        self.database = Database(path, lock_timeout_s=lock_timeout_s, idle_hold_ms=idle_hold_ms)
        self.users = Users(self.database)
        self.sessions = Sessions(self.database)
        self.messages = Messages(self.database)
        self.files = Files(self.database)
        self.usage = Ledger(self.database)
        self.imports = Imports(self.database)
        self.transcripts = Transcripts(self.database)
        self.readmission = Readmission(self.database)
        self.trash = Trash(self.database)
        self.removals = Removals(self.database)
        self.changes = Changes(self.database)
        self._turns = Turns(self.database)
        self._frames = Frames(self.database)

    @property
    def path(self) -> Path:
        """The database file."""
        return self.database.path

    def close(self) -> None:
        """Give the file up now; using the store again opens it again."""
        self.database.close()

    def open_turn(
        self,
        *,
        user_id: str,
        session_id: str | None = None,
        new_session: Mapping[str, Any] | None = None,
        question: str | None = None,
        again: str | None = None,
        beside: str | None = None,
        move_following: bool = False,
        sources: Sequence[NewSource] = (),
        provenance: Provenance = Provenance(),
        model: str | None = None,
        provider: str | None = None,
        host: str | None = None,
        title: str | None = None,
    ) -> OpenTurn:
        """Commit a question and an empty `streaming` answer below it, in one transaction.

        Parameters
        ----------
        session_id, new_session
            An existing session, or what `sessions.create` takes besides the owner; a bare session when both are None.
        question, again
            New words, which follow the session's head; or the id of a question to answer once more.
        beside
            With `question`: id of a question that this one says in other words; it becomes its sibling.
        move_following
            With `again`: what followed the older answer on the visible path is moved below the new one, and the head
            stays. A notebook cell that runs again thus changes its own answer and hides nothing.
        sources
            Attachments of a new question; ignored with `again`, where the question has its own.
        title
            A title for a session that has none yet.

        Raises
        ------
        NotFound
            When there is no such session or question.
        """
        return self._turns.open(
            user_id=user_id,
            session_id=session_id,
            new_session=new_session,
            question=question,
            again=again,
            beside=beside,
            move_following=move_following,
            attached=sources,
            provenance=provenance,
            model=model,
            provider=provider,
            host=host,
            title=title,
        )

    def save_partial(self, message_id: str, content: str, reasoning: str = "") -> None:
        """Save what has arrived of an open answer; also the sign that its writer is alive.

        Call it every two seconds or so while an answer is open, also before the first token: on another machine an
        answer without a sign for 30 seconds reads as `interrupted`.
        """
        self._turns.save_partial(message_id, content, reasoning)

    def close_turn(
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
        """Store the whole answer, its ledger row and the session's new time and title, in one transaction.

        `model` names the one that really answered, where that was not known when the turn was opened. The first close
        counts: closing a closed answer changes nothing and adds nothing to the ledger.

        Raises
        ------
        NotFound
            When the answer was deleted meanwhile; the ledger row is kept.
        """
        return self._turns.close(
            message_id,
            content=content,
            reasoning=reasoning,
            status=status,
            error=error,
            hint=hint,
            model=model,
            usage=usage,
            title=title,
        )

    def sql(
        self,
        query: str,
        params: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        frames: Mapping[str, Any] | None = None,
        form: Form = "pandas",
    ) -> Any:
        """Run one select and return its rows; ids are strings, times are UTC.

        Nothing else is possible: no writing, no files, no network, no settings. An interrupt ends the query.

        Parameters
        ----------
        params
            Values for `$name` or `?`.
        frames
            Frames of pandas or polars and Arrow tables that the query may use as tables, by name.
        form
            What comes back: a DataFrame of `pandas` or `polars`, or an `arrow` table.

        Raises
        ------
        InvalidInput
            When the query is not one readable select, or a library is missing; names the reason.
        """
        return self._frames.sql(query, params, frames=frames, form=form)
