"""One call of the browser side and its one reply: what went wrong is a sentence, a defect also a line in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ..defects import log_defect
from ..errors import SquidError

__all__ = ["reply"]


async def reply(send: Callable[[dict[str, Any]], None], call_id: str, verb: str, result: Awaitable[Any]) -> None:
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
