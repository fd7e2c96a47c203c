"""`squid.sessions`: deleting with undo, selections, lists with typed filters."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.errors import AccessDenied, InvalidInput, NotFound
from squid_nb.squid import Squid
from squid_nb.store.removals import Removal
from tests.scripted import Scripted


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config().replace({"database.path": tmp_path / "squid.duckdb"})


@pytest.fixture
def squid(config: Config) -> Iterator[Squid]:
    with Squid(config, user="ann", provider=Scripted("answer")) as squid:
        yield squid


def test_a_deleted_session_can_be_restored_by_title_or_id(squid: Squid) -> None:
    session = squid.sessions.create("Plans")
    squid.sessions.delete("Plans")
    assert [one.title for one in squid.sessions.deleted()] == ["Plans"]
    assert squid.sessions.restore("plans") == session
    squid.sessions.delete(session)
    assert squid.sessions.restore(session.id[:13]) == session
    with pytest.raises(NotFound, match="gone for good"):
        squid.sessions.restore("Plans")


def test_purging_leaves_nothing_to_restore(squid: Squid) -> None:
    squid.sessions.create("Plans")
    squid.sessions.delete("Plans")
    squid.sessions.purge("Plans")
    assert squid.sessions.deleted() == ()


def test_without_days_to_undo_deleting_is_for_good(squid: Squid) -> None:
    squid.configure("session.undo_days", 0)
    squid.sessions.delete(squid.sessions.create("Plans"))
    assert squid.sessions.deleted() == ()


def test_nobody_restores_what_is_somebody_elses(squid: Squid, config: Config) -> None:
    session = squid.sessions.create("Plans")
    squid.sessions.delete(session)
    with Squid(config, user="bob", provider=Scripted("answer")) as other:
        assert other.sessions.deleted() == ()
        with pytest.raises(NotFound):
            other.sessions.restore(session.id)


def test_a_selection_is_changed_together(squid: Squid) -> None:
    for name in ("one", "two", "three"):
        squid.sessions.create(name)
    chosen = squid.sessions.select("one", "two").tag("old", "dull").untag("dull").archive()
    assert len(chosen) == 2
    assert {session.title for session in squid.sessions.list(archived=True).items} == {"one", "two"}
    assert {session.tags for session in squid.sessions.list(query="tag:old is:archived").items} == {("old",)}
    squid.sessions.select(query="tag:old", archived=None).delete().restore()
    squid.sessions.select(query="tag:old", archived=None).delete()
    assert [session.title for session in squid.sessions.list(archived=None).items] == ["three"]
    assert len(squid.sessions.deleted()) == 2


def test_a_selection_holds_only_ones_own(squid: Squid, config: Config) -> None:
    with Squid(config, user="bob", provider=Scripted("answer")) as other:
        theirs = other.sessions.create("theirs")
    with pytest.raises(AccessDenied):
        squid.sessions.select(theirs.id)
    assert len(squid.sessions.select(query="theirs")) == 0


def test_lists_take_the_filters_of_search(squid: Squid) -> None:
    squid.sessions.create("holiday plans", tags=["home"])
    squid.sessions.create("work plans", tags=["work"])
    assert [session.title for session in squid.sessions.list(query="plans tag:work").items] == ["work plans"]
    assert squid.sessions.list(query="plans before:2020").items == ()
    assert squid.sessions.list(since="2020", until="today").items
    with pytest.raises(InvalidInput, match="someday"):
        squid.sessions.list(since="someday")


def test_an_empty_tag_is_refused(squid: Squid) -> None:
    session = squid.sessions.create("one")
    with pytest.raises(InvalidInput, match="tag"):
        squid.sessions.tag(session, "fine", "  ")
    assert squid.sessions.get(session).tags == ()


def test_search_takes_a_session_by_title(squid: Squid) -> None:
    first = squid.ask("about herons", session=squid.sessions.create("birds"))
    squid.ask("about herons too")
    hits = squid.search("herons", session="birds", role="user").items
    assert [hit.session_id for hit in hits] == [first.session_id]
    with pytest.raises(NotFound):
        squid.search("herons", session="no such session")


def test_tags_are_kept_as_one_line_each_once(squid: Squid) -> None:
    persian = "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    made = squid.sessions.create("A", tags=["a\x00b", " a  b", persian])
    assert made.tags == ("a b", persian)
    for tag in (lambda: squid.sessions.create("B", tags=[" "]), lambda: squid.sessions.select("A").tag("\t")):
        with pytest.raises(InvalidInput, match="at least one character"):
            tag()


def test_several_changes_are_made_together(squid: Squid) -> None:
    session = squid.sessions.create("Before", tags=["old"])
    changed = squid.sessions.change(session, title="After", tags=["new"], pinned=True)
    assert (changed.title, changed.tags, changed.pinned, changed.archived) == ("After", ("new",), True, False)
    with pytest.raises(NotFound):
        squid.sessions.change(session, title="Never", head_id="nowhere")
    assert squid.sessions.get(session) == changed


@pytest.mark.parametrize("what", ["session", "selection", "answer", "question"])
def test_what_is_deleted_while_it_is_answered_stops_and_comes_back_with_what_there_was(
    config: Config, what: str
) -> None:
    with Squid(config, user="ann", provider=Scripted("One ", threading.Event(), "never")) as squid:

        def ask() -> None:
            with suppress(NotFound):  # what is read at the end may be deleted by then
                squid.ask("Q")

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: any(run.content for run in squid.live.running()))
        (run,) = squid.live.running()
        sessions, undo = squid.sessions, None
        if what == "session":
            sessions.delete(run.session_id)
        elif what == "selection":
            undo = sessions.select(run.session_id).delete()
        else:
            undo = sessions.remove_message(run.message_id if what == "answer" else run.question_id)
        assert squid.live.running() == [], "nothing goes on unseen"
        if isinstance(undo, Removal):
            sessions.restore_message(undo.id)
        else:
            sessions.restore(run.session_id)
        answer = sessions.message(run.message_id)
        assert (answer.content, answer.status) == ("One ", "stopped")
        asking.join()
