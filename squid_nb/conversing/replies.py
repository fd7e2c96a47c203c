"""One call of the browser side and its one reply: what went wrong is a sentence, a defect also a line in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from .. import loop
from ..defects import log_defect
from ..errors import SquidError

__all__ = ["reply", "take"]


Send: TypeAlias = Callable[[dict[str, Any]], None]


def take(content: Any, send: Send, answer: Callable[[str, dict[str, Any]], Awaitable[Any]]) -> None:
    """Answer a message of the browser if it is a call, on whatever thread it comes; anything else is ignored."""
    if isinstance(content, dict) and isinstance(content.get("id"), str) and content.get("kind") == "call":
        args, verb = content.get("args"), str(content.get("verb"))
        loop.spawn(reply(send, content["id"], verb, answer(verb, args if isinstance(args, dict) else {})))


async def reply(send: Send, call_id: str, verb: str, result: Awaitable[Any]) -> None:
    """Wait for the result of a call and send it; the browser waits for a reply, whatever goes wrong."""
    try:
        frame = {"ok": True, "result": await result}
    except SquidError as error:
        frame = _refusal(error)
    except Exception as error:  # noqa: BLE001 - a page that waits for ever would be worse than an unspecific sentence
        log_defect(f"call {verb}", error)
        frame = _refusal(SquidError(f"An internal error ended this ({type(error).__name__}).", "The log has more."))
    send({"id": call_id, "kind": "reply", **frame})


def _refusal(error: SquidError) -> dict[str, Any]:
    return {"ok": False, "error": {"message": error.message, "hint": error.hint}}
