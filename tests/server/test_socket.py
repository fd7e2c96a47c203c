"""The WebSocket: ask, stop, hear of changes, and come back after a cut."""

from __future__ import annotations

import base64
import threading
from typing import Any

import pytest
from scripted import Scripted
from waiting import wait_until
from websockets.exceptions import ConnectionClosed, InvalidStatus

from squid_nb.events import Used
from squid_nb.squid import Squid, shared
from squid_nb.store import Store

from .conftest import Serve
from .live_server import View


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "delta")


def is_delta(frame: dict[str, Any]) -> bool:
    return frame["kind"] == "event" and frame["event"]["type"] == "delta"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_frames_are_those_of_the_widgets(serve: Serve) -> None:
    with serve().view() as view:
        hello = view.call("hello")["result"]
        assert (hello["session"], hello["model"], hello["page"]) == (None, "scripted-1", {"items": [], "cursor": None})
        ask = view.send("ask", args={"prompt": "Hi"})
        frames = view.until(lambda frame: frame["kind"] == "end")
        events = [frame for frame in frames if frame["kind"] == "event"]
        assert [frame["seq"] for frame in events] == list(range(len(events)))
        assert {frame["id"] for frame in events} == {ask}
        assert events[0]["event"]["type"], text_of([frame["event"] for frame in events]) == ("started", "Hello there")
        session = events[0]["event"]["session_id"]
        opened = view.call("session.open", session_id=session)["result"]
        assert [one["content"] for one in opened["page"]["items"]] == ["Hi", "Hello there"]
        assert {one["provenance"]["door"] for one in opened["page"]["items"]} == {"server"}


def test_frames_are_numbered_without_gaps(serve: Serve) -> None:
    with serve().view() as view:
        numbers = [view.call("hello")["n"]]
        view.send("ask", args={"prompt": "Hi"})
        numbers += [frame["n"] for frame in view.until(lambda frame: frame["kind"] == "end")]
        assert numbers == list(range(1, len(numbers) + 1))


def test_stop_keeps_the_partial_answer(serve: Serve) -> None:
    with serve("One ", threading.Event(), "never").view() as view:
        ask = view.send("ask", args={"prompt": "Hi"})
        view.until(is_delta)
        view.send("stop", args={"ask": ask, "message_id": None})
        frames = view.until(lambda frame: frame["kind"] == "end")
        finished = next(frame["event"] for frame in frames if frame.get("event", {}).get("type") == "finished")
        assert finished["status"] == "stopped"
        assert shared().answer(finished["message_id"]).text == "One "


def test_a_view_that_comes_back_misses_nothing(serve: Serve) -> None:
    gate = threading.Event()
    server = serve("One ", gate, "two ", "three")
    first = server.view("panel-0001")
    ask = first.send("ask", args={"prompt": "Hi"})
    before = first.until(is_delta)
    first.cut()
    gate.set()
    squid = shared()
    wait_until(lambda: not squid.live.running())  # the answer has gone on without anybody
    with server.view("panel-0001", after=first.last) as again:
        assert again.welcome == {"kind": "welcome", "n": first.last, "resumed": True}
        rest = again.until(lambda frame: frame["kind"] == "end")
        assert [frame["n"] for frame in before + rest] == list(range(1, len(before + rest) + 1))
        events = [frame["event"] for frame in before + rest if frame["kind"] == "event"]
        assert text_of(events) == "One two three"
        # It does not know whether its question had arrived, and asks again under the same id.
        again.send("ask", again=ask, args={"prompt": "Hi"})
        assert len(again.call("session.open", session_id=events[0]["session_id"])["result"]["page"]["items"]) == 2


def test_a_view_that_nobody_knows_starts_anew(serve: Serve) -> None:
    server = serve()
    with server.view("panel-0001", after=17) as view:
        assert view.welcome["resumed"] is False
        assert view.call("hello")["ok"]


def test_another_socket_of_the_same_view_takes_the_place(serve: Serve) -> None:
    server = serve()
    first = server.view("panel-0001")
    with server.view("panel-0001") as second:
        with pytest.raises(ConnectionClosed) as closed:
            first.until(lambda _: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001
        assert second.call("hello")["ok"]


def test_two_views_of_one_session_see_the_same_answer(serve: Serve) -> None:
    gate = threading.Event()
    server = serve(provider=Scripted.turns(["first"], ["One ", gate, "two"]))
    with server.view("panel-0001") as one, server.view("panel-0002") as other:
        session = one.ask("Hi")[0]["session_id"]
        other.call("session.open", session_id=session)
        ask = one.send("ask", args={"prompt": "More", "session_id": session})
        one.until(is_delta)
        seen = other.until(lambda frame: frame["kind"] == "live" and frame["event"]["type"] == "delta")
        gate.set()
        seen += other.until(lambda frame: frame["kind"] == "live" and frame["event"]["type"] == "finished")
        assert text_of([frame["event"] for frame in seen if frame["kind"] == "live"]) == "One two"
        one.until(lambda frame: frame["kind"] == "end" and frame["id"] == ask)


def test_a_view_that_comes_in_the_middle_gets_what_is_there(serve: Serve) -> None:
    gate = threading.Event()
    server = serve("One ", gate, "two")
    with server.view("panel-0001") as one, server.view("panel-0002") as other:
        one.send("ask", args={"prompt": "Hi"})
        started = one.until(is_delta)
        session = next(f["event"]["session_id"] for f in started if f.get("event", {}).get("type") == "started")
        (live,) = other.call("session.open", session_id=session)["result"]["live"]
        assert (live["text"], live["session_id"]) == ("One ", session)
        gate.set()
        other.until(lambda frame: frame["kind"] == "live" and frame["event"]["type"] == "finished")


def lists_change(view: View) -> None:
    view.until(lambda frame: frame["kind"] == "change" and frame["what"] == "sessions")


def test_changes_of_this_server_reach_every_view(serve: Serve) -> None:
    server = serve()
    with server.client() as client, server.view("panel-0001") as one, server.view("panel-0002") as other:
        client.post("sessions", json={"title": "New"})
        lists_change(one)
        lists_change(other)


def test_changes_of_another_process_reach_every_view(serve: Serve) -> None:
    server = serve()
    with server.view() as view:
        session = view.ask("Hi")[0]["session_id"]
        view.call("session.open", session_id=session)
        path = shared().store.path
        # Another store on the same file takes turns with the server as another process does.
        with Squid(shared().config, "ada", store=Store(path), provider=Scripted("From elsewhere", Used(1, 1))) as other:
            other.ask("Me too", session=session)
        frames = view.until(lambda frame: frame["kind"] == "change" and frame["session_id"] == session)
        assert frames[-1]["what"] == "messages"
        page = view.call("messages", session_id=session, before=None)["result"]
        assert [one["content"] for one in page["items"]][-1] == "From elsewhere"


def test_attachments_come_with_the_question(serve: Serve) -> None:
    provider = Scripted("fine")
    with serve(provider=provider).view() as view:
        attachments = [
            {
                "name": "df",
                "kind": "variable",
                "data_base64": base64.b64encode(b"3 rows").decode(),
                "detail": {"rows": 3},
            },
            {"name": "notes.md", "data_base64": encoded("Grüße")},
        ]
        started = view.ask("Read", attachments=attachments, notebook="a.ipynb")[0]
        question = shared().sessions.message(started["question_id"])
        assert [(one.kind, one.name) for one in question.sources] == [("variable", "df"), ("file", "notes.md")]
        assert question.sources[0].detail == {"rows": 3}
        assert question.provenance.notebook == "a.ipynb"
        assert "Grüße" in provider.requests[0].turns[-1].content


def test_a_path_is_read_below_the_served_directory_only(serve: Serve, tmp_path: Any) -> None:
    (tmp_path / "notes.md").write_text("inside")
    provider = Scripted("fine")
    with serve(provider=provider).view() as view:
        started = view.ask("Compare @notes.md with @/etc/hostname and {{name}}")[0]
        question = shared().sessions.message(started["question_id"])
        assert [one.name for one in question.sources] == ["notes.md"]
        assert question.content == "Compare @notes.md with @/etc/hostname and {{name}}"


def test_a_question_is_edited(serve: Serve) -> None:
    with serve().view() as view:
        started = view.ask("Teh")[0]
        view.ask("The", session_id=started["session_id"], edit=started["question_id"])
        page = view.call("messages", session_id=started["session_id"], before=None)["result"]
        assert (page["items"][0]["content"], page["items"][0]["siblings"]) == ("The", 2)


def test_nonsense_is_answered_or_ignored(serve: Serve) -> None:
    with serve().view() as view:
        for nonsense in ("{", "[]", "null", '"x"', '{"kind": "ask"}', '{"id": 3, "kind": "call"}', "[" * 5000):
            view.raw(nonsense)
        view.raw(b"\xff\xfe")
        assert view.call("no.such.verb")["error"]["message"] == "Unknown call 'no.such.verb'."
        assert view.ask("")[0]["type"] == "failed"
        assert view.ask("x", attachments=[{"name": "a", "data_base64": "%%%"}])[0]["type"] == "failed"
        assert view.call("hello")["ok"]


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("messages", {"session_id": "x", "limit": "many"}),
        ("messages", {"session_id": ["x"]}),
        ("sessions.browse", {"offset": "first"}),
        ("sessions.browse", {"zone": True}),
        ("sessions.browse", {"view": {"tags": 5}}),
        ("sessions.browse", {"view": {"words": ["a"]}}),
        ("sessions.ids", {"limit": [1]}),
        ("sessions.facets", {"ids": "x"}),
        ("sessions.change", {"ids": [5]}),
        ("complete", {"text": "/", "cursor": "x"}),
        ("message.sent", {}),
    ],
)
def test_an_argument_of_another_kind_is_no_defect(serve: Serve, verb: str, args: dict[str, Any]) -> None:
    with serve().view() as view:
        reply = view.call(verb, **args)
        assert not reply["ok"]
        assert "internal" not in reply["error"]["message"]


def test_numbers_without_measure_are_brought_within_it(serve: Serve) -> None:
    with serve().view() as view:
        assert view.call("sessions.browse", view={}, offset=10**30, limit=10**30, zone=1e300)["ok"]
        assert view.call("sessions.ids", view={}, offset=-1, limit=10**30)["ok"]
        assert view.ask("Hi", session_id=["a"])[0]["message"] == "'session_id' has to be a text."


def test_a_view_needs_a_name(serve: Serve) -> None:
    server = serve()
    for name in ("", "short", "a" * 65, "with space-here"):
        with pytest.raises(InvalidStatus) as refused:
            server.view(name)
        assert refused.value.response.status_code == 400


def test_a_view_that_asks_too_often_is_told(serve: Serve) -> None:
    with serve(changes={"performance.rate_limit_requests_per_minute": 2}).view() as view:
        assert [view.call("hello")["ok"] for _ in range(3)] == [True, True, False]
        (failed,) = view.ask("Hi")
        assert (failed["type"], failed["hint"].startswith("Try again in ")) == ("failed", True)


def test_the_lists_verbs_are_there_too(serve: Serve) -> None:
    with serve().view() as view:
        view.ask("Hi")
        looked = view.call("sessions.browse", view={}, offset=0, limit=10)["result"]
        assert [one["title"] for one in looked["items"]] == ["Hi"]
