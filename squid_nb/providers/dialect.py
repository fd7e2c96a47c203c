"""What to leave out or rename when an endpoint does not know a part of the request."""

from __future__ import annotations

from typing import Any

__all__ = ["adapted"]

# A part of the payload, what to send instead (name or nothing), and what the person should know about it.
_CHANGES: tuple[tuple[str, str | None, str], ...] = (
    ("stream_options", None, ""),
    ("max_tokens", "max_completion_tokens", ""),
    ("temperature", None, "This model does not take a temperature; its own is used."),
    ("response_format", None, "This endpoint cannot be told to answer in JSON; the question alone says so."),
)


def adapted(payload: dict[str, Any], status: int, body: str) -> tuple[dict[str, Any], str] | None:
    """The payload without the part that the refusal names, and what to say about it; None when it names none."""
    if status not in (400, 422):
        return None
    for name, other, said in _CHANGES:
        if name in payload and name in body:
            changed = {key: value for key, value in payload.items() if key != name}
            if other:
                changed[other] = payload[name]
            return changed, said
    return None
