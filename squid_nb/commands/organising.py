"""The verbs that keep many conversations in order: `tag untag pin archive`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from .conversations import chosen, named, told
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["ARCHIVE", "PIN", "TAG", "UNTAG"]


def _tag(squid: Squid, args: Namespace, context: Context) -> Result:
    session = squid.sessions.tag(chosen(squid, args.session, context), *args.tag)
    return told(f"{named(session)} has the tags {', '.join(session.tags)}.")


def _untag(squid: Squid, args: Namespace, context: Context) -> Result:
    session = squid.sessions.untag(chosen(squid, args.session, context), *args.tag)
    return told(f"{named(session)} has {'the tags ' + ', '.join(session.tags) if session.tags else 'no tags'}.")


def _pin(squid: Squid, args: Namespace, context: Context) -> Result:
    session = squid.sessions.pin(chosen(squid, " ".join(args.session) or None, context), on=not args.off)
    return told(f"{named(session)} is {'pinned' if session.pinned else 'no longer pinned'}.")


def _archive(squid: Squid, args: Namespace, context: Context) -> Result:
    session = squid.sessions.archive(chosen(squid, " ".join(args.session) or None, context), on=not args.off)
    if not session.archived:
        return told(f"{named(session)} is back in the lists.")
    return told(f"{named(session)} is archived: out of the lists, and still found by search.")


_WHICH = Argument(("-s", "--session"), "which one; else the current one", completes="session")
_ONE = Argument(("session",), "which one; else the current one", many="*", completes="session")

TAG = Verb(
    "tag",
    "Give a session tags.",
    _tag,
    (_WHICH, Argument(("tag",), "one or several; quotes hold words together", many="+")),
)
UNTAG = Verb("untag", "Take tags from a session.", _untag, (_WHICH, Argument(("tag",), "one or several", many="+")))
PIN = Verb(
    "pin",
    "Keep a session at the top of lists.",
    _pin,
    (_ONE, Argument(("--off",), "not any more", many="flag")),
)
ARCHIVE = Verb(
    "archive",
    "Take a session out of lists without deleting anything.",
    _archive,
    (_ONE, Argument(("--off",), "put it back", many="flag")),
)
