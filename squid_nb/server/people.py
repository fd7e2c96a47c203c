"""Whose history a request is about.

A Jupyter server is one person's: everybody whom its IdentityProvider lets in works in the history of the configured
user. Only with `server.user_from_identity` does each identity have a history of its own, named after its username;
that is for servers whose IdentityProvider knows real accounts. Token and password sign-ins have made-up usernames.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..config import Config
from ..squid import Squid, shared

__all__ = ["People", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    """For limits, and for telling whose jobs and views are whose."""
    squid: Squid
    may: Callable[[str], Awaitable[bool]]
    """Whether the server's Authorizer allows an action: `read`, `write` or `execute`."""


class People:
    """The `Squid` of each person."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._others: dict[str, Squid] = {}
        self._asked = False

    def name_of(self, username: str) -> str:
        """The name by which an identity is known here: on one person's server, everybody is that person."""
        # A client with a token and no cookie is given another username with each request.
        return username if shared().config.server.user_from_identity else ""

    def squid_of(self, username: str) -> Squid:
        """The history of an identity."""
        squid = shared()
        self._asked = True
        if not squid.config.server.user_from_identity:
            return squid
        with self._lock:
            if username not in self._others:
                self._others[username] = self._new(username, squid.config, squid)
            return self._others[username]

    def squids(self) -> list[Squid]:
        """Everybody's, as far as they have been asked for."""
        with self._lock:
            # Nobody's settings are read only to be let go of.
            return [shared(), *self._others.values()] if self._asked else []

    def _new(self, username: str, config: Config, squid: Squid) -> Squid:
        # One store: two on the same file would only wait for each other.
        return Squid(config, username, store=squid.store)
