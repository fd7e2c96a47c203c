"""What the browser side may call: a table of verbs, each a few lines over `Squid`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .. import commands
from .._version import __version__
from ..errors import InvalidInput, NotFound, SquidError
from ..events import Titled
from ..records import Message, to_dict
from . import browsing, errands, transcript
from .arguments import maybe_text, text, whole

if TYPE_CHECKING:
    from .bridge import Bridge
    from .work import Work

__all__ = ["VERBS", "answer"]

_PAGE = 40
_MOST_MESSAGES = 500


async def answer(bridge: Bridge, verb: str, args: dict[str, Any], work: Work) -> Any:
    """The JSON-ready result of a call.

    Raises
    ------
    InvalidInput
        For an unknown verb.
    SquidError
        Whatever the verb raises.
    """
    if verb in errands.ERRANDS:
        return await errands.run(bridge, verb, args, work)
    plain = browsing.VERBS.get(verb) or transcript.VERBS.get(verb)
    if plain is not None:
        return await asyncio.to_thread(plain, bridge.squid, args)
    call = VERBS.get(verb)
    if call is None:
        raise InvalidInput(f"Unknown call {verb!r}.", "The page and the package may be of different versions.")
    return await call(bridge, args)


async def _hello(bridge: Bridge, _: dict[str, Any]) -> dict[str, Any]:
    state = await asyncio.to_thread(_conversation, bridge)
    config = bridge.squid.config
    return {
        "version": __version__,
        **state,
        "models": to_dict(bridge.squid.known_models),
        "model": bridge.model or bridge.squid.model,
        "host": await asyncio.to_thread(_host, bridge),
        "limits": {
            "max_file_size_mb": config.files.max_file_size_mb,
            "max_files_per_message": config.files.max_files_per_message,
        },
        "ui": {"send_key": config.ui.send_key},
        "live": _live(bridge),
    }


def _conversation(bridge: Bridge) -> dict[str, Any]:
    squid = bridge.squid
    if bridge.session_id is not None:
        try:
            session = squid.sessions.get(bridge.session_id)
        except NotFound:
            bridge.turn_to(None)  # deleted meanwhile: an empty chat, not an error
        else:
            hidden = squid.sessions.hidden(session)
            bridge.saw(session, hidden=hidden)
            page = squid.messages(session, limit=_PAGE)
            return {
                "session": to_dict(session),
                "page": to_dict(page),
                "hidden": hidden,
                "context": _context(bridge, page.items),
            }
    return {"session": None, "page": {"items": [], "cursor": None}, "hidden": 0, "context": _context(bridge, ())}


def _host(bridge: Bridge) -> str | None:
    """Where questions go; two hosts may offer models of one name."""
    try:
        return bridge.squid.provider.host
    except SquidError:
        return None  # the first question says what is wrong


def _context(bridge: Bridge, messages: tuple[Message, ...]) -> dict[str, int]:
    """How full the window was with the last answer in it."""
    usage = next((message.usage for message in reversed(messages) if message.usage is not None), None)
    tokens = (usage.input_tokens or 0) + (usage.output_tokens or 0) if usage else 0
    return {"tokens": tokens, "limit": bridge.squid.context_limit}


def _live(bridge: Bridge) -> list[dict[str, Any]]:
    if bridge.session_id is None:
        return []
    asks = bridge.asks_under_way()
    bridge.send_held()
    return [
        {
            "session_id": run.session_id,
            "message_id": run.message_id,
            "text": "".join(run.content),
            "reasoning": "".join(run.reasoning),
            "ask": asks.get(run.message_id),
        }
        for run in bridge.squid.live.running(bridge.session_id)
    ]


async def _messages(bridge: Bridge, args: dict[str, Any]) -> Any:
    page = await asyncio.to_thread(
        bridge.squid.messages,
        text(args, "session_id"),
        limit=whole(args, "limit", _PAGE, least=1, most=_MOST_MESSAGES),
        before=maybe_text(args, "before"),
    )
    return to_dict(page)


async def _new(bridge: Bridge, _: dict[str, Any]) -> dict[str, None]:
    bridge.turn_to(None)
    return {"session": None}


async def _open(bridge: Bridge, args: dict[str, Any]) -> dict[str, Any]:
    session = await asyncio.to_thread(bridge.squid.sessions.get, text(args, "session_id"))
    bridge.turn_to(session.id)
    return await _hello(bridge, {})


async def _rename(bridge: Bridge, args: dict[str, Any]) -> Any:
    session = await asyncio.to_thread(bridge.squid.sessions.rename, text(args, "session_id"), text(args, "title"))
    bridge.squid.live.publish(session.id, "", Titled(session.id, session.title), origin=bridge)
    return to_dict(session)


async def _sessions(bridge: Bridge, args: dict[str, Any]) -> Any:
    sessions = bridge.squid.sessions
    page = await asyncio.to_thread(
        lambda: sessions.list(cursor=maybe_text(args, "cursor"), query=maybe_text(args, "query"))
    )
    return to_dict(page)


async def _models(bridge: Bridge, _: dict[str, Any]) -> Any:
    return to_dict(await bridge.squid.amodels())


async def _sent(bridge: Bridge, args: dict[str, Any]) -> Any:
    return to_dict(await bridge.squid.asent(text(args, "message_id")))


async def _set_model(bridge: Bridge, args: dict[str, Any]) -> dict[str, str]:
    model = text(args, "model")
    host = maybe_text(args, "host")
    if host is not None and host != bridge.squid.provider.host:
        await asyncio.to_thread(bridge.squid.turn_to_host, host, model)
    bridge.model = model
    return {"model": model, "host": bridge.squid.provider.host}


async def _complete(bridge: Bridge, args: dict[str, Any]) -> Any:
    found = await asyncio.to_thread(
        commands.complete,
        bridge.squid,
        text(args, "text"),
        whole(args, "cursor", 0),
        bridge.namespace or {},
        cwd=bridge.directory,
    )
    return to_dict(found)


VERBS: dict[str, Callable[[Bridge, dict[str, Any]], Awaitable[Any]]] = {
    "complete": _complete,
    "hello": _hello,
    "message.sent": _sent,
    "messages": _messages,
    "model.set": _set_model,
    "models": _models,
    "session.new": _new,
    "session.open": _open,
    "session.rename": _rename,
    "sessions.list": _sessions,
}
