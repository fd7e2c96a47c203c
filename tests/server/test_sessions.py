"""Sessions over REST."""

from __future__ import annotations

import httpx
import pytest

from .conftest import Serve


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


def test_many_are_changed_at_once(serve: Serve) -> None:
    with serve().client() as client:
        ids = made(client, "a", "b", "c")
        assert client.post("sessions/bulk", json={"action": "tag", "ids": ids[:2], "tags": ["x"]}).json() == {
            "count": 2
        }
        assert client.post("sessions/bulk", json={"action": "pin", "query": "tag:x"}).json() == {"count": 2}
        assert [one["pinned"] for one in client.get("sessions").json()["items"]] == [True, True, False]
        assert client.post("sessions/bulk", json={"action": "delete", "ids": ids}).json() == {"count": 3}
        assert titles(client) == []
        assert client.post("sessions/bulk", json={"action": "restore", "ids": ids}).json() == {"count": 3}
        assert sorted(titles(client)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "pin"},
        {"action": "pin", "ids": [], "query": "x"},
        {"action": "tag", "query": "x"},
        {"action": "burn"},
    ],
)
def test_a_bulk_change_that_makes_no_sense_is_refused(serve: Serve, body: dict[str, object]) -> None:
    with serve().client() as client:
        refused = client.post("sessions/bulk", json=body)
        assert (refused.status_code, bool(refused.json()["message"])) == (400, True)
