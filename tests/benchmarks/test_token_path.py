"""What a token costs between the provider and the widget's outbox, and what importing the package costs.

The peer of the path is the bare generator of the provider: the ratio is what storing, publishing and sending add.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.conversing.bridge import Bridge
from squid_nb.providers.provider import ChatRequest
from squid_nb.records import Provenance
from squid_nb.squid import Squid
from squid_nb.store import Store

TOKENS = 20_000


async def _through_the_widget(store: Store, tokens: int) -> float:
    """Seconds from the ask to its end, as the browser side sees it."""
    squid = Squid(Config(), "ada", store=store, provider=Scripted(*["word "] * tokens))
    messages: list[dict[str, Any]] = []
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def send(message: dict[str, Any]) -> None:
        messages.append(message)
        if message["kind"] == "end":
            loop.call_soon_threadsafe(ended.set)

    bridge = Bridge(squid, send, Provenance("widget"))
    began = time.perf_counter()
    bridge.receive({"id": "a", "kind": "ask", "args": {"prompt": "Go"}})
    await ended.wait()
    seconds = time.perf_counter() - began
    pieces = [m["event"]["text"] for m in messages if m.get("event", {}).get("type") == "delta"]
    assert "".join(pieces) == "word " * tokens
    return seconds


async def _bare(tokens: int) -> float:
    began = time.perf_counter()
    async for _ in Scripted(*["word "] * tokens).stream(ChatRequest("m", ())):
        pass
    return time.perf_counter() - began


@pytest.mark.parametrize("tokens", [TOKENS // 2, TOKENS])
def test_cost_per_token_from_provider_to_widget(
    tokens: int, tmp_path: Path, benchmark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "squid.duckdb")
    store.users.ensure("ada")

    peer = min(asyncio.run(_bare(tokens)) for _ in range(3))
    mine = benchmark.pedantic(lambda: asyncio.run(_through_the_widget(store, tokens)), rounds=3, iterations=1)
    store.close()
    with capsys.disabled():
        print(
            f"\n{tokens:,} tokens: {mine / tokens * 1e6:.1f} µs a token from provider to widget, "
            f"{peer / tokens * 1e6:.1f} µs for the bare provider, ratio {mine / peer:.1f}"
        )


@pytest.mark.parametrize("peer", ["json", "pandas"])
def test_import_time(peer: str, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def seconds(module: str) -> float:
        code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    theirs = min(seconds(peer) for _ in range(5))
    mine = benchmark.pedantic(lambda: seconds("squid_nb"), rounds=5, iterations=1)
    with capsys.disabled():
        print(
            f"\nimport squid_nb {mine * 1000:.1f} ms, import {peer} {theirs * 1000:.1f} ms, ratio {mine / theirs:.2f}"
        )
