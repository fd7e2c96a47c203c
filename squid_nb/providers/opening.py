"""Gets an answer to begin: everything that may happen between sending a request and its first byte.

Retries, waiting as the endpoint asks, a base URL that is nearly right, options it does not know. Once an answer has
begun nothing is ever sent again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any
from urllib.parse import urljoin

import httpx

from ..endpoint import clean_base_url, host_of
from ..errors import ProviderError, Unreachable
from ..events import Notice, Progress
from .connection import Connection
from .dialect import adapted
from .listing import ask_listing
from .probe import repair
from .refusals import detail_of, is_final, names_the_model, refusal
from .retry import MAX_TRIES, in_words, is_temporary, retry_after, seconds_to_wait

__all__ = ["Opening", "named_answer"]

_PATH = "/chat/completions"
_MAX_CHANGES = 6


class Opening:
    """One request until its answer begins; afterwards `response` streams, or `whole` is the complete answer.

    Whoever makes one calls `aclose`, whatever happens.
    """

    def __init__(
        self,
        connection: Connection,
        payload: dict[str, Any],
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connection = connection
        self._payload = payload
        self._pause = pause
        self._failures = 0
        self._changes = 0
        self._repaired = False
        self.response: httpx.Response | None = None
        self.whole: dict[str, Any] | None = None

    async def events(self) -> AsyncGenerator[Notice | Progress, None]:
        """Notices and waits until the answer begins.

        Raises
        ------
        ProviderError
            When it will not begin.
        """
        while True:
            response = self.response = await self._connection.send("POST", _PATH, json=self._payload)
            kind = response.headers.get("content-type", "").lower()
            if response.is_success and "json" not in kind and "html" not in kind:
                return
            body = await self._connection.body(response)
            self.response = None
            if response.is_success and self._take_whole(body):
                return
            async for event in self._overcome(response, body):
                yield event

    async def aclose(self) -> None:
        """Close the connection if an answer is still coming in."""
        if self.response is not None:
            await self.response.aclose()

    async def _overcome(self, response: httpx.Response, body: str) -> AsyncGenerator[Notice | Progress, None]:
        """Change what can be changed or wait as asked, so that another try makes sense; else raise."""
        if response.is_redirect:
            yield self._redirected(response)
        elif is_temporary(response.status_code):
            yield await self._waited(response, body)
        elif (notice := await self._moved(response, body)) is not None:
            yield notice
        elif self._changes < _MAX_CHANGES and (change := adapted(self._payload, response.status_code, body)):
            self._changes += 1
            self._payload, said = change
            if said:
                yield Notice(said)
        else:
            raise self._refusal(response, body)

    async def _waited(self, response: httpx.Response, body: str) -> Progress:
        self._failures += 1
        seconds = None if is_final(body) else seconds_to_wait(self._failures, response.headers)
        if seconds is None:
            error = self._refusal(response, body)
            if asked := retry_after(response.headers):
                error.hint = f"It asks to wait {in_words(asked)}."
            raise error
        await self._pause(seconds)
        return Progress(f"{self._connection.host} is busy; trying again ({self._failures} of {MAX_TRIES - 1}).")

    async def _moved(self, response: httpx.Response, body: str) -> Notice | None:
        """Look for the API elsewhere on the host when this path does not seem to be one."""
        detail = detail_of(body)
        wrong_path = (
            response.status_code == 405
            or (response.status_code == 404 and not names_the_model(detail))
            or (response.is_success and ("unexpected endpoint" in detail.lower() or not _is_json(body)))
        )
        if not wrong_path or self._repaired:
            return None
        self._repaired = True
        if response.status_code == 404 and await ask_listing(self._connection) is not None:
            raise self._refusal(response, body)
        return Notice(await repair(self._connection, answer=named_answer(response, body)))

    def _redirected(self, response: httpx.Response) -> Notice:
        target = urljoin(str(response.request.url), response.headers.get("location", ""))
        try:
            moved = clean_base_url(target)
        except ValueError:
            moved = ""
        same = moved and httpx.URL(moved).host == response.request.url.host
        if (
            not same
            or self._repaired
            or moved == self._connection.base_url
            or moved.startswith("http:") > (self._connection.base_url.startswith("http:"))
        ):
            where = host_of(moved) if moved else "nowhere"
            raise Unreachable(
                f"{self._connection.host} redirects to {where}, and neither the key nor the question was sent there.",
                "If that is right, set model.base_url to it.",
            )
        self._repaired = True
        self._connection.base_url = moved
        return Notice(f"Using {moved}; set model.base_url to it.")

    def _take_whole(self, body: str) -> bool:
        try:
            found = json.loads(body)
        except ValueError:
            return False
        if isinstance(found, dict) and found.get("choices"):
            self.whole = found
        return self.whole is not None

    def _refusal(self, response: httpx.Response, body: str) -> ProviderError:
        status = 400 if response.is_success else response.status_code
        return refusal(
            status,
            body,
            host=self._connection.host,
            model=str(self._payload["model"]),
            has_key=self._connection.key is not None,
            secret=self._connection.key,
        )


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def named_answer(response: httpx.Response, body: str) -> str:
    """What came instead of an answer, for a sentence."""
    if "<html" in body[:2000].lower() or "<!doctype html" in body[:2000].lower():
        return "a web page"
    return f"status {response.status_code}"
