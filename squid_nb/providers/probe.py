"""Finds the base URL that was meant when the given one is nearly right: with or without `/v1`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..endpoint import host_of
from ..errors import Unreachable
from .connection import Connection
from .listing import ask_listing

__all__ = ["repair"]


async def repair(connection: Connection, *, answer: str) -> str:
    """Point the connection at the base URL on the same host that lists models; returns what to tell the person.

    Parameters
    ----------
    answer
        What the given URL answered, for the sentence of the error.

    Raises
    ------
    Unreachable
        No URL on this host is an OpenAI-compatible endpoint.
    """
    given = connection.base_url
    for candidate in _candidates(given):
        connection.base_url = candidate
        try:
            if await ask_listing(connection) is not None:
                return f"Using {candidate}; set model.base_url to it."
        except BaseException:
            connection.base_url = given
            raise
    connection.base_url = given
    raise Unreachable(
        f"{given} is not an OpenAI-compatible endpoint (its answer was {answer}).",
        "Tried it with and without /v1. Correct model.base_url.",
    )


def _candidates(base_url: str) -> Iterator[str]:
    path = urlsplit(base_url).path
    nearest = path.removesuffix("/v1") if path.endswith("/v1") else f"{path}/v1"
    # Each once, in this order: Python's dicts keep it.
    for other in dict.fromkeys((nearest, "/v1", "/api/v1", "")):
        if other != path:
            yield host_of(base_url) + other
