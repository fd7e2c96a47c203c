"""The one path of a message: question stored, window chosen, answer streamed, answer stored.

Every door ends here. The question is committed before the model is called; whatever has arrived when the answer is
stopped, fails or the process dies is kept. It knows no door, no user interface and no configuration file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

from .context import Window, fit
from .errors import BadStream, ModelNotFound, SquidError, StoreError
from .events import Delta, Event, Failed, Finished, Notice, Started, Titled
from .going_on import joined, with_beginning
from .ledger import Meter
from .partial import PartialAnswer
from .providers.provider import ChatRequest, Provider, ProviderEvent
from .records import Message, NewSource, Provenance, Status
from .store import OpenTurn, Store
from .store.ids import new_id
from .titles import title_from

__all__ = ["Ask", "ask", "choose_window", "first_model", "load_history"]

T = TypeVar("T")

_HISTORY_MESSAGES = 400
"""Messages loaded to choose the window from; older ones would hardly fit any context."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, with everything that decides how it is answered."""

    prompt: str
    user_id: str
    sources: tuple[NewSource, ...] = ()
    session_id: str | None = None
    """None starts a new session."""
    again: str | None = None
    """Id of a stored question to answer once more, with the sources stored with it."""
    edit: str | None = None
    """Id of a stored question that this one says in other words: it becomes its sibling."""
    go_on: Message | None = None
    """An unfinished answer to the question `again`, which the new one begins with and goes on from."""
    move_following: bool = False
    """Let the turns after the older answer continue below the new one (a notebook cell that runs again)."""
    model: str | None = None
    """None takes the provider's first model."""
    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    history: bool = True
    context_limit: int = 8192
    response_format: Literal["text", "json"] = "text"
    provenance: Provenance = field(default_factory=Provenance)
    notebook: str | None = None
    """The notebook that a new session belongs to."""


async def ask(question: Ask, *, store: Store, provider: Provider) -> AsyncGenerator[Event, None]:
    """Answer a question, as a stream of events that ends with `Finished` or `Failed`.

    Closing the iterator, or cancelling the task that walks it, stops the model and keeps the partial answer.

    Raises
    ------
    StoreError, NotFound
        When not even the question could be stored; nothing was sent then.
    """
    turn = await _committed(question, store, provider)
    beginning = question.go_on.content if question.go_on else ""
    partial = PartialAnswer(turn.answer.id, store, beginning=beginning)
    run = _Run(question, turn, partial, Meter(provider), store)
    try:
        partial.begin()
        request, window = await _choose_request(question, turn, store, provider)
        run.meter.began(request, window.tokens)
        yield _started(turn, request, window, provider)
        if turn.titled:
            yield Titled(turn.session.id, turn.session.title)
        if beginning:
            yield Delta(beginning)
        async with aclosing(cast(AsyncGenerator[ProviderEvent, None], provider.stream(request))) as stream:
            async for event in stream:
                run.meter.saw(event)
                if beginning and isinstance(event, Delta):
                    event, beginning = joined(beginning, event), ""
                run.partial.take(event)
                yield event
        failure = run.emptiness()
    except SquidError as error:
        failure = error
    except (asyncio.CancelledError, GeneratorExit):
        await run.close("stopped")
        raise
    except BaseException as error:
        # A defect, here or in a plugin: the row must not stay open. The door decides what to say.
        await run.close("failed", BadStream(f"An internal error ended the answer ({type(error).__name__})."))
        raise
    for last in await run.last_events(failure):
        yield last


@dataclass(frozen=True, slots=True)
class _Run:
    """One answer under way, and how it ends."""

    question: Ask
    turn: OpenTurn
    partial: PartialAnswer
    meter: Meter
    store: Store

    def emptiness(self) -> SquidError | None:
        if self.partial.written:
            return None
        return BadStream("The model gave an empty answer.", "Ask again, or choose another model.")

    async def last_events(self, failure: SquidError | None) -> Sequence[Event]:
        estimate = self.meter.ended(self.partial.written)
        warning = self.meter.silently_cut()
        events: list[Event] = [estimate] if estimate else []
        if warning:
            events.append(Notice(warning))
        try:
            await self.close("failed" if failure else "complete", failure)
        except StoreError as error:
            failure = error
        return [*events, self._failed(failure) if failure else self._finished()]

    async def close(self, status: Status, failure: SquidError | None = None) -> None:
        """Store the answer and its ledger row; a second cancellation does not interrupt this."""
        await asyncio.shield(asyncio.ensure_future(self._close(status, failure)))

    async def _close(self, status: Status, failure: SquidError | None) -> None:
        await self.partial.settle()
        if self.meter.duration_ms is None:
            self.meter.ended(self.partial.written)
        await asyncio.to_thread(
            self.store.close_turn,
            self.turn.answer.id,
            content=self.partial.content,
            reasoning=self.partial.reasoning,
            status=status,
            error=failure.message if failure else None,
            hint=failure.hint if failure else None,
            model=self.meter.model,
            usage=self.meter.row(self.turn.answer, user_id=self.question.user_id, usage_id=new_id()),
        )

    def _finished(self) -> Finished:
        return Finished(
            self.turn.session.id,
            self.turn.answer.id,
            "complete",
            first_token_ms=self.meter.first_token_ms,
            duration_ms=self.meter.duration_ms,
        )

    def _failed(self, failure: SquidError) -> Failed:
        return Failed(
            failure.message,
            failure.hint,
            error=type(failure).__name__,
            session_id=self.turn.session.id,
            message_id=self.turn.answer.id,
        )


_late: set[asyncio.Task[None]] = set()


async def _committed(question: Ask, store: Store, provider: Provider) -> OpenTurn:
    """The open turn; when it is stopped before, what its thread may still store is closed."""
    commit = asyncio.ensure_future(_commit_question(question, store, provider))
    try:
        return await asyncio.shield(commit)
    except asyncio.CancelledError:
        late = asyncio.create_task(_close_late(commit, store))
        _late.add(late)
        late.add_done_callback(_late.discard)
        raise


async def _close_late(commit: asyncio.Future[OpenTurn], store: Store) -> None:
    try:
        turn = await commit
        await asyncio.to_thread(store.close_turn, turn.answer.id, content="", reasoning="", status="stopped")
    except SquidError:
        return  # nothing was stored; or the answer stays open, and is told as interrupted when this process has ended


async def _commit_question(question: Ask, store: Store, provider: Provider) -> OpenTurn:
    return await _in_thread(
        lambda: store.open_turn(
            user_id=question.user_id,
            session_id=question.session_id,
            question=None if question.again else question.prompt,
            again=question.again,
            beside=question.edit,
            move_following=question.move_following,
            sources=question.sources,
            provenance=question.provenance,
            model=question.model,
            provider=provider.name,
            host=provider.host,
            new_session=_new_session(question),
            title=title_from(question.prompt) or None,
        )
    )


def _new_session(question: Ask) -> dict[str, Any] | None:
    """What a first question says about its session."""
    if question.session_id is not None or question.again is not None:
        return None
    return {"model": question.model, "system": question.system, "notebook": question.notebook}


async def _choose_request(
    question: Ask, turn: OpenTurn, store: Store, provider: Provider
) -> tuple[ChatRequest, Window]:
    model = question.model or await first_model(provider)
    history, earlier = await load_history(
        store, turn.session.id, upto=turn.question.id, limit=_HISTORY_MESSAGES if question.history else 1
    )
    if question.go_on is not None:
        history = with_beginning(history, question.go_on)
    window = await choose_window(
        question, history, provider, system=question.system or turn.session.system, earlier=earlier
    )
    request = ChatRequest(
        model=model,
        turns=window.turns,
        temperature=question.temperature,
        max_tokens=question.max_tokens,
        response_format=question.response_format,
    )
    return request, window


async def load_history(
    store: Store, session_id: str, *, upto: str | None, limit: int = _HISTORY_MESSAGES
) -> tuple[list[Message], int]:
    """The newest messages of the visible path up to `upto`, and how many come before them."""
    history = await asyncio.to_thread(store.messages.path, session_id, upto=upto, limit=limit)
    if limit == 1 or len(history) < limit:
        return history, 0
    depth = await asyncio.to_thread(store.messages.depth, history[-1].id)
    return history, depth - len(history)


async def choose_window(
    question: Ask, history: Sequence[Message], provider: Provider, *, system: str | None, earlier: int = 0
) -> Window:
    """The window for `history`, whose last message is the question; counted off the event loop."""
    return await _in_thread(
        lambda: fit(
            history,
            system=system,
            limit=question.context_limit,
            answer_tokens=question.max_tokens,
            count=provider.count_tokens,
            earlier=earlier,
        )
    )


async def first_model(provider: Provider) -> str:
    """What is asked when no model is named.

    Raises
    ------
    ModelNotFound
        When the endpoint offers none.
    """
    models = await provider.models()
    if not models:
        raise ModelNotFound(f"{provider.host} offers no model.", "Load one there, or set model.name.")
    return models[0].id


def _started(turn: OpenTurn, request: ChatRequest, window: Window, provider: Provider) -> Started:
    return Started(
        session_id=turn.session.id,
        question_id=turn.question.id,
        message_id=turn.answer.id,
        provider=provider.name,
        model=request.model,
        host=provider.host,
        context_tokens=window.tokens,
        context_limit=window.limit,
        omitted_messages=window.omitted_messages,
    )


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)
