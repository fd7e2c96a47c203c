"""Calls that may take minutes: a typed `/verb`, and an export of chosen sessions.

They have threads of their own, so that short calls need not wait for one, and they tell how far they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import commands
from ..commands.carrying import Here
from .arguments import maybe_text, text, texts

if TYPE_CHECKING:
    from .bridge import Bridge
    from .work import Work

__all__ = ["ERRANDS", "run"]

_threads = ThreadPoolExecutor(32, thread_name_prefix="squid-errand")


async def run(bridge: Bridge, verb: str, args: dict[str, Any], work: Work) -> dict[str, Any]:
    """The JSON-ready result of one of `ERRANDS`."""
    call = copy_context().run
    return await asyncio.wrap_future(_threads.submit(call, ERRANDS[verb], bridge, args, work))


def _command(bridge: Bridge, args: dict[str, Any], work: Work) -> dict[str, Any]:
    """Run a `/verb`; where it opens another session, the view follows."""
    squid, before = bridge.squid, bridge.session_id
    context = commands.Context(
        namespace=bridge.namespace or {},
        provenance=bridge.provenance,
        cwd=bridge.directory,
        progress=work.tell,
        cancel=work.cancelled,
        carrier=bridge.carrier,
    )
    with squid.placed(before) as place:
        done = commands.read(squid, text(args, "line"), context)
    if isinstance(done, commands.Question):
        # The answer is overheard like anybody else's, so there is nothing left to show.
        bridge.turn_to(squid.ask(done.prompt, **done.options).session_id)
        return {"markdown": "", "moved": bridge.session_id != before}
    # Who has gone elsewhere meanwhile stays there.
    if place.session_id != before and bridge.session_id == before:
        bridge.turn_to(place.session_id)
    return {"markdown": done.markdown, "moved": bridge.session_id != before}


def _export(bridge: Bridge, args: dict[str, Any], work: Work) -> dict[str, Any]:
    """Write sessions to a file in the view's directory, and say where it is from there."""
    carrier = bridge.carrier or Here(bridge.squid)
    directory = bridge.directory or Path()
    path = carrier.export(
        texts(args, "ids"),
        maybe_text(args, "format") or "json",
        directory,
        force=False,
        tell=work.tell,
        cancel=work.cancelled,
    )
    return {"path": str(path.relative_to(directory) if path.is_relative_to(directory) else path)}


ERRANDS: dict[str, Callable[[Bridge, dict[str, Any], Work], dict[str, Any]]] = {
    "command": _command,
    "sessions.export": _export,
}
