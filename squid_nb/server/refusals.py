"""Errors as HTTP: one status and one code for each class, and a body of `{code, message, hint}`."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from .. import errors
from ..errors import SquidError
from .routes import Reply

__all__ = ["Problem", "Refused", "codes", "refusal", "refusal_of", "unusable"]

_STATUSES: dict[type[SquidError], int] = {
    errors.InvalidInput: 400,
    errors.ConfigError: 500,
    errors.SourceError: 400,
    errors.TransferError: 400,
    errors.AccessDenied: 403,
    errors.BudgetExceeded: 402,
    errors.NotFound: 404,
    errors.StoreBusy: 503,
    errors.StoreError: 500,
    errors.SearchError: 500,
    errors.ModelNotFound: 400,
    errors.ContextExceeded: 400,
    errors.ProviderMissing: 503,
    errors.WeightsMissing: 503,
    errors.RateLimited: 503,
    errors.ProviderError: 502,
}
_RETRY_AFTER_S = {503: "2"}
_DEFECT = ("internal_error", "An internal error ended this.", "The server's log has more.")
_SENTENCES = {
    400: ("bad_request", "The request cannot be read.", ""),
    403: ("forbidden", "This is not allowed.", "Sign in to the Jupyter server, or ask whoever runs it."),
    404: ("not_found", "There is nothing at this address.", "The addresses are in squid/api/openapi.json."),
    405: ("method_not_allowed", "This address does not know this method.", ""),
    413: ("too_large", "The body is too large.", ""),
    416: ("range_not_satisfiable", "The file has no such part.", ""),
    429: ("too_many_requests", "Too many requests.", ""),
    507: ("no_room", "The server has no room for this.", "Free some space where it keeps temporary files."),
}
_REFERENCE = "What it takes is in squid/api/openapi.json."
_SHORT = 60


class Problem(BaseModel):
    """What every error looks like."""

    code: str
    """What happened, for programs."""
    message: str
    """What happened, in one sentence."""
    hint: str
    """What to do next; may be empty."""


class Refused(Exception):
    """An error that only exists on this side of the wire."""

    def __init__(self, status: int, message: str = "", hint: str = "", **headers: str) -> None:
        super().__init__(message)
        self.reply = refusal(status, message, hint, **headers)


def refusal(status: int, message: str = "", hint: str = "", **headers: str) -> Reply:
    """An error by its status; `retry_after="3"` becomes a header."""
    usual = _SENTENCES.get(status, _DEFECT)
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(_problem(usual[0], message or usual[1], hint or usual[2]), status, named)


def refusal_of(error: Exception) -> Reply | None:
    """The answer to an error that was raised on purpose; None for a defect."""
    if isinstance(error, Refused):
        return error.reply
    if isinstance(error, ValidationError):
        return unusable(error)
    if not isinstance(error, SquidError):
        return None
    status = _status(type(error))
    headers = {"Retry-After": _RETRY_AFTER_S[status]} if status in _RETRY_AFTER_S else {}
    return Reply(_problem(_code(type(error)), error.message, error.hint), status, headers)


def unusable(error: ValidationError) -> Reply:
    """The first thing that is wrong with what was sent, without repeating what was sent."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part)[:_SHORT] for part in first["loc"]) or "The body"
    if first["type"] == "extra_forbidden":
        return refusal(400, f"{place} is not known here.", _REFERENCE)
    said = first["msg"].removeprefix("Value error, ")
    return refusal(400, f"{place}: {said[:1].lower()}{said[1:]}.", _REFERENCE)


def codes() -> list[tuple[int, str, str]]:
    """Every status and code that an error may have, and what it means."""
    kinds = [getattr(errors, name) for name in errors.__all__ if name != "SquidError"]
    ours = [(status, code, sentence) for status, (code, sentence, _) in {**_SENTENCES, 500: _DEFECT}.items()]
    raised = [(_status(kind), _code(kind), (kind.__doc__ or "").split("\n")[0]) for kind in kinds]
    # What has a code of its own and one of its status is told once.
    return sorted({code: (status, code, words) for status, code, words in [*ours, *raised]}.values())


def _status(kind: type[SquidError]) -> int:
    return next((_STATUSES[one] for one in kind.__mro__ if one in _STATUSES), 500)


def _problem(code: str, message: str, hint: str) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": hint}


def _code(kind: type[SquidError]) -> str:
    """`StoreBusy` is `store_busy`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
