"""How soon a server says that it is there, while an import of more than 100 MB runs.

Server and client share the machine with the import. What is asserted is that the import is whole; times are printed.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from server.process import JupyterProcess
from serving import Endpoint

CONVERSATIONS = 16_000
TURNS = 10
LOOKS = 300
SENTENCE = (
    "Select insert update lock lease session message answer question notebook kernel cell token cost table column"
)


def big_file(path: Path) -> None:
    """Words that compress about as well as what people write."""
    with path.open("w") as stream:
        stream.write("[")
        for number in range(CONVERSATIONS):
            turns = [{"from": ("human", "gpt")[turn % 2], "value": said(number, turn)} for turn in range(TURNS)]
            stream.write((", " if number else "") + json.dumps({"id": str(number), "conversations": turns}))
        stream.write("]")


def said(number: int, turn: int) -> str:
    return f"{number} {turn} " + " ".join(f"{SENTENCE} {number * place % 997}." for place in range(6))


def shown(name: str, latencies: list[float]) -> None:
    ordered = sorted(1000 * one for one in latencies)
    parts = {f"p{part}": ordered[len(ordered) * part // 100] for part in (50, 95, 99)}
    told = ", ".join(f"{part} {value:.1f}" for part, value in parts.items())
    print(f"{name:>18}: {told}, worst {ordered[-1]:.1f} ms of {len(ordered)}")


@pytest.mark.slow  # a minute of work for people who measure
@pytest.mark.timeout(600)
def test_health_during_a_large_import(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    big_file(path)
    settings = {"SQUID_PERFORMANCE__RATE_LIMIT_REQUESTS_PER_MINUTE": "1000000"}
    quiet: list[float] = []
    busy: list[float] = []
    with (
        Endpoint("Fine.") as endpoint,
        JupyterProcess(tmp_path, model_url=endpoint.url, **settings) as server,
        server.client() as client,
    ):

        def look(latencies: list[float]) -> None:
            began = time.perf_counter()
            assert client.get("health").json()["status"] == "ok"
            latencies.append(time.perf_counter() - began)
            time.sleep(0.02)

        for _ in range(LOOKS):
            look(quiet)
        with path.open("rb") as stream:
            job: dict[str, Any] = client.post("import", params={"name": path.name}, content=stream, timeout=300).json()
        began = time.perf_counter()
        while job["state"] in ("waiting", "running"):
            for _ in range(10):
                look(busy)
            job = client.get(f"jobs/{job['id']}").json()
        took_s = time.perf_counter() - began
    print(f"\n{path.stat().st_size / 1e6:.0f} MB in {took_s:.0f} s, {os.cpu_count()} processors")
    shown("health, idle", quiet)
    shown("health, importing", busy)
    assert job["state"] == "done", job
    assert job["report"]["imported"] == CONVERSATIONS
