"""What happens while a model answers, as it travels from the provider to every door.

Providers yield `Progress`, `Notice`, `Delta`, `Reasoning` and `Used`; `chat.ask` adds `Started`, `Titled`,
`Finished` and `Failed`. An event crosses a wire as the dict of `to_dict`, whose `type` names its class;
`js/src/wire.ts` mirrors these shapes and a test compares the two.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias

from .errors import InvalidInput

__all__ = [
    "Delta",
    "Event",
    "Failed",
    "Finished",
    "Notice",
    "Progress",
    "Reasoning",
    "Started",
    "Titled",
    "Used",
    "from_dict",
    "to_dict",
]

Method: TypeAlias = Literal["measured", "estimated", "unknown"]


@dataclass(frozen=True, slots=True)
class Started:
    """The question is committed and the model is about to be called."""

    session_id: str
    question_id: str
    message_id: str
    """The answer's id."""
    provider: str
    model: str
    host: str
    """Where the request goes: `in process` or `scheme://host:port`."""
    context_tokens: int
    """Tokens of the window, counted or estimated."""
    context_limit: int
    """Tokens the window may hold."""
    omitted_messages: int
    """How many earlier messages did not fit."""
    type: ClassVar[str] = "started"


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer."""

    text: str
    type: ClassVar[str] = "delta"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the model's reasoning, which is not part of the answer."""

    text: str
    type: ClassVar[str] = "reasoning"


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that takes a while before the first token: weights come down, a model loads."""

    text: str
    fraction: float | None = None
    """0 to 1, or None while the total is unknown."""
    type: ClassVar[str] = "progress"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that is not a failure, such as a repaired base URL."""

    text: str
    type: ClassVar[str] = "notice"


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens and cost of one model call. Unknown is None, never 0."""

    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    method: Method = "measured"
    type: ClassVar[str] = "used"


@dataclass(frozen=True, slots=True)
class Titled:
    """The session has a new title."""

    session_id: str
    title: str
    type: ClassVar[str] = "titled"


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is stored. `status` is `complete` or `stopped`."""

    session_id: str
    message_id: str
    status: Literal["complete", "stopped"]
    first_token_ms: float | None = None
    duration_ms: float | None = None
    type: ClassVar[str] = "finished"


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer, or only a part: what happened, and what to do. What had arrived is kept."""

    message: str
    hint: str = ""
    error: str = "SquidError"
    """Name of the class in `errors`, for a door that wants to act on the cause."""
    session_id: str | None = None
    message_id: str | None = None
    type: ClassVar[str] = "failed"


Event: TypeAlias = Started | Delta | Reasoning | Progress | Notice | Used | Titled | Finished | Failed

_TYPES: dict[str, type[Any]] = {
    kind.type: kind for kind in (Started, Delta, Reasoning, Progress, Notice, Used, Titled, Finished, Failed)
}


def to_dict(event: Event) -> dict[str, Any]:
    """The JSON-ready form: the fields, and `type`."""
    return {"type": event.type, **asdict(event)}


def from_dict(data: dict[str, Any]) -> Event:
    """The event behind `to_dict`; unknown keys are ignored, so that a newer sender is understood.

    Raises
    ------
    InvalidInput
        When `type` is missing or unknown, or a field is missing.
    """
    kind = _TYPES.get(str(data.get("type")))
    if kind is None:
        raise InvalidInput(f"Unknown event type {data.get('type')!r}.")
    known = {field.name for field in fields(kind)}
    try:
        event: Event = kind(**{key: value for key, value in data.items() if key in known})
    except TypeError as error:
        raise InvalidInput(f"The event {kind.type!r} lacks a field: {error}.") from None
    return event
