"""`Squid` wires the parts: settings, store, provider and the path of a message, for one person.

Every door gets a `Squid` and calls its verbs; access is checked here and in `sessions`, so no door can forget it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from . import asking, chat, loop
from .asking import Options, Preview
from .config import Config
from .errors import InvalidInput, SquidError
from .events import Event, Failed, Finished, Started
from .live import Hub
from .providers import open_provider
from .providers.discover import discover
from .providers.provider import Provider
from .records import Answer, ModelInfo, Page, Role, Session, User
from .sessions import SessionRef, Sessions
from .store import Store

if TYPE_CHECKING:
    from .analytics import History
    from .search import Search, When

__all__ = ["Squid", "set_shared", "shared"]


class Squid:
    """The history and the models of one person.

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
        self.live = Hub()
        self.current: str | None = None
        """Id of the session that magics and `/open` work in; None before the first question."""

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
        return Sessions(self.store, self.user.id)

    @cached_property
    def history(self) -> History:
        """The history as DataFrames."""
        from .analytics import History  # pandas is imported when the first frame is asked for

        return History(self.store, self.user.id)

    @cached_property
    def _index(self) -> Search:
        from .search import Search  # tantivy is imported when something is searched for the first time

        return Search(self.store)

    # Asking

    def ask(self, prompt: str, **options: Unpack[Options]) -> Answer:
        """Ask and wait for the whole answer; see `Options` for the keywords.

        Raises
        ------
        SquidError
            The cause of a failed answer; what had arrived is stored.
        """
        return loop.run(self._answer(prompt, options))

    async def aask(self, prompt: str, **options: Unpack[Options]) -> Answer:
        """`ask`, awaited from any event loop."""
        return await loop.call(self._answer(prompt, options))

    def stream(self, prompt: str, **options: Unpack[Options]) -> Generator[Event, None, None]:
        """Ask and walk the events of the answer; leaving early stops it and keeps the partial answer."""
        return loop.iterate(self._events(prompt, options))

    def astream(self, prompt: str, **options: Unpack[Options]) -> AsyncGenerator[Event, None]:
        """`stream`, from any event loop; a failure is a `Failed` event, never an exception."""
        return loop.relay(self._events(prompt, options))

    def preview(self, prompt: str, **options: Unpack[Options]) -> Preview:
        """Exactly what `ask` would send, and to which host; nothing is sent or stored."""
        return loop.run(asking.preview(self, prompt, options))

    async def _events(self, prompt: str, options: Options) -> AsyncGenerator[Event, None]:
        origin = options.get("origin")
        session_id = message_id = ""
        try:
            prepared = await asyncio.to_thread(asking.prepare, self, prompt, options)
            if prepared.stored is not None:
                source = asking.replay(prepared.stored)
            else:
                source = chat.ask(prepared.question, store=self.store, provider=self.provider)
            async with aclosing(source):
                async for event in source:
                    if isinstance(event, (Started, Failed)):
                        session_id, message_id = event.session_id or "", event.message_id or ""
                    if message_id:
                        self.live.publish(session_id, message_id, event, origin=origin)
                    yield event
        except SquidError as error:
            yield Failed(error.message, error.hint, error=type(error).__name__)
        except (asyncio.CancelledError, GeneratorExit):
            asked_to = self.live.is_stopping(message_id)
            if message_id:
                self.live.publish(session_id, message_id, Finished(session_id, message_id, "stopped"), origin=origin)
            if not asked_to:
                raise
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()  # stopping the answer was the point; whoever walks it goes on
            for event in await asyncio.to_thread(asking.stopped_events, self, message_id):
                yield event

    async def _answer(self, prompt: str, options: Options) -> Answer:
        started: Started | None = None
        async for event in self._events(prompt, options):
            if isinstance(event, Started):
                started = event
            elif isinstance(event, Failed):
                raise asking.error_of(event)
        assert started is not None, "an answer that has finished was started"
        return await asyncio.to_thread(self.answer, started.message_id)

    def answer(self, message_id: str) -> Answer:
        """A stored answer."""
        message = self.sessions.message(message_id)
        return Answer(
            text=message.content,
            session_id=message.session_id,
            message_id=message.id,
            question_id=message.parent_id or "",
            model=message.model or "",
            status=message.status,
            usage=message.usage,
            reasoning=message.reasoning,
        )

    def stop(self, message_id: str) -> bool:
        """Stop an answer that any door of this process is streaming; what had arrived is kept."""
        return self.live.stop(message_id)

    # Looking

    def messages(self, session: SessionRef, *, limit: int = 50, before: str | None = None) -> Page:
        """A page of a conversation, oldest first; the last page when `before` is None."""
        return self.sessions.messages(session, limit=limit, before=before)

    def search(
        self,
        text: str,
        *,
        limit: int = 20,
        cursor: str | None = None,
        role: Role | None = None,
        model: str | None = None,
        tags: Sequence[str] = (),
        since: When | None = None,
        until: When | None = None,
        session: SessionRef | None = None,
        archived: bool | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Page:
        """A page of `Hit`s in messages, titles and the text of files: best first, newest first without words.

        Parameters
        ----------
        text
            Words that must all occur, the last one perhaps unfinished; `"a phrase"`; and filters such as `role:user
            model:gpt tag:work before:2026-01 since:7d on:yesterday has:code has:file in:titles is:archived`.
        cursor
            `Page.cursor` of the page before, with the same other arguments.
        role, model, tags, since, until, session, archived
            The same filters as arguments; both bounds are inclusive, and None stands for all.
        progress
            Told how many messages of how many are indexed, when the index has to be built first.

        Raises
        ------
        InvalidInput
            For an argument that cannot be used; no text is an error.
        """
        return self._index.find(
            text,
            owner_id=self.user.id,
            limit=limit,
            cursor=cursor,
            role=role,
            model=model,
            tags=tags,
            since=since,
            until=until,
            session_id=self.sessions.get(session).id if session is not None else None,
            archived=archived,
            progress=progress,
        )

    def session_for(self, notebook: str | None) -> Session | None:
        """The session to go on with: the current one, else the one last used in this notebook."""
        if self.current is not None:
            try:
                return self.sessions.get(self.current)
            except SquidError:
                self.current = None  # deleted meanwhile, perhaps by another process
        return self.sessions.latest(notebook=notebook) if notebook else None

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
        if not any(known.host == host and known.id == model for known in self._known_models):
            raise InvalidInput(f"No model {model!r} was found at {host}.", "Refresh the list of models.")
        if host == "in process":
            self.configure_all({"model.provider": "embedded", "model.name": model})
        else:
            self.configure_all({"model.provider": "openai", "model.base_url": f"{host}/v1", "model.name": model})

    def configure_all(self, changes: Mapping[str, Any]) -> None:
        """Set several settings together; parts they concern are opened anew."""
        config = self._config.replace(changes)
        with self._lock:
            self._config = config
            sections = {key.split(".")[0] for key in changes}
            if sections & {"model", "embedded"} and not self._given_provider:
                stale, self._provider = self._provider, None
                if stale is not None:
                    loop.spawn(stale.aclose())
            if "database" in sections and self._store is not None:
                self._store.close()
                self._store = None
                self._drop_index()
                for part in ("user", "sessions", "history"):
                    self.__dict__.pop(part, None)

    def close(self) -> None:
        """Release the database and the provider."""
        with self._lock:
            if self._provider is not None:
                loop.run(self._provider.aclose())
                self._provider = None
            self._drop_index()
            if self._store is not None:
                self._store.close()

    def _drop_index(self) -> None:
        index: Search | None = self.__dict__.pop("_index", None)
        if index is not None:
            index.close()

    def __enter__(self) -> Squid:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_shared: Squid | None = None
_shared_lock = threading.Lock()


def shared() -> Squid:
    """The process's one `Squid`: magics, widgets and the CLI see the same current session and live answers."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Squid()
        return _shared


def set_shared(squid: Squid | None) -> None:
    """Replace the process's `Squid`; None makes the next `shared()` open a new one."""
    global _shared
    with _shared_lock:
        _shared = squid
