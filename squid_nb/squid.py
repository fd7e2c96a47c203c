"""`Squid` wires the parts: settings, store, provider and the path of a message, for one person.

Every door gets a `Squid` and calls its verbs; access is checked here and in `sessions`, so no door can forget it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Unpack

from . import asking, chat, loop
from . import sent as sending
from .asking import Options, Preview
from .budget import Admission
from .errors import SquidError
from .events import Event, Failed, Finished, Notice, Started, Titled
from .moving import Moving
from .records import Answer, File, Page, Role, Session
from .sessions import SessionRef

if TYPE_CHECKING:
    from .search import When

__all__ = ["Squid", "set_shared", "shared"]


class Squid(Moving):
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

    def __repr__(self) -> str:
        return f"<Squid: the history of {self._user_name} in {self.config.database.path}>"

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

    def sent(self, answer_id: str) -> sending.Sent:
        """What went to the model for an answer, rebuilt from the stored conversation."""
        return loop.run(sending.sent(self, answer_id))

    async def asent(self, answer_id: str) -> sending.Sent:
        """`sent`, awaited from any event loop."""
        return await loop.call(sending.sent(self, answer_id))

    async def _events(self, prompt: str, options: Options) -> AsyncGenerator[Event, None]:
        origin = options.get("origin")
        session_id = message_id = ""
        titled: Titled | None = None
        warnings: list[str] = []
        try:
            prepared = await asyncio.to_thread(asking.prepare, self, prompt, options)
            self.relay.tell()
            if prepared.stored is not None:
                source = asking.replay(prepared.stored)
            else:
                warnings = asking.notices_of(prepared.question, options)
                admission = await self._admit(prepared.question.session_id)
                warnings += admission.warnings
                source = self._ask(prepared.question, options, admission)
            async with aclosing(source):
                async for event in source:
                    if isinstance(event, (Started, Failed)):
                        session_id, message_id = event.session_id or "", event.message_id or ""
                    if message_id:
                        self.live.publish(session_id, message_id, event, origin=origin)
                    titled = event if isinstance(event, Titled) else titled
                    if titled is not None and isinstance(event, Finished):
                        self._retitle_later(titled, message_id)
                    yield event
                    while warnings and isinstance(event, Started):
                        yield Notice(warnings.pop(0))
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

    async def _ask(self, question: chat.Ask, options: Options, admission: Admission) -> AsyncGenerator[Event, None]:
        async with (
            admission,
            self.provider_at(options.get("host"), options.get("model")) as provider,
            aclosing(chat.ask(question, store=self.store, provider=provider)) as events,
        ):
            async for event in events:
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

    def file(self, sha256: str, *, data: bool = False) -> File:
        """A stored file that a message of this person was given; with its bytes when asked for.

        Raises
        ------
        NotFound
        """
        return self.store.files.get(sha256, data=data, owner_id=self.user.id)

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
