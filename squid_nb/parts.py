"""What a `Squid` is made of: settings, store, index, models and provider, each opened when it is first used.

Nothing here asks or answers; `squid.py` does, on top of this.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from . import loop
from .budget import Admission, Budgets
from .config import Config
from .errors import InvalidInput, SquidError
from .events import Titled
from .live import Hub
from .providers import open_provider
from .providers.discover import discover
from .providers.provider import Provider
from .records import ModelInfo, User
from .relay import Relay
from .retitling import retitle
from .rounds import Rounds
from .sessions import Sessions
from .store import Store

if TYPE_CHECKING:
    from .analytics import History
    from .search import Search

__all__ = ["Parts", "Place"]


@dataclass(slots=True)
class Place:
    """Where somebody is in a history."""

    squid: Parts
    session_id: str | None = None


_places: ContextVar[Place | None] = ContextVar("squid-nb-place", default=None)


class Parts:
    """Settings and what they open, for one person.

    Parameters
    ----------
    config
        Settings; resolved from files and environment (`Config.load()`) when None.
    user
        Whose history this is; the login name when None.
    store, provider
        Ready-made parts, for tests and for embedding; opened from the settings on first use when None.
    """

    def __init__(
        self,
        config: Config | None = None,
        user: str | None = None,
        *,
        store: Store | None = None,
        provider: Provider | None = None,
    ) -> None:
        self._config = config if config is not None else Config.load()
        self._user_name = user if user is not None else self._config.user.name
        self._store = store
        self._provider = provider
        self._given_provider = provider is not None
        self._lock = threading.Lock()
        self._known_models: tuple[ModelInfo, ...] = ()
        self._retitling: set[Future[None]] = set()
        self.live = Hub()
        self.rounds = Rounds()
        self._place = Place(self)

    @property
    def current(self) -> str | None:
        """Id of the session that magics and `/open` work in; None before the first question."""
        return self._whose_place().session_id

    @current.setter
    def current(self, session_id: str | None) -> None:
        self._whose_place().session_id = session_id

    @contextmanager
    def placed(self, session_id: str | None) -> Iterator[Place]:
        """Within the block, in this thread or task, `current` is somebody's own: several views share a process."""
        place = Place(self, session_id)
        token = _places.set(place)
        try:
            yield place
        finally:
            _places.reset(token)

    def _whose_place(self) -> Place:
        place = _places.get()
        return place if place is not None and place.squid is self else self._place

    # Parts, opened on first use so that a `Squid` costs nothing until somebody asks.

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self._config

    @property
    def store(self) -> Store:
        """The database."""
        with self._lock:
            if self._store is None:
                database = self._config.database
                self._store = Store(
                    database.path, lock_timeout_s=database.lock_timeout_s, idle_hold_ms=database.idle_hold_ms
                )
            return self._store

    @property
    def provider(self) -> Provider:
        """Who answers."""
        with self._lock:
            if self._provider is None:
                self._provider = open_provider(self._config)
            return self._provider

    @cached_property
    def user(self) -> User:
        """Whose history this is."""
        return self.store.users.ensure(self._user_name)

    @cached_property
    def sessions(self) -> Sessions:
        """Verbs on conversations."""
        self.store.trash.purge()  # once a process, so that what was deleted long ago goes without being asked for
        return Sessions(
            self.store,
            self.user.id,
            undo=lambda: timedelta(days=self._config.session.undo_days),
            changed=self.live.sessions_changed,
            stop=self.live.stop_all,
        )

    @cached_property
    def relay(self) -> Relay:
        """Live answers of other processes, and the way of ours to them."""
        return Relay(self.live, self.store.path, user_id=lambda: self.user.id)

    @cached_property
    def history(self) -> History:
        """The history as DataFrames."""
        from .analytics import History  # pandas is imported when the first frame is asked for

        return History(self.store, self.user.id)

    @cached_property
    def _budgets(self) -> Budgets:
        return Budgets(self.store)

    async def _admit(self, session_id: str | None) -> Admission:
        """Warnings of soft caps; raises `BudgetExceeded` for a hard one."""
        return await self._budgets.admit(self._config.budget, user_id=self.user.id, session_id=session_id)

    @cached_property
    def _index(self) -> Search:
        from .search import Search  # tantivy is imported when something is searched for the first time

        return Search(self.store)

    # Models

    @property
    def model(self) -> str | None:
        """Name of the model that is asked when none is named; None when the endpoint has to be asked first."""
        try:
            return self._config.model.name or getattr(self.provider, "default_model", None)
        except SquidError:
            return None

    @property
    def known_models(self) -> tuple[ModelInfo, ...]:
        """What `models` found last, without asking anybody."""
        return self._known_models

    @property
    def context_limit(self) -> int:
        """Tokens a window may hold."""
        config = self._config
        if config.model.provider == "embedded":
            return min(config.context.max_tokens, config.embedded.context_tokens)
        return config.context.max_tokens

    def models(self) -> list[ModelInfo]:
        """What the endpoint offers, and what servers on this machine's usual ports offer."""
        return loop.run(self._models())

    async def amodels(self) -> list[ModelInfo]:
        """`models`, awaited from any event loop."""
        return await loop.call(self._models())

    async def _models(self) -> list[ModelInfo]:
        offered, found = await asyncio.gather(self.provider.models(), discover(), return_exceptions=True)
        if isinstance(offered, BaseException) and isinstance(found, BaseException):
            raise offered
        own = [] if isinstance(offered, BaseException) else offered
        others = [] if isinstance(found, BaseException) else found
        if isinstance(offered, BaseException) and not others:
            raise offered
        known = {(model.host, model.id) for model in own}
        self._known_models = (*own, *(model for model in others if (model.host, model.id) not in known))
        return list(self._known_models)

    # Settings

    def configure(self, key: str, value: Any) -> None:
        """Set one setting for this process, such as `model.name`.

        Raises
        ------
        ConfigError
            Names the key and the nearest valid one.
        """
        self.configure_all({key: value})

    def turn_to_host(self, host: str, model: str) -> None:
        """Ask a server of this machine from now on, as `models` has found it.

        Raises
        ------
        InvalidInput
            When no server is known there: a page must not send the conversation wherever it likes.
        """
        self.configure_all(self._settings_at(host, model))

    def _settings_at(self, host: str, model: str) -> dict[str, Any]:
        if not any(known.host == host and known.id == model for known in self._known_models):
            raise InvalidInput(f"No model {model!r} was found at {host}.", "Refresh the list of models.")
        if host == "in process":
            return {"model.provider": "embedded", "model.name": model}
        return {"model.provider": "openai", "model.base_url": f"{host}/v1", "model.name": model}

    @asynccontextmanager
    async def provider_at(self, host: str | None, model: str | None) -> AsyncIterator[Provider]:
        """Who answers one question: the provider in force, or for once a server that `models` has found.

        Raises
        ------
        InvalidInput
            When no such model is known there.
        """
        if host is None or model is None or host == self.provider.host:
            yield self.provider
            return
        provider = open_provider(self._config.replace(self._settings_at(host, model)))
        try:
            yield provider
        finally:
            await provider.aclose()

    def configure_all(self, changes: Mapping[str, Any]) -> None:
        """Set several settings together; parts they concern are opened anew."""
        self._use(self._config.replace(changes), {key.split(".")[0] for key in changes})

    def take_back(self, key: str) -> None:
        """Undo `configure` for one setting: it comes from where it came from before.

        Raises
        ------
        ConfigError
            Names the key and the nearest valid one.
        """
        self._use(self._config.taken_back(key), {key.split(".")[0]})

    def _use(self, config: Config, sections: Set[str]) -> None:
        with self._lock:
            self._config = config
            if sections & {"model", "embedded"} and not self._given_provider:
                stale, self._provider = self._provider, None
                if stale is not None:
                    loop.spawn(stale.aclose())
            if "database" in sections and self._store is not None:
                self._store.close()
                self._store = None
                self.forget()

    def forget(self) -> None:
        """Drop what is known of a database that is no longer the one in use."""
        self._drop_index()
        for part in ("user", "sessions", "history", "_budgets"):
            self.__dict__.pop(part, None)

    def _retitle_later(self, titled: Titled, message_id: str) -> None:
        """Ask the model for a better title than the first words; nobody waits for it."""
        wanted = self._config.session.refine_titles
        if wanted if wanted is not None else self._config.model.provider != "embedded":
            future = loop.spawn(self._retitle(titled, message_id))
            self._retitling.add(future)
            future.add_done_callback(self._retitling.discard)

    async def _retitle(self, titled: Titled, message_id: str) -> None:
        try:
            answer = await asyncio.to_thread(self.store.messages.get, message_id)
            async with await self._admit(answer.session_id):
                better = await retitle(
                    answer, title=titled.title, user_id=self.user.id, store=self.store, provider=self.provider
                )
        except SquidError:
            return  # the session was deleted, a cap is reached, or the database is busy: the first words stay
        if better is not None:
            self.live.publish(better.session_id, message_id, better)

    def close(self) -> None:
        """Release the database and the provider."""
        for future in tuple(self._retitling):
            future.cancel()
        with self._lock:
            provider, self._provider = self._provider, None
        if provider is not None and not loop.is_over():
            # Without the lock: what runs on the background loop meanwhile may ask for a part.
            loop.run(provider.aclose())
        with self._lock:
            self._drop_index()
            if self._store is not None:
                self._store.close()

    def _drop_index(self) -> None:
        index: Search | None = self.__dict__.pop("_index", None)
        if index is not None:
            index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
