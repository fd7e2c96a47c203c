"""Sessions over REST."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from .conftest import Serve

ID = "01a20df9-3d0c-7b4c-8603-ac530666ccd3"


def made(client: httpx.Client, *titles: str) -> list[str]:
    """Sessions of these titles; their ids."""
    return [client.post("sessions", json={"title": title}).json()["id"] for title in titles]


def titles(client: httpx.Client, **query: str) -> list[str]:
    return [one["title"] for one in client.get("sessions", params=query).json()["items"]]


def test_a_session_is_made_read_changed_and_found(serve: Serve) -> None:
    with serve().client() as client:
        new = client.post("sessions", json={"title": "Plans", "tags": ["work"], "system": "Be brief."})
        assert new.status_code == 201
        path = f"sessions/{new.json()['id']}"
        assert client.get(path).json()["system"] == "Be brief."
        changed = client.patch(path, json={"title": "Plans for May", "tags": ["home", "work"], "pinned": True}).json()
        assert (changed["title"], sorted(changed["tags"]), changed["pinned"]) == (
            "Plans for May",
            ["home", "work"],
            True,
        )
        assert client.patch(path, json={"tags": []}).json()["tags"] == []
        assert client.patch(path, json={"archived": True}).json()["archived"]
        assert titles(client) == []
        assert titles(client, archived="true") == titles(client, archived="any") == ["Plans for May"]


def test_lists_go_on_where_their_cursor_says(serve: Serve) -> None:
    with serve().client() as client:
        made(client, "a", "b", "c")
        first = client.get("sessions", params={"limit": 2, "sort": "title"}).json()
        rest = client.get("sessions", params={"limit": 2, "sort": "title", "cursor": first["cursor"]}).json()
        assert [one["title"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
        assert rest["cursor"] is None
        assert client.get("sessions", params={"cursor": "nonsense"}).json()["code"] == "invalid_input"


def test_filters_of_the_search_box_work_in_the_list(serve: Serve) -> None:
    with serve().client() as client:
        made(client, "Locks in DuckDB", "Garden")
        client.post("sessions", json={"title": "Sheds", "tags": ["garden"]})
        assert titles(client, query="tag:garden") == ["Sheds"]
        assert titles(client, query="duckdb") == ["Locks in DuckDB"]
        assert titles(client, tags="garden") == ["Sheds"]
        assert titles(client, since="2000") != titles(client, until="2000") == []


def test_a_deletion_can_be_undone(serve: Serve) -> None:
    with serve().client() as client:
        (session,) = made(client, "Precious")
        assert client.delete(f"sessions/{session}").json()["title"] == "Precious"
        assert client.get(f"sessions/{session}").json()["code"] == "not_found"
        assert [one["title"] for one in client.get("deleted").json()["items"]] == ["Precious"]
        assert client.post(f"deleted/{session}/restore").json()["title"] == "Precious"
        assert titles(client) == ["Precious"]
        client.delete(f"sessions/{session}")
        assert client.delete(f"deleted/{session}").status_code == 204
        assert client.post(f"deleted/{session}/restore").status_code == 404


def test_what_was_deleted_comes_in_pages(serve: Serve) -> None:
    with serve().client() as client:
        ids = made(client, "a", "b", "c", "d", "e")
        for part in (ids[:1], ids[1:]):
            client.post("sessions/bulk", json={"action": "delete", "ids": part})
        whole = [one["id"] for one in client.get("deleted").json()["items"]]
        assert (sorted(whole), whole[-1]) == (sorted(ids), ids[0])
        seen, cursor = [], None
        while len(seen) < 5:
            page = client.get("deleted", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            seen += [one["id"] for one in page["items"]]
            cursor = page["cursor"]
        assert (seen, cursor) == (whole, None)
        assert client.get("deleted", params={"cursor": "W10"}).json()["code"] == "invalid_input"


def test_many_are_changed_at_once(serve: Serve) -> None:
    with serve().client() as client:
        ids = made(client, "a", "b", "c")
        tagged = client.post("sessions/bulk", json={"action": "tag", "ids": ids[:2], "tags": ["x"]})
        assert tagged.json() == {"count": 2, "ids": ids[:2]}
        assert client.post("sessions/bulk", json={"action": "pin", "query": "tag:x"}).json()["count"] == 2
        assert [one["pinned"] for one in client.get("sessions").json()["items"]] == [True, True, False]
        deleted = client.post("sessions/bulk", json={"action": "delete", "ids": [*ids, ids[0]]}).json()
        assert deleted == {"count": 3, "ids": ids}, "each counts once"
        assert titles(client) == []
        restored = client.post("sessions/bulk", json={"action": "restore", "ids": [*deleted["ids"], ids[0]]})
        assert restored.json()["count"] == 3
        assert sorted(titles(client)) == ["a", "b", "c"]


def test_what_a_query_has_archived_a_query_brings_back(serve: Serve) -> None:
    with serve().client() as client:
        made(client, "plan a", "plan b", "else")
        assert client.post("sessions/bulk", json={"action": "archive", "query": "plan"}).json()["count"] == 2
        assert titles(client) == ["else"]
        assert client.post("sessions/bulk", json={"action": "unarchive", "query": "plan"}).json()["count"] == 2
        assert len(titles(client)) == 3


def test_one_that_is_not_there_keeps_a_bulk_change_from_being_made(serve: Serve) -> None:
    with serve().client() as client:
        (session,) = made(client, "a")
        strangers = f"{'0' * 8}-0000-7000-8000-{'0' * 12}"
        for action in ("pin", "delete", "restore"):
            refused = client.post("sessions/bulk", json={"action": action, "ids": [session, strangers]})
            assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert client.get(f"sessions/{session}").json()["pinned"] is False


@pytest.mark.parametrize("more", [{"tags": ["fine", " "]}, {"title": "\t"}, {"head_id": "nowhere"}])
def test_a_change_that_is_refused_in_part_is_refused_as_a_whole(serve: Serve, more: dict[str, object]) -> None:
    with serve().client() as client:
        (session,) = made(client, "Before")
        before = client.get(f"sessions/{session}").json()
        refused = client.patch(
            f"sessions/{session}", json={"title": "After", "tags": ["new"], "pinned": True, "archived": True, **more}
        )
        assert refused.status_code in (400, 404)
        assert client.get(f"sessions/{session}").json() == before


@pytest.mark.parametrize(
    "keys",
    [
        ["updated", False, {"a": 1}, ID],
        ["updated", False, "soon", ID],
        ["updated", False, None, None],
        ["updated", "no", "2026-01-01T00:00:00+00:00", ID],
        ["updated", False, "2026-01-01T00:00:00+00:00", "x"],
        [["updated"], False, "2026-01-01T00:00:00+00:00", ID],
        ["messages", False, 10**40, ID],
        ["messages", False, "many", ID],
        ["title", False, "\ud800", ID],
        "updated",
    ],
)
def test_a_cursor_that_nobody_has_given_is_refused(serve: Serve, keys: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(keys).encode()).decode()
    sort = keys[0] if isinstance(keys[0], str) and len(keys) == 4 else "updated"
    with serve().client() as client:
        refused = client.get("sessions", params={"cursor": cursor, "sort": sort})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
        deep = base64.urlsafe_b64encode(b"[" * 9000).decode()
        assert client.get("sessions", params={"cursor": deep}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"action": "pin"},
        {"action": "pin", "ids": [], "query": "x"},
        {"action": "tag", "query": "x"},
        {"action": "tag", "query": "x", "tags": [" "]},
        {"action": "delete", "query": " "},
        {"action": "burn"},
    ],
)
def test_a_bulk_change_that_makes_no_sense_is_refused(serve: Serve, body: dict[str, object]) -> None:
    with serve().client() as client:
        refused = client.post("sessions/bulk", json=body)
        assert (refused.status_code, bool(refused.json()["message"])) == (400, True)
