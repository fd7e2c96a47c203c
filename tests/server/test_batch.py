"""Several operations in one request."""

from __future__ import annotations

from .conftest import Serve


def test_operations_run_in_order_and_fail_alone(serve: Serve) -> None:
    with serve().client() as client:
        session = client.post("sessions", json={"title": "Before"}).json()["id"]
        results = client.post(
            "batch",
            json={
                "operations": [
                    {"method": "PATCH", "path": f"sessions/{session}", "body": {"title": "After"}},
                    {"method": "GET", "path": f"sessions/{'0' * 8}-0000-0000-0000-{'0' * 12}"},
                    {"method": "GET", "path": "sessions?limit=1&query=after"},
                    {"method": "DELETE", "path": f"sessions/{session}"},
                    {"method": "DELETE", "path": f"deleted/{session}"},
                ]
            },
        ).json()
        assert [one["status"] for one in results] == [200, 404, 200, 200, 204]
        assert [one["title"] for one in results[2]["body"]["items"]] == ["After"]
        assert results[1]["body"]["code"] == "not_found"
        assert results[4]["body"] is None


def test_a_batch_is_no_way_around(serve: Serve) -> None:
    with serve().client() as client:
        operations = [
            {"method": "POST", "path": "batch", "body": {"operations": []}},
            {"method": "POST", "path": "import?name=x", "body": "x"},
            {"method": "GET", "path": f"files/{'0' * 64}"},
            {"method": "GET", "path": "../../api/contents"},
            {"method": "GET", "path": "sessions?limit=0"},
            {"method": "POST", "path": "sessions", "body": [1]},
            {"method": "GET", "path": "http://[elsewhere"},
            {"method": "GET", "path": "search?q=%ff"},
        ]
        results = client.post("batch", json={"operations": operations}).json()
        assert [one["status"] for one in results] == [404, 404, 404, 404, 400, 400, 400, 400]


def test_each_operation_counts(serve: Serve) -> None:
    with serve(changes={"performance.rate_limit_requests_per_minute": 3}).client() as client:
        operations = [{"method": "GET", "path": "health"}] * 4
        results = client.post("batch", json={"operations": operations}).json()
        assert [one["status"] for one in results] == [200, 200, 429, 429]
