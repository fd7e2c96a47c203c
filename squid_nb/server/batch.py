"""Several operations in one request, one after the other, each with its own status."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from .dispatch import answer
from .refusals import refusal
from .routes import Body, Call, Method, Reply, Route

__all__ = ["Batch", "Operation", "batch_route"]

_ACTIONS = {"GET": "read"}


class Operation(Body):
    """One request without its envelope."""

    method: Method
    path: str = Field(min_length=1, max_length=8000, description="Below squid/api/, with its query.")
    body: Any = None


class Batch(Body):
    """Operations; a failed one does not end the others."""

    operations: Annotated[list[Operation], Field(max_length=100)]


def batch_route(routes: tuple[Route, ...], reply: Any) -> Route:
    """The route that runs others; uploads, downloads and batches are not among them."""
    inner = tuple(route for route in routes if route.media == "application/json" and route.takes != "upload")

    async def batch(call: Call[None, Batch]) -> list[dict[str, Any]]:
        """Run operations one after the other; each has its own status, and none undoes another."""
        results = []
        for operation in call.body.operations:
            done = await _run(call, operation, inner)
            results.append({"status": done.status, "body": done.value})
        return results

    return Route("POST", "batch", batch, "Run several operations.", reply, body=Batch, takes="attachments")


async def _run(call: Call[None, Batch], operation: Operation, routes: tuple[Route, ...]) -> Reply:
    try:
        parts = urlsplit(operation.path)
        query = parse_qs(parts.query, keep_blank_values=True, errors="strict")
    except ValueError:  # as UnicodeDecodeError is, too
        return refusal(400, "The path of this operation cannot be read.")
    for route in routes:
        path = route.match(parts.path) if route.method == operation.method else None
        if path is None:
            continue
        wait_s = call.state.rates.take(
            call.person.name, per_minute=call.squid.config.performance.rate_limit_requests_per_minute
        )
        if wait_s:
            return refusal(429, hint=f"Try again in {wait_s} s.")
        if not await call.person.may(_ACTIONS.get(operation.method, "write")):
            return refusal(403)
        done = await answer(
            route, person=call.person, state=call.state, path=path, query=query, body=_encoded(operation.body)
        )
        assert isinstance(done, Reply), "routes with downloads are left out"
        return done
    return refusal(404, hint="Uploads, downloads and batches cannot be part of a batch.")


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
