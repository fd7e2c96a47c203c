"""All routes, in the order in which a URL is looked for; the description and the batch are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import about, batch, files, looking, messages, sessions, transfers
from .openapi import describe
from .routes import Call, Method, Reply, Route
from .schemas import BatchResult

__all__ = ["ROUTES", "by_path"]


async def openapi(call: Call[None, None]) -> Reply:
    """What is described here."""
    return Reply(describe(ROUTES, base_url=call.state.base_url))


def by_path() -> dict[str, Mapping[Method, Route]]:
    """The routes of each path."""
    paths: dict[str, dict[Method, Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = route
    return dict(paths)


_PLAIN = (
    *about.ROUTES,
    *sessions.ROUTES,
    *messages.ROUTES,
    *looking.ROUTES,
    *files.ROUTES,
    *transfers.ROUTES,
    Route("GET", "openapi.json", openapi, "The OpenAPI description.", dict[str, Any]),
)
ROUTES: tuple[Route, ...] = (*_PLAIN, batch.batch_route(_PLAIN, list[BatchResult]))
