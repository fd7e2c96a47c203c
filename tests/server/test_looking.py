"""Search and usage over REST, and what the server says of itself."""

from __future__ import annotations

from .conftest import Serve


def test_words_are_found_with_their_passage(serve: Serve) -> None:
    with serve("The lock is <held>").client() as client:
        session = client.post("sessions", json={"title": "Database"}).json()["id"]
        client.post(f"sessions/{session}/messages", json={"prompt": "Who holds the lock?"})
        hits = client.get("search", params={"q": "lock"}).json()["items"]
        assert {hit["role"] for hit in hits} == {"user", "assistant"}
        assert {hit["session_id"] for hit in hits} == {session}
        assert any("<mark>lock</mark> is &lt;held&gt;" in hit["snippet"] for hit in hits)
        only = client.get("search", params={"q": "lock", "role": "user"}).json()["items"]
        assert [hit["role"] for hit in only] == ["user"]
        assert client.get("search", params={"q": "lock", "tags": ["none"]}).json()["items"] == []


def test_search_goes_on_where_its_cursor_says(serve: Serve) -> None:
    with serve().client() as client:
        for number in range(3):
            client.post("sessions", json={"title": f"needle {number}"})
        first = client.get("search", params={"q": "needle", "limit": 2}).json()
        rest = client.get("search", params={"q": "needle", "limit": 2, "cursor": first["cursor"]}).json()
        assert len({hit["title"] for hit in first["items"] + rest["items"]}) == 3


def test_usage_is_summed_up(serve: Serve) -> None:
    with serve().client() as client:
        session = client.post("sessions", json={}).json()["id"]
        client.post(f"sessions/{session}/messages", json={"prompt": "Hi"})
        (row,) = client.get("usage", params={"by": "model"}).json()
        assert (row["key"], row["calls"], row["input_tokens"], row["output_tokens"]) == ("scripted-1", 1, 3, 2)
        assert row["reasoning_tokens"] is None
        (today,) = client.get("usage").json()
        assert today["key"].endswith("+00:00")
        assert client.get("usage", params={"until": "2001-01-01T00:00:00Z"}).json() == []
        assert client.get("usage", params={"by": "colour"}).status_code == 400
        for end in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", "2026-13-01T00:00:00Z"):
            assert client.get("usage", params={"since": end}).status_code == 400


def test_settings_are_told_without_secrets(serve: Serve) -> None:
    with serve(key="sk-very-secret").client() as client:
        answer = client.get("config")
        assert "very-secret" not in answer.text
        found = {one["key"]: one for one in answer.json()}
        assert found["model.api_key"]["value"]
        assert found["performance.rate_limit_requests_per_minute"]["value"] == "1200"


def test_models_and_health(serve: Serve) -> None:
    with serve().client() as client:
        assert "scripted-1" in [model["id"] for model in client.get("models").json()]
        health = client.get("health").json()
        assert (health["status"], health["answering"], health["jobs"], health["views"]) == ("ok", 0, 0, 0)
