"""Sessions over REST."""

from __future__ import annotations

from .conftest import Serve


def test_it_lists(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        print(client.get("health").text)
        made = client.post("sessions", json={"title": "Plans", "tags": ["work"]})
        print(made.status_code, made.text, made.headers)
        print(client.get("sessions").text)
        print(client.get("nothing").text, client.get("openapi.json").text[:300])
    with server.view() as view:
        print(view.welcome, view.call("hello")["ok"], view.ask("Hi"))
