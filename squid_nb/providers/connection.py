"""One endpoint over HTTP: a client for each event loop, the key only where it belongs, transport errors in words.

What is asked and how answers are read is not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from ..endpoint import host_of, is_loopback
from ..errors import BadStream, ProviderError, Unreachable
from .local_servers import how_to_start

__all__ = ["Connection"]

_CONNECT_S = 10.0
_LONGEST_BODY = 1_000_000


class Connection:
    """Requests to one base URL.

    Parameters
    ----------
    base_url
        Clean, as `endpoint.clean_base_url` leaves it. Can be replaced by `repair` on the same host only.
    key
        Sent as bearer token to this host and no other: redirects are not followed.
    """

    def __init__(
        self, base_url: str, *, key: str | None, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.base_url = base_url
        self.key = key
        self.timeout_s = timeout_s
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def host(self) -> str:
        """`scheme://host:port`."""
        return host_of(self.base_url)

    @property
    def key_is_exposed(self) -> bool:
        """Whether the key travels unencrypted over a network."""
        return self.key is not None and self.base_url.startswith("http:") and not is_loopback(self.base_url)

    async def send(
        self, method: str, path: str, *, json: Mapping[str, Any] | None = None, timeout_s: float | None = None
    ) -> httpx.Response:
        """The response with its body still to be read; whoever calls closes it.

        Raises
        ------
        Unreachable
            No connection, or no answer within the timeout.
        """
        try:
            client = self._get_client()
            request = client.build_request(
                method,
                self.base_url + path,
                json=json,
                headers={"Accept": "text/event-stream, application/json"},
                timeout=self._timeout(timeout_s or self.timeout_s),
            )
            return await client.send(request, stream=True)
        except httpx.TimeoutException as error:
            raise self.timed_out(error, timeout_s or self.timeout_s) from None
        except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as error:
            raise self._unreachable(error) from None

    async def body(self, response: httpx.Response) -> str:
        """The body of a short answer as text, and the response closed; cut when it is not short."""
        parts: list[bytes] = []
        size = 0
        try:
            async for part in response.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > _LONGEST_BODY:
                    break
        except httpx.HTTPError:
            pass  # what arrived says enough: the status is known
        finally:
            await response.aclose()
        return b"".join(parts).decode("utf-8", "replace")

    def timed_out(self, error: httpx.TimeoutException, seconds: float) -> ProviderError:
        """The error for a time-out before an answer began."""
        if isinstance(error, httpx.ConnectTimeout):
            return Unreachable(f"{self.host} did not answer within {_CONNECT_S:g} seconds.", self._what_to_do())
        hint = "It may still be loading the model: ask again, or raise model.timeout_s."
        return Unreachable(f"{self.host} accepted the request and sent nothing for {seconds:g} seconds.", hint)

    def broke_off(self, error: httpx.HTTPError) -> ProviderError:
        """The error for a transport failure after an answer began."""
        if isinstance(error, httpx.TimeoutException):
            return BadStream(
                f"{self.host} sent nothing for {self.timeout_s:g} seconds in the middle of the answer.",
                "What had arrived is kept. Retry, or raise model.timeout_s.",
            )
        return BadStream(f"The connection to {self.host} broke off.", "What had arrived is kept. Retry.")

    async def aclose(self) -> None:
        """Close the client of this loop; one that belonged to another loop is gone with it."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _get_client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # Pooled connections belong to the loop that opened them.
            self._loop = loop
            self._client = httpx.AsyncClient(
                headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
                transport=self._transport,
                follow_redirects=False,
                # A proxy from the environment cannot reach this machine's own ports.
                trust_env=not is_loopback(self.base_url),
            )
        return self._client

    def _timeout(self, seconds: float) -> httpx.Timeout:
        return httpx.Timeout(seconds, connect=min(_CONNECT_S, seconds))

    def _unreachable(self, error: Exception) -> ProviderError:
        if isinstance(error, httpx.ConnectError):
            return Unreachable(f"Nothing answers at {self.host}.", self._what_to_do())
        if isinstance(error, httpx.HTTPError) and not isinstance(error, httpx.UnsupportedProtocol):
            return Unreachable(f"{self.host} closed the connection without an answer.", "Ask again in a moment.")
        return Unreachable(
            f"No request to {self.host} could be made ({type(error).__name__}).",
            "Check model.base_url and the proxy variables of the environment.",
        )

    def _what_to_do(self) -> str:
        if is_loopback(self.base_url):
            return how_to_start(self.base_url)
        return "Check model.base_url and the network."
