"""From what a door was given to what `chat` asks: sources described, the session found, a stored answer recognised."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from . import attach, chat, errors
from .chat import Ask
from .errors import InvalidInput, SourceError, SquidError
from .events import Delta, Event, Failed, Finished, Reasoning, Started, Used
from .records import Message, NewSource, Provenance, Source, Turn, Usage
from .sessions import SessionRef

if TYPE_CHECKING:
    from .squid import Squid

__all__ = ["Options", "Prepared", "Preview", "error_of", "notices_of", "prepare", "preview", "replay", "stopped_events"]


class Options(TypedDict, total=False):
    """Keywords of `ask`, `aask`, `stream`, `astream` and `preview`; all may be left out."""

    sources: Sequence[Any]
    """Paths, `NewSource`s, or any Python values, which are described within a token budget."""
    session: SessionRef | None
    """The session to continue; a new one when None."""
    model: str | None
    host: str | None
    """Where `model` is asked this once, when it is not the host in force: one that `models` has found."""
    system: str | None
    temperature: float | None
    max_tokens: int | None
    history: bool
    """False sends the question without the conversation before it."""
    again: str | None
    """Id of a stored question to answer once more."""
    edit: str | None
    """Id of a stored question to ask in other words: both are kept, the new one is shown."""
    go_on: str | None
    """Id of an unfinished answer: the new one begins with its text and goes on from there."""
    cached: bool
    """Answer from the history when this very question was answered before."""
    rerun: bool
    """A notebook cell that runs again answers its stored question once more instead of adding a turn."""
    provenance: Provenance
    response_format: Literal["text", "json"]
    notices: Sequence[str]
    """What the door has to say about the question itself, told with the answer."""
    origin: object
    """Handed to listeners of live events, so that a door can tell its own answers."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready to be asked, or the stored answer that makes asking unnecessary."""

    question: Ask
    stored: Message | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what would be sent, and to where."""

    host: str
    provider: str
    model: str
    turns: tuple[Turn, ...]
    context_tokens: int
    context_limit: int
    omitted_messages: int
    sources: tuple[NewSource, ...]
    notices: tuple[str, ...] = ()


def prepare(squid: Squid, prompt: str, options: Options) -> Prepared:
    """Describe the sources, find the session, and look for a stored question or answer.

    Raises
    ------
    SquidError
        When there is nothing to ask, a keyword is unknown, a source cannot be read or a session or message does not
        exist; nothing is stored then.
    """
    _check(prompt, options)
    config = squid.config
    sources = describe(squid, options.get("sources") or ())
    provenance = options.get("provenance") or Provenance()
    session = options.get("session")
    session_id = squid.sessions.get(session).id if session is not None else None
    unfinished = _unfinished(squid, options.get("go_on"))
    again = unfinished.parent_id if unfinished is not None else options.get("again")
    if again is not None:
        session_id = squid.sessions.message(again).session_id
    edit = options.get("edit") if again is None else None
    if edit is not None:
        session_id = squid.sessions.message(edit).session_id
    stored = _stored_question(squid, prompt, sources, provenance, session_id, options) if again is None else None
    answer = _stored_answer(squid, stored, options)
    if stored is not None and answer is None and options.get("rerun"):
        again, session_id = stored.id, stored.session_id
    model = options.get("model") or squid.model
    temperature = options.get("temperature")
    question = Ask(
        prompt=prompt,
        user_id=squid.user.id,
        sources=sources if again is None else (),
        session_id=session_id,
        again=again,
        edit=edit,
        go_on=unfinished,
        # The same answer made longer hides nothing of what was said after it.
        move_following=bool(again and (unfinished is not None or options.get("rerun"))),
        model=model,
        system=options.get("system") or config.model.system,
        temperature=config.model.temperature if temperature is None else temperature,
        max_tokens=options.get("max_tokens") or config.model.max_tokens,
        history=options.get("history", True),
        context_limit=squid.context_limit,
        response_format=options.get("response_format", "text"),
        provenance=provenance,
        # What is asked beside a notebook begins no conversation that its cells would go on with.
        notebook=None if provenance.door == "server" else provenance.notebook,
    )
    return Prepared(question, answer)


def _check(prompt: str, options: Options) -> None:
    for name in sorted(set(options) - set(Options.__annotations__)):
        near = difflib.get_close_matches(name, Options.__annotations__, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(Options.__annotations__)}."
        raise InvalidInput(f"A question has no option {name!r}.", hint)
    answers_again = options.get("again") is not None or options.get("go_on") is not None
    if not prompt.strip() and not options.get("sources") and not answers_again:
        raise InvalidInput("There is no question.", "Write one, or attach something.")


def describe(squid: Squid, values: Sequence[Any]) -> tuple[NewSource, ...]:
    """Each value as a source: paths are read, values are described, sources stay.

    Raises
    ------
    SourceError
        When there are too many, or one cannot be read or is too large.
    """
    limit = squid.config.files.max_files_per_message
    sources = tuple(_describe_one(squid, value, position) for position, value in enumerate(values, start=1))
    if sum(source.kind == "file" for source in sources) > limit:
        raise SourceError(
            f"{len(sources)} files are attached and a message may carry {limit}.",
            "Remove some, or raise files.max_files_per_message.",
        )
    return sources


def _describe_one(squid: Squid, value: Any, position: int) -> NewSource:
    if isinstance(value, NewSource):
        return value
    if isinstance(value, (str, Path)):
        return attach.from_path(value, config=squid.config)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return attach.from_value(value[0], value[1])
    return attach.from_value(f"{type(value).__name__}_{position}", value)


def _unfinished(squid: Squid, message_id: str | None) -> Message | None:
    if message_id is None:
        return None
    message = squid.sessions.message(message_id)
    if message.role != "assistant" or message.parent_id is None or message.status == "streaming":
        raise InvalidInput("Only an answer that has ended can be gone on with.")
    if not message.content:
        raise InvalidInput("Nothing of this answer had arrived.", "Ask its question again instead.")
    return message


def _stored_question(
    squid: Squid,
    prompt: str,
    sources: Sequence[NewSource],
    provenance: Provenance,
    session_id: str | None,
    options: Options,
) -> Message | None:
    """The same question from the same cell; for `cached`, else the same question from anywhere."""
    hashes = [hashlib.sha256(source.data).hexdigest() for source in sources]
    find = squid.store.messages.find_question
    repeated = squid.rounds.count(provenance, prompt, hashes) if options.get("rerun") else None
    if (options.get("rerun") or options.get("cached")) and provenance.cell_id:
        found = find(
            owner_id=squid.user.id,
            content=prompt,
            sources=hashes,
            notebook=provenance.notebook,
            cell_id=provenance.cell_id,
            session_id=session_id,
            number=repeated,
        )
        if found is not None:
            return found
    if options.get("cached"):
        return find(owner_id=squid.user.id, content=prompt, sources=hashes, session_id=session_id)
    return None


def _stored_answer(squid: Squid, question: Message | None, options: Options) -> Message | None:
    if question is None or not options.get("cached"):
        return None
    return squid.store.messages.latest_answer(question.id)


async def replay(answer: Message) -> AsyncGenerator[Event, None]:
    """The events of a stored answer; nothing is sent, stored or counted."""
    yield Started(
        session_id=answer.session_id,
        question_id=answer.parent_id or "",
        message_id=answer.id,
        provider=answer.provider or "",
        model=answer.model or "",
        host="history",
        context_tokens=0,
        context_limit=0,
        omitted_messages=0,
    )
    if answer.reasoning:
        yield Reasoning(answer.reasoning)
    yield Delta(answer.content)
    yield Finished(answer.session_id, answer.id, "complete")


def stopped_events(squid: Squid, message_id: str) -> list[Event]:
    """How a stopped answer ends: what it took, and that it was stopped."""
    message = squid.store.messages.get(message_id)
    usage = message.usage
    finished = Finished(
        message.session_id,
        message.id,
        "stopped",
        first_token_ms=usage.first_token_ms if usage else None,
        duration_ms=usage.duration_ms if usage else None,
    )
    return [*([used_of(usage)] if usage else []), finished]


def used_of(usage: Usage) -> Used:
    """The event behind a ledger row."""
    return Used(
        usage.input_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
        usage.cached_tokens,
        usage.cost_usd,
        usage.method,
    )


async def preview(squid: Squid, prompt: str, options: Options) -> Preview:
    """What `ask` would send; see `Squid.preview`."""
    prepared = await asyncio.to_thread(prepare, squid, prompt, options)
    question, provider = prepared.question, squid.provider
    history, earlier, system = await _history_before(squid, question)
    window = await chat.choose_window(
        question,
        [*history, _unsent(question)] if question.again is None else history,
        provider,
        system=question.system or system,
        earlier=earlier,
    )
    return Preview(
        host=provider.host,
        provider=provider.name,
        model=question.model or await chat.first_model(provider),
        turns=window.turns,
        context_tokens=window.tokens,
        context_limit=window.limit,
        omitted_messages=window.omitted_messages,
        sources=question.sources,
        notices=tuple(notices_of(question, options)),
    )


def notices_of(question: Ask, options: Options) -> list[str]:
    """What should be known about a question before its answer is read."""
    pictures = [source.name for source in question.sources if source.text is None]
    unseen = [f"The model is not shown the picture {name}, only told its name." for name in pictures]
    return [*options.get("notices", ()), *unseen]


async def _history_before(squid: Squid, question: Ask) -> tuple[list[Message], int, str | None]:
    if question.session_id is None:
        return [], 0, None
    session = await asyncio.to_thread(squid.sessions.get, question.session_id)
    if not question.history and question.again is None:
        return [], 0, session.system
    upto = question.again or session.head_id
    if question.edit is not None:
        upto = (await asyncio.to_thread(squid.sessions.message, question.edit)).parent_id
    if upto is None:
        return [], 0, session.system
    history, earlier = await chat.load_history(squid.store, session.id, upto=upto)
    return history, earlier, session.system


def _unsent(question: Ask) -> Message:
    now = datetime.now(UTC)
    sources = tuple(
        Source("", "", "", new.kind, new.name, "", new.mime_type, len(new.data), now, new.detail, new.text)
        for new in question.sources
    )
    return Message("", "", None, "user", question.prompt, "complete", now, sources=sources)


def error_of(event: Failed) -> SquidError:
    """The exception behind a `Failed` event."""
    kind = getattr(errors, event.error, SquidError)
    return kind(event.message, event.hint) if issubclass(kind, SquidError) else SquidError(event.message, event.hint)
