"""Finds the base URL that was meant when the given one is nearly right: with or without `/v1`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ..endpoint import host_of
from ..errors import ProviderError
from .connection import Connection

__all__ = ["listing", "repair"]

_PROBE_S = 10.0


async def repair(connection: Connection) -> str | None:
    """The base URL on the same host that lists models, if it is another one than the connection's."""
    given = connection.base_url
    for candidate in _candidates(given):
        connection.base_url = candidate
        try:
            if await listing(connection) is not None:
                return candidate
        except ProviderError:
            return None  # it does not answer at all any more: no use in going on
        finally:
            connection.base_url = given
    return None


async def listing(connection: Connection) -> list[Any] | None:
    """The entries of `/models`, or None when this path has no such list."""
    response = await connection.send("GET", "/models", timeout_s=min(_PROBE_S, connection.timeout_s))
    text = await connection.body(response)
    return read_listing(text) if response.is_success else None


def read_listing(text: str) -> list[Any] | None:
    """The entries in a body of `/models`, or None when it is something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    entries = found.get("data") if isinstance(found, dict) else found
    # Ollama says `null` when it has no models.
    if entries is None and isinstance(found, dict) and found.get("object") == "list":
        return []
    return entries if isinstance(entries, list) else None


def _candidates(base_url: str) -> Iterator[str]:
    path = urlsplit(base_url).path
    yield base_url.removesuffix("/v1") if path.endswith("/v1") else f"{base_url}/v1"
    for other in ("/v1", "/api/v1", ""):
        if other != path and f"{path}/v1" != other:
            yield host_of(base_url) + other
