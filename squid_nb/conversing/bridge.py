"""One view's conversation with its browser side: messages in, replies and events out.

It knows neither comms nor sockets: it gets message contents and a function that sends. Work runs on the background
loop, so that chat, stop and browsing go on while a kernel executes a cell or a server answers others.
`js/src/wire.ts` is the other side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .. import loop
from ..defects import log_defect
from ..errors import NotFound, SquidError
from ..events import Event, Failed, Finished, Started
from ..records import Provenance, Session
from ..relay import ELSEWHERE
from . import calls, questions
from .arguments import maybe_text
from .outbox import Outbox
from .patience import Patience
from .replies import reply
from .work import Work

if TYPE_CHECKING:
    from ..commands.carrying import Carrier
    from ..squid import Squid

__all__ = ["Bridge"]

Send: TypeAlias = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class _Asked:
    """An answer that this view asked for and that is under way."""

    task: asyncio.Task[None]
    outbox: Outbox
    started: Started | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A session as the browser knows it."""

    session_id: str
    updated_at: datetime
    head_id: str | None
    messages: int
    shown: int
    """How many messages its visible conversation has."""

    def is_of(self, session: Session) -> bool:
        """Whether nothing has happened in it since."""
        now = (session.id, session.updated_at, session.head_id, session.messages)
        return now == (self.session_id, self.updated_at, self.head_id, self.messages)


News: TypeAlias = Literal["messages", "rewritten"]
"""Something has come at the end, or something above it has changed too."""


@dataclass(slots=True)
class Bridge:
    """State of one view on the side of its process."""

    squid: Squid
    send: Send
    provenance: Provenance
    session_id: str | None = None
    model: str | None = None
    namespace: Mapping[str, Any] | None = None
    """The kernel's variables, for `@name` and `{{name}}`; None where there is no kernel."""
    directory: Path | None = None
    """Where `@path` is looked for; files outside of it stay text. Anywhere, from the working directory, when None."""
    carrier: Carrier | None = None
    """Who takes conversations out and brings them in; this process when None."""
    on_session: Callable[[str | None], None] = lambda _: None
    """Called when the view turns to another session."""
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _outboxes: dict[str, Outbox] = field(default_factory=dict)
    _works: dict[str, Work] = field(default_factory=dict)
    _unsubscribe: tuple[Callable[[], None], ...] = ()
    _patience: Patience = field(init=False)
    _seen: _Seen | None = None

    def __post_init__(self) -> None:
        self._patience = Patience(lambda: self.squid.store.database.holder(), self._tell_wait)

    def connect(self) -> None:
        """Listen to answers that others ask for in this session, here or in other processes."""
        self._unsubscribe = (self.squid.live.subscribe(self._overheard), self.squid.relay.listen())

    def disconnect(self) -> None:
        """Stop listening; answers under way go on and are stored."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = ()

    def receive(self, content: Any, buffers: Sequence[Any] = ()) -> None:
        """Take a message from the browser, on whatever thread it comes."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        args = content.get("args")
        args = args if isinstance(args, dict) else {}
        kind, message_id = content.get("kind"), content["id"]
        if kind == "call":
            loop.spawn(self._call(message_id, str(content.get("verb")), args))
        elif kind == "ask":
            loop.spawn(self._begin(message_id, args, [bytes(buffer) for buffer in buffers]))
        elif kind == "stop":
            loop.spawn(self._stop(args))

    def turn_to(self, session_id: str | None) -> None:
        """Make another session the view's own."""
        if session_id != self.session_id:
            self.session_id = session_id
            self.on_session(session_id)

    @property
    def busy(self) -> bool:
        """Whether an ask of this view, or a call that shows how far it is, has not been told its end."""
        return bool(self._asked) or any(work.shown for work in list(self._works.values()))

    def asks_under_way(self) -> dict[str, str]:
        """Answer id → the ask that started it, for views that come in the middle."""
        return {asked.started.message_id: ask for ask, asked in self._asked.items() if asked.started}

    def send_held(self) -> None:
        """Send the text that is kept back for a moment: what is told of an answer now must not be told again."""
        for outbox in (*self._outboxes.values(), *(asked.outbox for asked in self._asked.values())):
            outbox.flush()

    def _tell_wait(self, sentence: str) -> None:
        # Whoever has the database while something works for this view does that work.
        if not sentence or not any(work.shown for work in self._works.values()):
            self.send({"kind": "waiting", "message": sentence})

    async def _call(self, call_id: str, verb: str, args: dict[str, Any]) -> None:
        work = self._works[call_id] = Work(call_id, self.send)
        try:
            await reply(self.send, call_id, verb, self._answer(verb, args, work))
        finally:
            self._works.pop(call_id, None)
            work.end()

    async def _answer(self, verb: str, args: dict[str, Any], work: Work) -> Any:
        with self._patience.waits():
            return await calls.answer(self, verb, args, work)

    async def _begin(self, ask_id: str, args: dict[str, Any], buffers: Sequence[bytes]) -> None:
        outbox = Outbox(lambda seq, event: self.send({"id": ask_id, "kind": "event", "seq": seq, "event": event}))
        task = asyncio.create_task(self._ask(ask_id, args, buffers, outbox))
        self._asked[ask_id] = _Asked(task, outbox)

    async def _ask(self, ask_id: str, args: dict[str, Any], buffers: Sequence[bytes], outbox: Outbox) -> None:
        try:
            await self._stream(ask_id, args, buffers, outbox)
        except asyncio.CancelledError:
            outbox.put(Failed("Stopped before the model was asked.", "Send it again when you like.", error="Stopped"))
        except SquidError as error:
            outbox.put(Failed(error.message, error.hint, error=type(error).__name__))
        except Exception as error:  # noqa: BLE001  # a dead view would be worse than an unspecific sentence
            log_defect("ask", error)
            outbox.put(Failed(f"An internal error ended the answer ({type(error).__name__}).", "The log has more."))
        finally:
            outbox.flush()
            self._asked.pop(ask_id, None)
            self.send({"id": ask_id, "kind": "end"})

    async def _stream(self, ask_id: str, args: dict[str, Any], buffers: Sequence[bytes], outbox: Outbox) -> None:
        question = await asyncio.to_thread(questions.read, self, args, buffers)
        events = self.squid.astream(
            question.text,
            sources=question.sources,
            session=maybe_text(args, "session_id"),
            model=maybe_text(args, "model") or self.model,
            host=maybe_text(args, "host") if args.get("model") else None,
            again=maybe_text(args, "again"),
            edit=maybe_text(args, "edit"),
            go_on=maybe_text(args, "go_on"),
            provenance=question.provenance,
            notices=question.notices,
            origin=self,
        )
        try:
            # The first event comes when the question is stored.
            with self._patience.waits():
                first = await anext(events)
            if isinstance(first, Started):
                self._asked[ask_id].started = first
                self.turn_to(first.session_id)
            outbox.put(first)
            async for event in events:
                outbox.put(event)
        finally:
            await events.aclose()

    async def _stop(self, args: dict[str, Any]) -> None:
        """Stop by the ask's id, or by the answer's when it was asked for elsewhere in this process; or a long call."""
        if (work := self._works.get(str(args.get("ask")))) is not None:
            work.cancel()
        asked = self._asked.get(str(args.get("ask")))
        if asked is not None and asked.started is None:
            asked.task.cancel()
        elif asked is not None and asked.started is not None:
            self.squid.stop(asked.started.message_id)
        elif args.get("message_id"):
            self.squid.stop(str(args["message_id"]))

    def saw(self, session: Session, *, hidden: int) -> News | None:
        """Note the session's state that the browser is about to get; None when it had that already."""
        before, shown = self._seen, session.messages - hidden
        self._seen = _Seen(session.id, session.updated_at, session.head_id, session.messages, shown)
        if before == self._seen:
            return None
        return "rewritten" if self._is_rewritten(before, self._seen) else "messages"

    def _is_rewritten(self, before: _Seen | None, now: _Seen) -> bool:
        """Whether something changed above what has come at the end."""
        if before is None or before.session_id != now.session_id or before.head_id is None:
            return False
        if now.messages < before.messages:
            return True
        return self.squid.store.messages.shown_until(now.session_id, before.head_id) != before.shown

    def _news(self, session_id: str) -> News | None:
        session = self.squid.sessions.get(session_id)
        if self._seen is not None and self._seen.is_of(session):
            return None
        return self.saw(session, hidden=self.squid.sessions.hidden(session))

    def announce_change(self) -> None:
        """Another process may have written to this session: look, and tell the browser if so."""
        loop.spawn(self._look_for_change(announce=True))

    async def _look_for_change(self, *, announce: bool) -> None:
        session_id = self.session_id
        if session_id is None or self.squid.live.is_answering(session_id):
            return
        try:
            news = await asyncio.to_thread(self._news, session_id)
        except NotFound:
            self.turn_to(None)
            return
        except SquidError:
            return  # busy: the next change of the file brings us here again
        if news is not None and announce:
            self.send({"kind": "change", "session_id": session_id, "what": news})

    def _overheard(self, session_id: str, message_id: str, event: Event, origin: object) -> None:
        """Pass on what somebody else is being answered in this session."""
        if session_id != self.session_id:
            return
        ended = isinstance(event, (Finished, Failed))
        if ended and origin is not ELSEWHERE:
            loop.spawn(self._look_for_change(announce=False))  # the browser is told by the event itself
        if origin is self:
            return
        outbox = self._outboxes.get(message_id)
        if outbox is None:
            outbox = self._outboxes[message_id] = Outbox(
                lambda _, event: self.send(
                    {"kind": "live", "session_id": session_id, "message_id": message_id, "event": event}
                )
            )
        outbox.put(event)
        if not message_id or ended:
            self._outboxes.pop(message_id, None)
        if ended and origin is ELSEWHERE:
            # Only what is stored tells whether its writer had its last word.
            self.send({"kind": "change", "session_id": session_id, "what": "messages"})
