"""Random operations on one history; whatever they are, its invariants hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from turn_writer import spent

from squid_nb.records import NewSource
from squid_nb.store import OpenTurn, Store, shelves

_texts = st.text(max_size=20)
_datas = st.sampled_from([b"", b"one", b"two", b"three"])
_ORPHANS = {
    "a message without its session": "select * from messages where session_id not in (select id from sessions)",
    "a message below nothing": """
        select * from messages where parent_id is not null and parent_id not in (select id from messages)
    """,
    "a message below one of another session": """
        select * from messages as m join messages as p on p.id = m.parent_id where p.session_id <> m.session_id
    """,
    "a head that is not there": """
        select * from sessions where head_id is not null and head_id not in (select id from messages)
    """,
    "a source without its message": "select * from sources where message_id not in (select id from messages)",
    "a source without its file": "select * from sources where sha256 not in (select sha256 from files)",
    "a file without a source": "select * from files where sha256 not in (select sha256 from sources)",
    "an id that is there twice": """
        select id from (
            select id from messages union all select id from sessions union all select id from sources
            union all select id from usage union all select id from users
        ) group by id having count(*) > 1
    """,
    "a file that is there twice": "select sha256 from files group by sha256 having count(*) > 1",
}
_ANY_ORPHAN = " union all ".join(f"select '{what}' where exists ({query})" for what, query in _ORPHANS.items())


class History(RuleBasedStateMachine):
    """A store beside a plain model of what it must hold."""

    sessions = Bundle("sessions")
    questions = Bundle("questions")

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        # Kept open: the rules are many and their order matters, not the leases.
        self.store = Store(self.directory / "squid.duckdb", idle_hold_ms=60_000)
        self.user = self.store.users.ensure("ann")
        self.tokens = 0
        self.contents: dict[str, dict[str, str]] = {}
        self.titles: dict[str, str] = {}

    @rule(target=sessions, title=_texts)
    def create(self, title: str) -> str:
        session_id = self.store.sessions.create(owner_id=self.user.id, title=title).id
        self.contents[session_id], self.titles[session_id] = {}, title
        return session_id

    @rule(target=questions, session_id=sessions, text=_texts, datas=st.lists(_datas, max_size=2), usage=st.booleans())
    def ask(self, session_id: str, text: str, datas: list[bytes], usage: bool) -> tuple[str, str]:
        sources = [NewSource("file", "a", "text/plain", data, data.decode()) for data in datas]
        turn = self.store.open_turn(user_id=self.user.id, session_id=session_id, question=text, sources=sources)
        self.contents[session_id][turn.question.id] = text
        self._answer(session_id, turn, text[::-1], usage=usage)
        return session_id, turn.question.id

    @rule(question=questions, text=_texts, move=st.booleans())
    def ask_again(self, question: tuple[str, str], text: str, move: bool) -> None:
        session_id, question_id = question
        if session_id in self.contents:
            turn = self.store.open_turn(user_id=self.user.id, again=question_id, move_following=move)
            self._answer(session_id, turn, text, usage=True)

    @rule(session_id=sessions, text=_texts)
    def leave_open(self, session_id: str, text: str) -> None:
        turn = self.store.open_turn(user_id=self.user.id, session_id=session_id, question=text)
        self.store.save_partial(turn.answer.id, text)
        self.contents[session_id] |= {turn.question.id: text, turn.answer.id: text}

    @rule(session_id=sessions, data=st.data())
    def branch(self, session_id: str, data: st.DataObject) -> None:
        head = data.draw(st.sampled_from([None, *sorted(self.contents[session_id])]))
        self.store.sessions.set_head(session_id, head)

    @rule(session_id=sessions, title=_texts)
    def rename(self, session_id: str, title: str) -> None:
        self.titles[session_id] = self.store.sessions.rename(session_id, title).title

    @rule(session_id=sessions, tag=_texts)
    def label(self, session_id: str, tag: str) -> None:
        self.store.sessions.tag(session_id, tag)
        self.store.sessions.pin(session_id)
        self.store.sessions.untag(session_id, tag)

    @rule(session_id=consumes(sessions))
    def delete(self, session_id: str) -> None:
        self.store.sessions.delete(session_id)
        del self.contents[session_id], self.titles[session_id]

    @rule(target=sessions)
    def reopen(self) -> object:
        self.store.close()
        return multiple()

    def _answer(self, session_id: str, turn: OpenTurn, text: str, *, usage: bool) -> None:
        ledger_row = spent(turn, self.user.id) if usage else None
        answer = self.store.close_turn(turn.answer.id, content=text, status="complete", usage=ledger_row)
        self.contents[session_id][answer.id] = text
        self.tokens += 3 * usage

    @invariant()
    def nothing_is_orphaned(self) -> None:
        if hasattr(self, "store"):
            with self.store.database.lease() as connection:
                assert connection.execute(_ANY_ORPHAN).fetchall() == []
                assert shelves.strays(connection) == 0

    @invariant()
    def no_message_is_lost(self) -> None:
        if hasattr(self, "store"):
            with self.store.database.lease() as connection:
                rows = connection.execute("select session_id::varchar, id::varchar, content from messages").fetchall()
            found: dict[str, dict[str, str]] = {session_id: {} for session_id in self.contents}
            for session_id, message_id, content in rows:
                found[session_id][message_id] = content
            assert found == self.contents

    @invariant()
    def sessions_are_listed_as_they_are(self) -> None:
        if hasattr(self, "store"):
            listed = self.store.sessions.list(owner_id=self.user.id, limit=1000).items
            assert {session.id: session.title for session in listed} == self.titles
            assert all(session.messages == len(self.contents[session.id]) for session in listed)

    @invariant()
    def ledger_sums_never_shrink(self) -> None:
        if hasattr(self, "store"):
            with self.store.database.lease() as connection:
                (total,) = connection.execute("select coalesce(sum(input_tokens), 0) from usage").fetchall()
            assert total == (self.tokens,)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.directory)


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
