"""Model servers on loopback ports are found; whatever else listens there is passed over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from llama_serving import MODEL

from squid_nb.providers.discover import discover
from squid_nb.providers.local_servers import LOCAL_SERVERS


@asynccontextmanager
async def listening(answer: bytes | None) -> AsyncIterator[int]:
    """A port that answers everything with these bytes, or with nothing at all."""
    release = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await release.wait()
        else:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        release.set()
        server.close()
        await server.wait_closed()


def response(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


async def test_a_real_server_is_found(served: str) -> None:
    port = int(served.rpartition(":")[2])
    found = await discover([port])
    assert [(info.id, info.provider, info.host) for info in found] == [(MODEL, "openai", f"http://127.0.0.1:{port}")]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        response("<html>Jupyter</html>"),
        response("", "403 Forbidden"),
        response('{"detail": "Not Found"}', "404 Not Found"),
        response("{"),
        response('{"data": 5}'),
        response('{"data": [1, null, {}, {"id": 7}]}'),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{",
        b"HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["silent", "closes", "ssh", "page", "403", "404", "cut", "number", "odd entries", "short", "redirect"],
)
async def test_anything_else_is_passed_over(answer: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only who is silent has to be waited for; a busy machine may take its time with the others.
    monkeypatch.setattr("squid_nb.providers.discover._TIMEOUT_S", 10.0 if answer is not None else 1.5)
    good = response(json.dumps({"data": [{"id": "m-1", "state": "loaded"}]}))
    async with listening(answer) as odd, listening(good) as real:
        found = await discover([odd, real])
    assert [(info.id, info.loaded) for info in found] == [("m-1", True)]


async def test_nothing_listens() -> None:
    async with listening(b"") as port:
        pass
    assert await discover([port]) == []


def test_the_usual_ports() -> None:
    assert {server.name: server.port for server in LOCAL_SERVERS} == {
        "Ollama": 11434,
        "LM Studio": 1234,
        "vLLM": 8000,
        "llama.cpp": 8080,
    }
