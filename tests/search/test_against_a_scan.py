"""The index says what a walk over all messages says, whatever was done in between."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from squid_nb.search import Search
from squid_nb.store import Store

WORDS = ("ant", "bee", "cat", "dog", "猫", "犬", "école")
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)


class AgainstAScan(RuleBasedStateMachine):
    sessions = Bundle("sessions")
    answers = Bundle("answers")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "squid.duckdb")
        self.search = Search(self.store)
        self.owner = self.store.users.ensure("ann").id
        self.messages: dict[str, tuple[str, str]] = {}
        self.deleted: set[str] = set()

    @rule(target=sessions, text=texts)
    def begin(self, text: str) -> str:
        turn = self.store.open_turn(user_id=self.owner, question=text)
        self.messages[turn.question.id] = (turn.session.id, text)
        return turn.session.id

    @rule(target=answers, session=sessions, text=texts)
    def ask(self, session: str, text: str) -> str | None:
        if session in self.deleted:
            return None
        turn = self.store.open_turn(user_id=self.owner, session_id=session, question=text)
        self.messages[turn.question.id] = (session, text)
        return turn.answer.id

    @rule(answer=answers, text=texts)
    def stream(self, answer: str | None, text: str) -> None:
        session = self._session_of(answer)
        if session is not None and answer is not None:
            self.store.save_partial(answer, text)
            self.messages[answer] = (session, text)

    @rule(answer=consumes(answers), text=texts)
    def close(self, answer: str | None, text: str) -> None:
        session = self._session_of(answer)
        if session is not None and answer is not None:
            self.store.close_turn(answer, content=text, status="complete")
            self.messages[answer] = (session, text)

    @rule(session=sessions)
    def delete(self, session: str) -> None:
        if session not in self.deleted:
            self.store.trash.put([session], keep=timedelta(days=1))
            self.deleted.add(session)

    @rule(session=sessions)
    def restore(self, session: str) -> None:
        if session in self.deleted:
            self.store.trash.restore([session])
            self.deleted.discard(session)

    @rule(session=sessions)
    def tag(self, session: str) -> None:
        if session not in self.deleted:
            self.store.sessions.tag(session, "seen")

    @rule()
    def start_again(self) -> None:
        self.search.close()
        self.search = Search(self.store)

    @invariant()
    def index_and_scan_agree(self) -> None:
        for word in ("ant", "猫", "ecole"):
            original = {"ecole": "école"}.get(word, word)
            expected = {
                message
                for message, (session, text) in self.messages.items()
                if session not in self.deleted and original in text.split()
            }
            page = self.search.find(f"{word} ", owner_id=self.owner, limit=1000)
            assert {hit.message_id for hit in page.items} == expected

    def teardown(self) -> None:
        self.search.close()
        self.store.close()
        self.folder.cleanup()

    def _session_of(self, answer: str | None) -> str | None:
        """The session of an answer that can still be written."""
        if answer is None:
            return None
        with self.store.database.lease() as connection:
            row = connection.execute(
                "select session_id::varchar from messages where id = $id and status = 'streaming'", {"id": answer}
            ).fetchone()
        return row[0] if row else None


TestAgainstAScan = AgainstAScan.TestCase
TestAgainstAScan.settings = settings(
    max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
