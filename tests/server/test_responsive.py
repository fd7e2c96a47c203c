"""The event loop is never held up: the server answers while threads wait and work."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path

import httpx
import pytest
from waiting import wait_until

from squid_nb.errors import StoreBusy
from squid_nb.server.pool import Pool

from .conftest import Serve

CONVERSATIONS = 4000
TURNS = 10
PARTS = {"p50": 0.5, "p95": 0.95, "worst": 1.0}


def big_file(path: Path, *, conversations: int = CONVERSATIONS) -> None:
    """A file of conversations that takes a while to import."""
    words = "A sentence that says nothing in particular. " * 12
    with path.open("w") as stream:
        stream.write("[")
        for number in range(conversations):
            turns = [{"from": ("human", "gpt")[turn % 2], "value": f"{number} {turn} {words}"} for turn in range(TURNS)]
            stream.write((", " if number else "") + json.dumps({"id": str(number), "conversations": turns}))
        stream.write("]")


@pytest.mark.slow
def test_health_answers_while_an_import_runs(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    big_file(path)
    with serve(changes={"performance.rate_limit_requests_per_minute": 1_000_000}).client() as client:
        with path.open("rb") as stream:
            job = client.post("import", params={"name": "big.json"}, content=stream).json()
        address, fractions, latencies = f"jobs/{job['id']}", [], []
        state = "waiting"
        while state in ("waiting", "running"):
            began = time.perf_counter()
            assert client.get("health").json()["jobs"] in (0, 1)
            latencies.append(time.perf_counter() - began)
            told = client.get(address).json()
            state = told["state"]
            if state == "running":
                fractions.append(told["fraction"])
        assert state == "done", told
        assert told["report"]["imported"] == CONVERSATIONS
        # Answers came at many places of the import, not only before and after it.
        assert len(set(fractions)) > 5
        assert fractions == sorted(fractions)
        latencies.sort()
        at = {name: 1000 * latencies[int((len(latencies) - 1) * part)] for name, part in PARTS.items()}
        print(f"\n{path.stat().st_size / 1e6:.0f} MB imported; {len(latencies)} times health, ms: {at}")


async def test_what_cannot_begin_in_time_is_not_done_later() -> None:
    pool, gate, done = Pool(threads=1), threading.Event(), []
    blocking = asyncio.create_task(pool.run(gate.wait, patience_s=20))
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match="more to do"):
        await pool.run(lambda: done.append(1), patience_s=0)
    gate.set()
    assert await blocking
    assert await pool.run(lambda: len(done), patience_s=20) == 0
    pool.close()


async def test_those_who_ask_the_same_share_one_look_that_has_not_begun() -> None:
    pool, gate, looks = Pool(threads=1), threading.Event(), []

    def look() -> int:
        looks.append(1)
        return len(looks)

    blocking = asyncio.create_task(pool.run(gate.wait, patience_s=20))
    await asyncio.sleep(0)
    crowd = [asyncio.create_task(pool.run(look, patience_s=20, key="same")) for _ in range(5)]
    other = asyncio.create_task(pool.run(look, patience_s=20, key="other"))
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match="more to do"):
        await pool.run(look, patience_s=-1, key="same")
    # One of them goes away.
    crowd.pop().cancel()
    gate.set()
    assert await asyncio.gather(*crowd) == [1] * 4
    assert await other == 2
    assert await pool.run(look, patience_s=20, key="same") == 3
    assert await blocking
    pool.close()


async def test_a_look_that_nobody_waits_for_any_more_is_not_made() -> None:
    pool, gate, looks = Pool(threads=1), threading.Event(), []
    blocking = asyncio.create_task(pool.run(gate.wait, patience_s=20))
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy):
        await pool.run(lambda: looks.append(1), patience_s=-1, key="same")
    gate.set()
    assert await blocking
    assert await pool.run(lambda: list(looks), patience_s=20, key="same") == []
    pool.close()


def test_many_who_wait_for_the_database_do_not_hold_up_the_rest(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        client.post("sessions", json={})
        gate, inside = threading.Event(), threading.Event()
        squid = server.state.people.squid_of("")

        def hold() -> None:
            with squid.store.database.lease():
                inside.set()
                gate.wait(20)

        holding = threading.Thread(target=hold)
        holding.start()
        assert inside.wait(20)
        answers: list[httpx.Response] = []

        def look() -> None:
            answers.append(httpx.get(f"{server.url}/sessions", headers=client.headers, timeout=20, trust_env=False))

        crowd = [threading.Thread(target=look) for _ in range(30)]
        for one in crowd:
            one.start()
        assert client.get("health").json()["status"] == "ok"
        assert answers == []
        gate.set()
        holding.join()
        wait_until(lambda: len(answers) == len(crowd))
        assert {answer.status_code for answer in answers} == {200}
