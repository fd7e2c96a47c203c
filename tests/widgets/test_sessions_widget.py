"""The session browser's kernel side: what its list gets, and what the next cell sees of it."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted

import squid_nb
from squid_nb.config import Config
from squid_nb.conversing import SessionsBridge, browsing
from squid_nb.conversing.browsing import VERBS, look, python_of
from squid_nb.events import Used
from squid_nb.records import NewSource, Session
from squid_nb.squid import Squid
from squid_nb.store import Store
from squid_nb.store.session_views import SessionViews, View
from squid_nb.widgets import ChatWidget, SessionsWidget
from squid_nb.widgets.app import app

SQUID = "A squid has ten arms <b>and</b> no bones."


@pytest.fixture
def squid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Squid]:
    monkeypatch.setenv("SQUID_DATABASE__PATH", str(tmp_path / "squid.duckdb"))
    monkeypatch.setenv("SQUID_USER__NAME", "ada")
    store = Store(tmp_path / "squid.duckdb")
    yield Squid(Config.load(), store=store, provider=Scripted(SQUID, Used(10, 5, cost_usd=0.25)))
    store.close()


@pytest.fixture
def filled(squid: Squid) -> Squid:
    """Six sessions that differ in everything that can be filtered or sorted by."""
    note = NewSource("file", "notes.md", "text/markdown", b"bones", "bones")
    asked = squid.ask("How many arms has a squid?")
    read = squid.ask("What is in the notes?", sources=[note])
    squid.sessions.tag(asked.session_id, "Work", 'it\'s "quoted"')
    squid.sessions.rename(read.session_id, "Notes read")
    squid.sessions.create("beta", tags=["work"])
    squid.sessions.create("Alpha", model="o'clock-1")
    squid.sessions.pin(squid.sessions.create("Pinned one"))
    squid.sessions.archive(squid.sessions.create("Put away"))
    return squid


class Page:
    """Speaks to a list's bridge as the browser does."""

    def __init__(self, bridge: SessionsBridge, inbox: queue.Queue[dict[str, Any]]) -> None:
        self.bridge, self.inbox = bridge, inbox
        self._ids = (f"id{number}" for number in itertools.count())

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self.inbox.get(timeout=20)
            if wanted(message):
                return message

    def call(self, verb: str, **args: Any) -> Any:
        call_id = next(self._ids)
        self.bridge.receive({"id": call_id, "kind": "call", "verb": verb, "args": args})
        reply = self.until(lambda message: message.get("id") == call_id)
        return reply["result"] if reply["ok"] else reply["error"]

    def wait_for_change(self) -> None:
        change = self.until(lambda message: message["kind"] == "change")
        assert change["what"] == "sessions"


@pytest.fixture
def open_page() -> Iterator[Callable[[Squid], Page]]:
    bridges: list[SessionsBridge] = []

    def open_page(squid: Squid) -> Page:
        inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        bridge = SessionsBridge(squid, inbox.put, lambda *_: None)
        bridge.connect()
        bridges.append(bridge)
        return Page(bridge, inbox)

    yield open_page
    for bridge in bridges:
        bridge.disconnect()


def browse(squid: Squid, *, offset: int = 0, limit: int = 50, zone: int = 0, **view: Any) -> dict[str, Any]:
    result: dict[str, Any] = VERBS["sessions.browse"](
        squid, {"view": view, "offset": offset, "limit": limit, "zone": zone}
    )
    return result


def titles(squid: Squid, **view: Any) -> list[str]:
    return [session["title"] for session in browse(squid, **view)["items"]]


def test_a_search_looks_at_more_passages_when_asked_to(squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "_HITS", 3)
    for number in range(8):
        squid.ask(f"octopus number {number}")
    seen = [browse(squid, words="octopus", sort="match", reach=reach) for reach in (1, 2, 32)]
    assert [page["more"] for page in seen] == [True, True, False]
    assert 0 < seen[0]["total"] <= seen[1]["total"] <= seen[2]["total"] == 8


VIEWS: list[dict[str, Any]] = [
    {},
    {"sort": "created"},
    {"sort": "title"},
    {"sort": "messages"},
    {"sort": "cost"},
    {"tags": ["work"]},
    {"tags": ['it\'s "quoted"', "WORK"]},
    {"model": "scripted-1"},
    {"model": "o'clock-1"},
    {"pinned": True},
    {"archived": True},
    {"files": True},
    {"words": "squid arms", "sort": "match"},
    {"words": "bones", "sort": "title"},
    {"words": "tag:work", "sort": "match"},
    {"words": "zzz"},
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_copied_sql_and_python_give_the_rows_of_the_view(filled: Squid, view: dict[str, Any]) -> None:
    shown = [session["id"] for session in browse(filled, **view)["items"]]
    copied = VERBS["sessions.query"](filled, {"view": view})
    assert list(filled.history.sql(copied["sql"])["session_id"]) == shown
    names: dict[str, Any] = {}
    exec(copied["python"], names)  # what a person does with it
    assert list(names["sessions"]["session_id"]) == shown


def test_python_text_quotes_what_sql_may_hold() -> None:
    sql = 'select \'a\\n """ b\' as text'
    names: dict[str, Any] = {}
    code = python_of(sql).replace("from squid_nb import Squid\n\n", "").replace("Squid().history.sql", "str")
    exec(code, names)
    assert names["sessions"].strip() == sql


def test_orders(filled: Squid) -> None:
    assert titles(filled, sort="title") == ["Pinned one", "Alpha", "beta", "How many arms has a squid?", "Notes read"]
    assert titles(filled, sort="created")[:2] == ["Pinned one", "Alpha"]
    assert titles(filled, sort="cost")[1:3] == ["Notes read", "How many arms has a squid?"]
    assert browse(filled, sort="messages")["items"][1]["messages"] == 2


def test_filters(filled: Squid) -> None:
    assert titles(filled, tags=["work"]) == ["beta", "How many arms has a squid?"]
    assert titles(filled, model="scripted-1") == ["Notes read", "How many arms has a squid?"]
    assert titles(filled, model="scripted") == []
    assert titles(filled, pinned=True) == ["Pinned one"]
    assert titles(filled, archived=True) == ["Put away"]
    assert titles(filled, files=True) == ["Notes read"]
    assert titles(filled, tags=["work"], pinned=True) == []


def test_unknown_order_is_one_sentence(filled: Squid, open_page: Callable[[Squid], Page]) -> None:
    refused = open_page(filled).call("sessions.browse", view={"sort": "colour"}, limit=5)
    assert "colour" in refused["message"]


def test_search_shows_the_best_passage_with_everything_else_escaped(filled: Squid) -> None:
    window = browse(filled, words="ten ar", sort="match")
    found = window["found"][window["items"][0]["id"]]
    assert "<mark>ten</mark> <mark>arms</mark>" in found["snippet"]
    assert "&lt;b&gt;and&lt;/b&gt;" in found["snippet"]
    assert found["kind"] == "message"


def test_search_leaves_archived_ones_out_unless_asked(filled: Squid) -> None:
    assert titles(filled, words="put away") == []
    assert titles(filled, words="put away", archived=True) == ["Put away"]
    assert titles(filled, words="put is:archived") == ["Put away"]


def test_windows_cut_the_list_without_gaps(filled: Squid) -> None:
    whole = titles(filled, sort="title")
    assert [titles(filled, sort="title", offset=offset, limit=2) for offset in (0, 2, 4)] == [
        whole[:2],
        whole[2:4],
        whole[4:],
    ]
    ids = VERBS["sessions.ids"](filled, {"view": {"sort": "title"}, "offset": 1, "limit": 2})
    assert [filled.sessions.get(one).title for one in ids] == whole[1:3]


def test_groups_follow_the_readers_days(squid: Squid) -> None:
    from squid_nb.store.rows import now, run

    noon = now().replace(hour=12, minute=0)
    ages = {"today": 0, "yesterday": 1, "week": 4, "month": 20, "old": 400}
    with squid.store.database.lease() as connection:
        for title, days in ages.items():
            session = squid.sessions.create(title)
            at = noon - timedelta(days=days)
            run(connection, "update sessions set updated_at = $at where id = $id", at=at, id=session.id)
    squid.sessions.pin("old")
    groups = browse(squid)["groups"]
    assert [group["key"] for group in groups] == ["pinned", "today", "yesterday", "week", "month"]
    squid.sessions.pin("old", on=False)
    old = noon - timedelta(days=400)
    assert browse(squid)["groups"][-1] == {"key": f"{old:%Y-%m}", "count": 1}
    assert sum(group["count"] for group in browse(squid, zone=-600)["groups"]) == 5
    assert browse(squid, sort="title")["groups"] == [{"key": "rest", "count": 5}]


def test_nobody_sees_what_belongs_to_somebody_else(filled: Squid) -> None:
    other = Squid(filled.config, "grace", store=filled.store, provider=filled.provider)
    assert browse(other)["total"] == 0
    assert VERBS["sessions.facets"](other, {}) == {"tags": [], "models": []}
    theirs = browse(filled)["items"][0]["id"]
    for verb in ("sessions.delete", "sessions.change"):
        with pytest.raises(squid_nb.errors.AccessDenied):
            VERBS[verb](other, {"ids": [theirs], "pinned": True})
    filled.sessions.delete(theirs)
    with pytest.raises(squid_nb.errors.NotFound):
        VERBS["sessions.restore"](other, {"ids": [theirs]})


def test_bulk_tag_archive_delete_and_undo(filled: Squid) -> None:
    ids = [session["id"] for session in browse(filled)["items"]]
    VERBS["sessions.change"](filled, {"ids": ids, "tag": ["later"], "untag": ["Work", "work"]})
    assert VERBS["sessions.facets"](filled, {"ids": ids[:2]})["tags"][0] == {"name": "later", "count": 2}
    assert not titles(filled, tags=["work"])
    VERBS["sessions.change"](filled, {"ids": ids[:2], "archived": True})
    assert browse(filled)["total"] == len(ids) - 2
    VERBS["sessions.delete"](filled, {"ids": ids})
    assert browse(filled)["total"] == 0
    VERBS["sessions.restore"](filled, {"ids": ids})
    assert browse(filled)["total"] == len(ids) - 2


def test_export_writes_the_chosen_ones(filled: Squid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ids = [session["id"] for session in browse(filled, files=True)["items"]]
    written = Path(VERBS["sessions.export"](filled, {"ids": ids, "format": "markdown"})["path"])
    assert "What is in the notes?" in written.read_text("utf-8")


def test_facets_count_what_can_be_filtered_by(filled: Squid) -> None:
    facets = VERBS["sessions.facets"](filled, {})
    assert {"name": "Work", "count": 1} in facets["tags"]
    assert {"name": "scripted-1", "count": 2} in facets["models"]


def test_who_is_answering_now(squid: Squid, open_page: Callable[[Squid], Page]) -> None:
    gate = threading.Event()
    asking = Squid(squid.config, store=squid.store, provider=Scripted("Wait ", gate, "for it", Used(1, 1)))
    page = open_page(asking)
    events = asking.stream("A long one")
    started = next(events)
    page.wait_for_change()
    assert page.call("sessions.browse", limit=5)["answering"] == {started.session_id: "scripted-1"}
    gate.set()
    list(events)
    page.wait_for_change()
    assert page.call("sessions.browse", limit=5)["answering"] == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda squid, session: squid.sessions.create("New"),
        lambda squid, session: squid.sessions.rename(session, "Renamed"),
        lambda squid, session: squid.sessions.tag(session, "t"),
        lambda squid, session: squid.sessions.pin(session),
        lambda squid, session: squid.sessions.archive(session),
        lambda squid, session: squid.sessions.delete(session),
        lambda squid, session: squid.sessions.select(session).tag("t"),
    ],
    ids=["create", "rename", "tag", "pin", "archive", "delete", "select"],
)
def test_changes_of_this_kernel_are_told(
    squid: Squid, open_page: Callable[[Squid], Page], change: Callable[[Squid, Session], Any], monkeypatch: Any
) -> None:
    # Without a look at the file, so that only the process's own word counts.
    monkeypatch.setattr("squid_nb.conversing.file_watch.FileWatch.start", lambda _: None)
    monkeypatch.setattr("squid_nb.conversing.file_watch.FileWatch.stop", lambda _: None)
    session = squid.sessions.create("Old")
    page = open_page(squid)
    change(squid, session)
    page.wait_for_change()


def test_changes_of_another_store_are_told(squid: Squid, open_page: Callable[[Squid], Page]) -> None:
    squid.sessions.create("Old")
    page = open_page(squid)
    other = Squid(squid.config, store=Store(squid.store.path), provider=squid.provider)
    other.sessions.create("From elsewhere")
    other.store.close()
    page.wait_for_change()
    assert "From elsewhere" in titles(squid)


def test_selection_is_a_frame_and_sql_the_view(filled: Squid) -> None:
    widget = SessionsWidget(squid=filled)
    assert widget.selection.empty
    assert list(widget.selection.columns[:3]) == ["session_id", "title", "tags"]
    page = Page(widget._bridge, queue.Queue())
    widget._bridge._send = page.inbox.put
    chosen = [session["id"] for session in page.call("sessions.browse", view={"tags": ["work"]}, limit=9)["items"]]
    page.call("sessions.select", ids=chosen)
    assert set(widget.selection["title"]) == {"beta", "How many arms has a squid?"}
    assert page.call("sessions.select", ids=None)["ids"] == chosen
    assert list(filled.history.sql(widget.sql)["session_id"]) == chosen
    assert "Squid().history.sql" in widget.python
    widget.close()


def test_nothing_of_the_list_is_in_the_widgets_state(filled: Squid) -> None:
    widget = SessionsWidget(squid=filled)
    state = widget.get_state()
    assert {key for key in state if not key.startswith("_")} == {
        "height",
        "session_id",
        "layout",
        "tabbable",
        "tooltip",
    }
    data, _ = widget._repr_mimebundle_()
    assert "- Notes read (" in data["text/plain"]
    widget.close()


def test_app_opens_in_the_chat_what_is_clicked_and_marks_what_the_chat_shows(
    filled: Squid, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = app(squid=filled)
    sessions = {session["title"]: session["id"] for session in browse(filled)["items"]}
    page = Page(both.sessions._bridge, queue.Queue())
    both.sessions._bridge._send = page.inbox.put
    page.call("sessions.open", session_id=sessions["Notes read"])
    assert both.chat.session == sessions["Notes read"] == filled.current
    sent: list[Any] = []
    monkeypatch.setattr(both.chat, "send", sent.append)
    page.call("sessions.open", session_id=sessions["Notes read"], message_id="m1")
    assert sent == [{"kind": "follow", "uri": "squid:message/m1"}]
    both.chat._bridge.turn_to(sessions["beta"])
    assert both.sessions.session_id == sessions["beta"]
    data = both._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    both.close()


def test_widget_takes_the_history_of_its_chat(filled: Squid) -> None:
    chat = ChatWidget(squid=filled)
    widget = SessionsWidget(chat)
    assert widget.sql == View("ada").sql()
    widget.close()
    chat.close()


def test_views_read_one_window_of_many(squid: Squid) -> None:
    from histories import many

    many(squid.store, owner_id=squid.user.id, sessions=300, messages_each=2)
    views = SessionViews(squid.store.database)
    window = views.window(View("ada"), offset=250, limit=20)
    assert (len(window.items), window.total) == (20, 300)
    assert all(session.messages == 2 for session in window.items)
    assert len(set(views.ids(View("ada")))) == 300


def test_what_is_typed_is_never_an_error(filled: Squid) -> None:
    for words in ("'", '"', "tag:", "has:code", "%", "\ud800", "a" * 5000):
        assert look(filled, {"words": words}).view.sql()
