"""Finds the model servers that run on this machine. Anything else on their usual ports is passed over in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..errors import ProviderError
from ..records import ModelInfo
from .connection import Connection
from .listing import model_info, read_listing
from .local_servers import LOCAL_SERVERS

__all__ = ["discover"]

_TIMEOUT_S = 0.3


async def discover(ports: Iterable[int] | None = None) -> list[ModelInfo]:
    """What Ollama, LM Studio, vLLM and llama.cpp offer on this machine's loopback ports, asked all at once.

    Parameters
    ----------
    ports
        Instead of the usual ones.

    Returns
    -------
    list of ModelInfo
        In the order of the ports; empty when nothing runs. Never raises, takes about 0.3 seconds at most.
    """
    wanted = list(ports) if ports is not None else [server.port for server in LOCAL_SERVERS]
    found = await asyncio.gather(*(_ask(port) for port in wanted))
    return [info for models in found for info in models]


async def _ask(port: int) -> list[ModelInfo]:
    connection = Connection(f"http://127.0.0.1:{port}/v1", key=None, timeout_s=_TIMEOUT_S)
    try:
        # The whole exchange is bounded: a program that sends a byte now and then is no model server.
        async with asyncio.timeout(_TIMEOUT_S):
            response = await connection.send("GET", "/models")
            entries = read_listing(await connection.body(response)) if response.is_success else None
    except (ProviderError, TimeoutError):
        return []
    finally:
        await connection.aclose()
    models = (model_info(entry, provider="openai", host=connection.host) for entry in entries or ())
    return [info for info in models if info is not None]
