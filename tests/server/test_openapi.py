"""The description is made from the code, is valid, and what it says holds for whatever schemathesis sends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from squid_nb import errors
from squid_nb.server.openapi import describe
from squid_nb.server.reference import rewritten
from squid_nb.server.refusals import refusal_of
from squid_nb.server.table import ROUTES

from .conftest import Serve
from .live_server import TOKEN

EXAMPLES = 8
FUZZ_S = 300


def references(part: Any) -> set[str]:
    """All `$ref`s below."""
    if isinstance(part, dict):
        return {part["$ref"]} if "$ref" in part else set().union(*map(references, part.values()))
    return set().union(*map(references, part)) if isinstance(part, list) else set()


def test_every_route_is_described_with_its_errors() -> None:
    made = describe(ROUTES, base_url="/a/")
    assert {(route.method.lower(), f"/{route.path}") for route in ROUTES} == {
        (method, path) for path, operations in made["paths"].items() for method in operations
    }
    names = [one["operationId"] for operations in made["paths"].values() for one in operations.values()]
    assert len(names) == len(set(names))
    for operations in made["paths"].values():
        for one in operations.values():
            assert one["summary"]
            assert one["description"]
            assert {"400", "403", "413", "429", "500", "503"} < set(one["responses"])
    known = {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}
    assert references(made) <= known


def test_every_error_has_a_status_that_is_described() -> None:
    made = describe(ROUTES, base_url="/")
    described = {status for path in made["paths"].values() for one in path.values() for status in one["responses"]}
    kinds = [getattr(errors, name) for name in errors.__all__ if name != "SquidError"]
    told = {kind.__name__: refusal_of(kind("It failed.")) for kind in kinds}
    assert not {name for name, reply in told.items() if reply is None or str(reply.status) not in described}
    assert {name for name, reply in told.items() if reply is not None and reply.status == 500} == {
        "ConfigError", "SearchError", "StoreDamaged", "StoreError", "StoreNewer",
    }  # fmt: skip


def test_the_description_is_served_with_the_servers_address(serve: Serve) -> None:
    with serve().client() as client:
        made = client.get("openapi.json").json()
        assert made == describe(ROUTES, base_url="/a%40b/")
        assert made["servers"] == [{"url": "/a%40b/squid/api"}]
        assert made["openapi"] == "3.1.0"


@pytest.mark.slow
@pytest.mark.timeout(FUZZ_S + 60)
def test_what_is_described_holds_for_whatever_is_sent(serve: Serve, tmp_path: Path) -> None:
    server = serve(changes={"performance.rate_limit_requests_per_minute": 1_000_000})
    with server.client() as client:
        client.post("sessions", json={"title": "One"})
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json",
            "--url", server.url, "--header", f"Authorization: Bearer {TOKEN}",
            "--max-examples", str(EXAMPLES), "--workers", "2", "--seed", "1", "--no-color",
            "--generation-database", "none", "--continue-on-failure",
            # What has the right shape may still be refused: a text that is no date, a cursor that is none. And to
            # those who have not signed in Jupyter Server says 403, not 401; `ignored_auth` looks at that.
            "--exclude-checks", "positive_data_acceptance,missing_required_header",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=FUZZ_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_documentation_has_every_route_as_it_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "rest.md").read_text("utf-8")
    assert text == rewritten(text), "run python -m squid_nb.server.reference docs/rest.md"
    assert all(f"`{route.method} {route.path}`" in text for route in ROUTES)


def test_the_scripts_of_the_documentation_run_as_they_are(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    server = serve()
    text = (Path(__file__).parents[2] / "docs" / "rest.md").read_text("utf-8")
    given = text.split("## From a script\n")[1].split("\n## ")[0]
    given = given.replace("TOKEN", TOKEN).replace("http://localhost:8888/squid/api", server.url)
    given = given.replace("ws://localhost:8888/squid/api", server.url.replace("http", "ws", 1))
    scope: dict[str, Any] = {}
    try:
        for piece in re.findall(r"```python\n(.*?)```", given, re.DOTALL):
            exec(piece, scope)
    finally:
        scope["squid"].close()
    assert scope["titles"] == ["Locks"]
    assert all("<mark>" in snippet for snippet in scope["found"])
    assert scope["statuses"] == [200, 200]
    assert (scope["deleted"]["count"], scope["report"]["already_there"], scope["report"]["dry_run"]) == (1, 1, True)
    assert scope["spent"][0]["calls"] == 3
    assert capsys.readouterr().out == "Hello there\nHello there"
