"""What a view of one conversation may call about its messages: a table of verbs, each a few lines over `Squid`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .. import links
from ..errors import InvalidInput, NotFound
from .arguments import text

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["VERBS"]

_MOST_CHARACTERS = 400_000
"""More text than anybody reads in a dialog, and than a browser highlights in a moment."""
_MOST_PICTURE_BYTES = 12 * 1024 * 1024
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What is only pixels. An SVG is a document that may carry scripts, so it is shown as its text."""


def _switch(squid: Squid, args: dict[str, Any]) -> dict[str, str]:
    """Show the next or the previous version of a message, for every door."""
    versions = squid.sessions.versions(text(args, "message_id"))
    ids = [message.id for message in versions]
    place = ids.index(args["message_id"]) + (1 if args.get("step") == 1 else -1)
    if not 0 <= place < len(ids):
        raise InvalidInput("There is no further version of this message.")
    session = squid.sessions.show(versions[place].session_id, ids[place])
    return {"session_id": session.id, "message_id": ids[place]}


def _find(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    return {"ids": list(squid.sessions.containing(text(args, "session_id"), text(args, "text")))}


def _delete(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    removal = squid.sessions.remove_message(text(args, "message_id"))
    return {"removal_id": removal.id, "messages": removal.messages}


def _restore(squid: Squid, args: dict[str, Any]) -> dict[str, str]:
    return {"session_id": squid.sessions.restore_message(text(args, "removal_id")).id}


def _follow(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    """Where a `squid:` link leads; a message in another version of the conversation becomes visible, for every door."""
    uri = text(args, "uri")
    link = links.read(uri)
    if link is None:
        raise InvalidInput(
            f"{uri[:80]!r} is no link to a conversation.", "One looks like `squid:session/…` or `squid:message/…`."
        )
    session, message = squid.sessions.follow(link)
    if message is not None and not squid.sessions.is_shown(message):
        if squid.live.is_answering(session.id):
            raise InvalidInput(
                "The message is in another version of a conversation in which an answer is being written.",
                "Follow the link again when the answer has ended.",
            )
        squid.sessions.show(session, message.id)
    return {"session_id": session.id, "message_id": message.id if message is not None else None}


def _source(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    """What a message was given to read: text as the model got it, or a picture."""
    message = squid.sessions.message(text(args, "message_id"))
    wanted = text(args, "source_id")
    source = next((source for source in message.sources if source.id == wanted), None)
    if source is None:
        raise NotFound("This message was given no such source.")
    picture = source.mime_type in _PICTURES and source.size_bytes <= _MOST_PICTURE_BYTES
    file = squid.file(source.sha256, data=picture)
    content = file.text or ""
    data = base64.b64encode(file.data or b"").decode("ascii") if picture else None
    return {
        "name": source.name,
        "kind": source.kind,
        "mime_type": source.mime_type,
        "size_bytes": source.size_bytes,
        "text": content[:_MOST_CHARACTERS] if file.text is not None else None,
        "cut": len(content) > _MOST_CHARACTERS,
        "data_base64": data,
    }


VERBS: dict[str, Callable[[Squid, dict[str, Any]], Any]] = {
    "link.follow": _follow,
    "message.delete": _delete,
    "message.restore": _restore,
    "message.switch": _switch,
    "messages.find": _find,
    "source": _source,
}
"""Each gets a `Squid` and arguments, may wait for the database, and returns what JSON can carry."""
