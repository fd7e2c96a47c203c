"""Messages over REST: read, ask, ask in other words, ask again."""

from __future__ import annotations

import base64
import threading
from typing import Any

import httpx
from scripted import Scripted
from waiting import wait_until

from squid_nb.errors import Unreachable
from squid_nb.squid import Squid, set_shared

from .conftest import Serve


def session_of(client: httpx.Client) -> str:
    found: str = client.post("sessions", json={}).json()["id"]
    return found


def conversation(client: httpx.Client, session: str, **query: Any) -> list[str]:
    return [one["content"] for one in client.get(f"sessions/{session}/messages", params=query).json()["items"]]


def test_an_answer_is_waited_for(serve: Serve) -> None:
    with serve().client() as client:
        session = session_of(client)
        answer = client.post(f"sessions/{session}/messages", json={"prompt": "Hi", "notebook": "a.ipynb"})
        assert (answer.status_code, answer.json()["text"], answer.json()["status"]) == (201, "Hello there", "complete")
        assert conversation(client, session) == ["Hi", "Hello there"]
        message = client.get(f"messages/{answer.json()['message_id']}").json()
        assert message["provenance"] == {
            "door": "server", "notebook": "a.ipynb", "cell_id": None, "execution_count": None,
        }  # fmt: skip
        assert message["usage"]["input_tokens"] == 3


def test_pages_lead_upwards(serve: Serve) -> None:
    with serve().client() as client:
        session = session_of(client)
        for number in range(3):
            client.post(f"sessions/{session}/messages", json={"prompt": f"Q{number}"})
        last = client.get(f"sessions/{session}/messages", params={"limit": 4}).json()
        first = client.get(f"sessions/{session}/messages", params={"limit": 4, "cursor": last["cursor"]}).json()
        both = [one["content"] for one in first["items"] + last["items"]]
        assert both == ["Q0", "Hello there", "Q1", "Hello there", "Q2", "Hello there"]
        assert first["cursor"] is None


def test_a_question_in_other_words_is_a_sibling(serve: Serve) -> None:
    provider = Scripted.turns(["one"], ["two"], ["three"])
    with serve(provider=provider).client() as client:
        session = session_of(client)
        path = f"sessions/{session}/messages"
        client.post(path, json={"prompt": "First"})
        asked = client.post(path, json={"prompt": "Secnod"}).json()
        edited = client.post(path, json={"prompt": "Second", "edit": asked["question_id"]}).json()
        assert conversation(client, session) == ["First", "one", "Second", "three"]
        versions = client.get(f"messages/{edited['question_id']}/versions").json()["items"]
        assert [(one["content"], one["siblings"]) for one in versions] == [("Secnod", 2), ("Second", 2)]
        assert [turn.content for turn in provider.requests[-1].turns if turn.role != "system"] == [
            "First",
            "one",
            "Second",
        ]
        # And back to the words before, with the answer they had.
        client.patch(f"sessions/{session}", json={"head_id": asked["question_id"]})
        assert conversation(client, session) == ["First", "one", "Secnod", "two"]


def test_the_first_question_can_be_edited_too(serve: Serve) -> None:
    with serve(provider=Scripted.turns(["one"], ["two"])).client() as client:
        session = session_of(client)
        asked = client.post(f"sessions/{session}/messages", json={"prompt": "Teh"}).json()
        client.post(f"sessions/{session}/messages", json={"prompt": "The", "edit": asked["question_id"]})
        assert conversation(client, session) == ["The", "two"]
        assert len(client.get(f"messages/{asked['question_id']}/versions").json()["items"]) == 2


def test_a_question_is_asked_again(serve: Serve) -> None:
    with serve(provider=Scripted.turns(["one"], ["two"])).client() as client:
        session = session_of(client)
        asked = client.post(f"sessions/{session}/messages", json={"prompt": "Why?"}).json()
        again = client.post(f"sessions/{session}/messages", json={"again": asked["question_id"]}).json()
        assert (again["text"], again["question_id"]) == ("two", asked["question_id"])
        versions = client.get(f"messages/{again['message_id']}/versions").json()["items"]
        assert [one["content"] for one in versions] == ["one", "two"]


def test_attachments_are_read(serve: Serve) -> None:
    provider = Scripted("fine")
    with serve(provider=provider).client() as client:
        session = session_of(client)
        attachments = [
            {"name": "notes.md", "data_base64": base64.b64encode(b"# Notes").decode()},
            {
                "name": "cell 3",
                "kind": "cell",
                "data_base64": base64.b64encode(b"x = 1").decode(),
                "detail": {"cell": 3},
            },
        ]
        asked = client.post(f"sessions/{session}/messages", json={"prompt": "Read", "attachments": attachments}).json()
        sources = client.get(f"messages/{asked['question_id']}").json()["sources"]
        assert [(one["name"], one["kind"]) for one in sources] == [("notes.md", "file"), ("cell 3", "cell")]
        assert sources[1]["detail"] == {"cell": 3}
        assert "x = 1" in provider.requests[0].turns[-1].content
        bad = [{"name": "x", "data_base64": "not base64!"}]
        refused = client.post(f"sessions/{session}/messages", json={"prompt": "Read", "attachments": bad})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")


def test_words_are_sent_as_they_are(serve: Serve) -> None:
    provider = Scripted("fine")
    with serve(provider=provider).client() as client:
        words = "{{secret}} and @/etc/passwd"
        client.post(f"sessions/{session_of(client)}/messages", json={"prompt": words})
        assert provider.requests[0].turns[-1].content == words


def test_a_model_that_fails_is_a_bad_gateway(serve: Serve) -> None:
    with serve("Half ", Unreachable("The model is gone.", "Start it.")).client() as client:
        session = session_of(client)
        failed = client.post(f"sessions/{session}/messages", json={"prompt": "Hi"})
        assert failed.status_code == 502
        assert failed.json() == {"code": "unreachable", "message": "The model is gone.", "hint": "Start it."}
        assert conversation(client, session) == ["Hi", "Half "]


def test_a_budget_that_is_used_up_is_no_defect(serve: Serve) -> None:
    with serve(changes={"budget.hard_day_usd": 0}).client() as client:
        refused = client.post(f"sessions/{session_of(client)}/messages", json={"prompt": "Hi"})
        assert (refused.status_code, refused.json()["code"]) == (402, "budget_exceeded")


def test_an_answer_is_stopped_by_another_request(serve: Serve) -> None:
    server = serve("One ", threading.Event(), "never")
    with server.client() as client, server.client() as other:
        session = session_of(client)
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(client.post(f"sessions/{session}/messages", json={"prompt": "Hi"}))
        )
        asking.start()
        squid = server.state.people.squid_of("")
        wait_until(lambda: any("".join(run.content) for run in squid.live.running(session)))
        (run,) = squid.live.running(session)
        assert other.post(f"messages/{run.message_id}/stop").json() == {"stopped": True}
        asking.join(20)
        assert (answers[0].json()["text"], answers[0].json()["status"]) == ("One ", "stopped")
        assert other.post(f"messages/{run.message_id}/stop").json() == {"stopped": False}


def test_an_answer_that_broke_off_is_gone_on_with(serve: Serve) -> None:
    provider = Scripted.turns(["Half of", Unreachable("The model is gone.")], [" it all."])
    with serve(provider=provider).client() as client:
        session = session_of(client)
        assert client.post(f"sessions/{session}/messages", json={"prompt": "Hi"}).status_code == 502
        broken = client.get(f"sessions/{session}/messages").json()["items"][-1]
        answer = client.post(f"sessions/{session}/messages", json={"go_on": broken["id"]})
        assert (answer.status_code, answer.json()["text"]) == (201, "Half of it all.")
        assert conversation(client, session) == ["Hi", "Half of it all."]
        versions = client.get(f"messages/{broken['id']}/versions").json()["items"]
        assert [(one["content"], one["status"]) for one in versions] == [
            ("Half of", "failed"),
            ("Half of it all.", "complete"),
        ]
        question = answer.json()["question_id"]
        for nonsense in ({}, {"go_on": broken["id"], "prompt": "More"}, {"go_on": broken["id"], "again": question}):
            assert client.post(f"sessions/{session}/messages", json=nonsense).status_code == 400
        assert client.post(f"sessions/{session}/messages", json={"go_on": question}).status_code == 400


def test_another_version_is_turned_to(serve: Serve) -> None:
    with serve(provider=Scripted.turns(["one"], ["two"])).client() as client:
        session = session_of(client)
        first = client.post(f"sessions/{session}/messages", json={"prompt": "Why?"}).json()
        client.post(f"sessions/{session}/messages", json={"again": first["question_id"]})
        assert conversation(client, session) == ["Why?", "two"]
        shown = client.post(f"messages/{first['message_id']}/show")
        assert (shown.status_code, shown.json()["head_id"]) == (200, first["message_id"])
        assert conversation(client, session) == ["Why?", "one"]


def test_a_message_is_deleted_and_restored(serve: Serve) -> None:
    with serve(provider=Scripted.turns(["one"], ["two"])).client() as client:
        session = session_of(client)
        first = client.post(f"sessions/{session}/messages", json={"prompt": "First"}).json()
        client.post(f"sessions/{session}/messages", json={"prompt": "Second"})
        gone = client.delete(f"messages/{first['question_id']}").json()
        assert (gone["session_id"], gone["messages"]) == (session, 2)
        assert conversation(client, session) == ["Second", "two"]
        assert client.get(f"messages/{first['message_id']}").status_code == 404
        restored = client.post(f"removals/{gone['id']}/restore").json()
        assert restored["messages"] == 4
        assert conversation(client, session) == ["First", "one", "Second", "two"]
        assert client.post(f"removals/{gone['id']}/restore").status_code == 404


def test_messages_of_others_are_theirs(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        session = session_of(client)
        asked = client.post(f"sessions/{session}/messages", json={"prompt": "Hi"}).json()
        removal = client.delete(f"messages/{asked['message_id']}").json()["id"]
        squid = server.state.people.squid_of("")
        set_shared(Squid(squid.config, "grace", store=squid.store))
        refused = [
            client.post(f"messages/{asked['question_id']}/show"),
            client.delete(f"messages/{asked['question_id']}"),
            client.post(f"removals/{removal}/restore"),
        ]
        assert [one.status_code for one in refused] == [403] * 3
        set_shared(squid)
        assert client.post(f"removals/{removal}/restore").status_code == 200
