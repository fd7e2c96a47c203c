"""Every route of the live server is behind Jupyter Server's own doors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from jupyter_server.auth import Authorizer
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from squid_nb.server.handler import RestHandler
from squid_nb.server.table import ROUTES
from squid_nb.server.websocket import Socket

from .conftest import Serve
from .live_server import TOKEN, WAIT_S, Jupyter

ID = "01a20ce3-fcbc-7434-8c23-dcb0acf0be18"
VALUES = {"session_id": ID, "message_id": ID, "removal_id": ID, "job_id": "0" * 32, "sha256": "0" * 64}
UNSAFE = ("POST", "PATCH", "DELETE", "PUT")
PROBES = [(route.method, re.sub(r"\{(\w+)\}", lambda match: VALUES[match[1]], route.path)) for route in ROUTES]


class Denying(Authorizer):
    """Lets nobody do anything with what is ours, and notes what was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - shared with the test on purpose

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return resource != "squid"


class ReadOnly(Authorizer):
    """Lets everybody look."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return action == "read"


@contextmanager
def with_cookie(server: Jupyter) -> Iterator[httpx.Client]:
    """A browser that has signed in: it has a cookie, and the XSRF cookie of a page."""
    root = server.url.removesuffix("squid/api")
    with httpx.Client(base_url=server.url, timeout=WAIT_S, trust_env=False, headers={"Referer": root}) as client:
        client.get(f"{root}login")
        client.get(f"{root}login", params={"token": TOKEN})
        assert "_xsrf" in client.cookies
        yield client


def all_rules(router: Any) -> Iterator[Any]:
    """The rules of a tornado router and of the routers in it."""
    for rule in router.rules:
        yield rule
        if hasattr(rule.target, "rules"):
            yield from all_rules(rule.target)


def pattern_of(rule: Any) -> str:
    return str(getattr(getattr(rule.matcher, "regex", None), "pattern", ""))


def test_the_app_has_no_route_that_is_not_probed(serve: Serve) -> None:
    server = serve()
    rules = [rule for rule in all_rules(server.app.web_app.default_router) if "squid/api" in pattern_of(rule)]
    assert {rule.target for rule in rules} == {RestHandler, Socket}
    base = "/a%40b/squid/api"
    unknown = [rule for rule in rules if rule.target_kwargs.get("routes") == {}]
    for rule in rules:
        if rule.target is RestHandler and rule not in unknown:
            assert any(rule.matcher.regex.match(f"{base}/{path}") for _, path in PROBES), rule.matcher.regex.pattern
    assert len(unknown) == 1


@pytest.mark.parametrize("allow", [True, False], ids=["allow_unauthenticated_access", "default deny"])
def test_without_a_token_nobody_gets_in(serve: Serve, allow: bool) -> None:
    server = serve(
        ServerApp={
            "jpserver_extensions": {"squid_nb": True, "jupyterlab": False},
            "allow_unauthenticated_access": allow,
        }
    )
    with httpx.Client(base_url=server.url, timeout=WAIT_S, trust_env=False) as client:
        for method, path in [*PROBES, ("GET", "unknown"), ("PUT", "sessions"), ("HEAD", "sessions")]:
            answer = client.request(method, path)
            assert answer.status_code == 403, (method, path)
            if method != "HEAD":
                assert answer.json()["code"] == "forbidden"
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{server.url.replace('http', 'ws', 1)}/ws?client=view-00001", proxy=None)
    assert refused.value.response.status_code == 403


def test_a_denying_authorizer_is_asked_each_time(serve: Serve) -> None:
    server = serve(
        ServerApp={"jpserver_extensions": {"squid_nb": True, "jupyterlab": False}, "authorizer_class": Denying}
    )
    with server.client() as client:
        for method, path in PROBES:
            Denying.asked.clear()
            assert client.request(method, path).status_code == 403, (method, path)
            assert (("read" if method == "GET" else "write"), "squid") in Denying.asked
        assert client.get("sessions").json()["message"] == "This is not allowed."
    Denying.asked.clear()
    with pytest.raises(InvalidStatus) as refused:
        server.view()
    assert refused.value.response.status_code == 403
    assert ("execute", "squid") in Denying.asked


def test_who_may_only_read_can_not_write_through_a_batch(serve: Serve) -> None:
    server = serve(
        ServerApp={"jpserver_extensions": {"squid_nb": True, "jupyterlab": False}, "authorizer_class": ReadOnly}
    )
    with server.client() as client:
        assert client.get("sessions").status_code == 200
        assert client.post("sessions", json={}).status_code == 403
        assert client.post("batch", json={"operations": []}).status_code == 403


def test_unsafe_methods_need_the_xsrf_token_of_a_page(serve: Serve) -> None:
    server = serve()
    with with_cookie(server) as client:
        assert client.get("sessions").status_code == 200
        for method, path in PROBES:
            if method in UNSAFE:
                assert client.request(method, path).status_code == 403, (method, path)
        token = {"X-XSRFToken": client.cookies["_xsrf"]}
        assert client.post("sessions", json={"title": "Mine"}, headers=token).status_code == 201
        assert client.post("sessions", json={}, headers={"X-XSRFToken": "2|guess"}).status_code == 403
        assert len(client.get("sessions").json()["items"]) == 1


def test_other_sites_are_refused(serve: Serve) -> None:
    server = serve()
    elsewhere = {"Origin": "http://evil.example", "Referer": "http://evil.example/page"}
    with with_cookie(server) as client:
        for method, path in PROBES:
            if method == "GET":
                assert client.get(path, headers=elsewhere).status_code == 404, path
        token = {"X-XSRFToken": client.cookies["_xsrf"]}
        assert client.post("sessions", json={}, headers={**elsewhere, **token}).status_code in (403, 404)
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        url = f"{server.url.replace('http', 'ws', 1)}/ws?client=view-00001"
        with pytest.raises(InvalidStatus) as refused:
            connect(url, origin="http://evil.example", additional_headers={"Cookie": cookies}, proxy=None)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        own = server.url.split("/a%40b")[0]
        with connect(url, origin=own, additional_headers={"Cookie": cookies}, proxy=None) as socket:  # type: ignore[arg-type]
            assert "welcome" in str(socket.recv(WAIT_S))


def test_preflights_say_nothing_but_what_is_allowed(serve: Serve) -> None:
    server = serve()
    with httpx.Client(base_url=server.url, timeout=WAIT_S, trust_env=False) as client:
        answer = client.options("sessions")
        assert (answer.content, "Access-Control-Allow-Origin" in answer.headers) == (b"", False)


def test_each_identity_has_its_own_history_only_when_the_settings_say_so(serve: Serve) -> None:
    server = serve(changes={"server.user_from_identity": True})
    people = server.state.people
    assert people.squid_of("grace") is people.squid_of("grace")
    assert people.squid_of("grace").user.name == "grace"
    session = people.squid_of("grace").sessions.create("Hers")
    assert people.squid_of("linus").sessions.list().items == ()
    with server.client() as client:
        assert client.get(f"sessions/{session.id}").status_code == 403
        assert client.get("sessions").json()["items"] == []


def test_one_history_whoever_signs_in(serve: Serve) -> None:
    server = serve()
    assert server.state.people.squid_of("anybody").user.name == "ada"
