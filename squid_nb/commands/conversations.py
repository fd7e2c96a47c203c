"""The verbs on conversations: `new open sessions history rename delete`."""

from __future__ import annotations

import difflib
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput, NotFound
from ..records import Message, Session
from .shown import Table, ago, cost, count, escape, short_id
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = [
    "DELETE",
    "HISTORY",
    "NEW",
    "OPEN",
    "RENAME",
    "SESSIONS",
    "SPEAKERS",
    "UNTITLED",
    "chosen",
    "find",
    "last_used",
    "named",
    "told",
]

SPEAKERS = {"user": "You", "assistant": "Squid", "system": "Instructions"}
_OPENED_LENGTH = 300
UNTITLED = "Untitled"


def _new(squid: Squid, args: Namespace, context: Context) -> Result:
    session = squid.sessions.create(" ".join(args.title))
    squid.current = session.id
    if context.door == "cli":
        return told(f"Created {named(session)}.", _ask_in(session, context))
    return told(f"A new session begins with the next question: {named(session)}.")


def _open(squid: Squid, args: Namespace, context: Context) -> Result:
    session = find(squid, " ".join(args.session), context)
    squid.current = session.id
    last = squid.messages(session, limit=2).items
    lines = [f"Opened {named(session)}, {session.messages:,} messages."]
    lines += [f"{SPEAKERS[message.role]}: {_cut(message.content, _OPENED_LENGTH)}" for message in last]
    return told(*lines, *([_ask_in(session, context)] if context.door == "cli" else []))


def _ask_in(session: Session, context: Context) -> str:
    """How to go on in a terminal, where the next command is another process that does not know what this one opened."""
    return f"Ask in it with: {context.say(f'ask -s {short_id(session.id)} …')}"


def _sessions(squid: Squid, args: Namespace, context: Context) -> Result:
    page = squid.sessions.list(
        limit=args.limit,
        query=" ".join(args.query) or None,
        tags=args.tag or (),
        archived=bool(args.archived),
        sort=args.sort,
    )
    rows = tuple(_session_row(session, current=squid.current) for session in page.items)
    if not rows:
        return told("No session fits." if args.query or args.tag else "There are no sessions yet; ask something.")
    table = Table(("", "id", "title", "messages", "tokens", "cost", "updated"), rows)
    command = context.say(f"sessions --limit {args.limit * 4}")
    more = f"\n\nThere are more; show them with `{command}`." if page.cursor else ""
    ids = [session.id for session in page.items]
    return Result(table.text() + more.replace("`", ""), table.markdown() + more, table, lambda: _frame_of(squid, ids))


def _frame_of(squid: Squid, ids: list[str]) -> Any:
    """These sessions as a DataFrame, in this order."""
    frame = squid.history.sessions()
    place = {session_id: number for number, session_id in enumerate(ids)}
    listed = frame[frame["session_id"].isin(ids)]
    return listed.sort_values("session_id", key=lambda column: column.map(place)).reset_index(drop=True)


def _history(squid: Squid, args: Namespace, context: Context) -> Result:
    session = chosen(squid, " ".join(args.session) or None, context, reading=True)
    page = squid.messages(session, limit=args.limit)
    title = session.title or UNTITLED
    earlier = ["Earlier messages are not shown."] if page.cursor else []
    text = "\n\n".join([title, *earlier, *(f"{_heading(message)}\n{message.content}" for message in page.items)])
    markdown = "\n\n".join(
        [f"### {escape(title)}", *earlier, *(f"**{_heading(message)}**\n\n{message.content}" for message in page.items)]
    )
    return Result(text, markdown, frame=lambda: squid.history.messages(session.id))


def _rename(squid: Squid, args: Namespace, context: Context) -> Result:
    session = chosen(squid, args.session, context)
    renamed = squid.sessions.rename(session, " ".join(args.title))
    return told(f"Renamed {named(session)} to {renamed.title!r}.")


def _delete(squid: Squid, args: Namespace, context: Context) -> Result:
    if args.undo:
        return _undo_delete(squid, " ".join(args.session), context)
    session = chosen(squid, " ".join(args.session) or None, context)
    what = f"{named(session)} with {session.messages:,} messages and its attachments"
    if not args.yes and not (context.confirm is not None and context.confirm(f"Delete {what}?")):
        command = context.say(f"delete {short_id(session.id)} --yes")
        return Result(
            f"Nothing was deleted. To delete {what}: {command}",
            f"Nothing was deleted. To delete {escape(what)}: `{command}`",
            failed=True,
        )
    squid.sessions.delete(session)
    if squid.current == session.id:
        squid.current = None
    undo = [
        context.say(f"delete --undo {short_id(one.id)}") for one in squid.sessions.deleted() if one.id == session.id
    ]
    return told(f"Deleted {what}; the usage numbers stay.", *(f"To undo it: {command}" for command in undo))


def _undo_delete(squid: Squid, ref: str, context: Context) -> Result:
    """Bring back the session that is named, else the one deleted last."""
    deleted = squid.sessions.deleted()
    if not ref and not deleted:
        raise NotFound(
            "No deleted session is left to restore.", f"{context.say('sessions')} lists those that are there."
        )
    session = squid.sessions.restore(ref or deleted[0].id)
    if squid.current is None:
        squid.current = session.id
    return told(f"Restored {named(session)}.")


def find(squid: Squid, ref: str, context: Context) -> Session:
    """The session meant by an id, a title, or words that only one title has.

    Raises
    ------
    NotFound
        Names the nearest titles.
    """
    try:
        return squid.sessions.get(ref)
    except NotFound:
        found = squid.sessions.list(limit=3, query=ref).items
        if len(found) == 1:
            session: Session = found[0]
            return session
    titles = [session.title for session in found] or [one.title for one in squid.sessions.list(limit=200).items]
    near = [title for title in titles if title] if found else difflib.get_close_matches(ref, titles, n=3)
    meant = " or ".join(repr(title) for title in near)
    hint = f"Did you mean {meant}?" if near else f"List them with {context.say('sessions')}."
    raise NotFound(f"{'Several sessions fit' if found else 'No session fits'} {ref!r}.", hint)


def last_used(squid: Squid, context: Context) -> Session:
    """The session that was used last, wherever that was.

    Raises
    ------
    NotFound
        When there is none.
    """
    found: tuple[Session, ...] = squid.sessions.list(limit=200).items
    if not found:
        raise NotFound("There are no sessions yet.", f"Begin one with {context.say('ask')}.")
    # Pinned ones come first in the list.
    return max(found, key=lambda session: session.updated_at)


def chosen(squid: Squid, ref: str | None, context: Context, *, reading: bool = False) -> Session:
    """The session that is named, else the current one; to read in a terminal, where none is, the one used last."""
    if ref:
        return find(squid, ref, context)
    if reading and context.door == "cli":
        return last_used(squid, context)
    session = squid.session_for(context.provenance.notebook)
    if session is None:
        raise InvalidInput("No session is open.", f"Name one; {context.say('sessions')} lists them.")
    return session


def _session_row(session: Session, *, current: str | None) -> tuple[str, ...]:
    return (
        "▸" if session.id == current else "",
        short_id(session.id),
        _cut(session.title or UNTITLED, 60),
        f"{session.messages:,}",
        count(session.input_tokens + session.output_tokens),
        _price(session),
        ago(session.updated_at),
    )


def _price(session: Session) -> str:
    """What it cost, in a word where there is no number."""
    if session.cost_usd is not None:
        return f"{cost(session.cost_usd)}{' + unknown' if session.unpriced else ''}"
    if session.unpriced:
        return "unknown"
    return "free" if session.input_tokens or session.output_tokens else cost(None)


def _heading(message: Message) -> str:
    """Who said it, when, and whether it is whole."""
    parts = [SPEAKERS[message.role]]
    if message.model and message.role == "assistant":
        parts.append(message.model)
    parts.append(ago(message.created_at))
    if message.status not in {"complete", "streaming"}:
        parts.append(message.status)
    return " · ".join(parts)


def named(session: Session) -> str:
    return f"{session.title or UNTITLED!r} ({short_id(session.id)})"


def _cut(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def told(*lines: str) -> Result:
    return Result("\n".join(lines), "\n\n".join(escape(line) for line in lines))


_SESSION = Argument(("session",), "id, beginning of an id, title, or `squid:` link", many="+", completes="session")
_LIMIT = Argument(("--limit",), "how many at most", kind=int, default=20, metavar="N")

NEW = Verb("new", "Start a new session.", _new, (Argument(("title",), "its title", many="*"),))
OPEN = Verb("open", "Go on in another session.", _open, (_SESSION,))
SESSIONS = Verb(
    "sessions",
    "List the sessions.",
    _sessions,
    (
        Argument(("query",), "words of the title", many="*"),
        _LIMIT,
        Argument(("--tag",), "only with this tag; may be repeated", many="append"),
        Argument(("--archived",), "the archived ones", many="flag"),
        Argument(
            ("--sort",), "the order", choices=("updated", "created", "title", "messages", "cost"), default="updated"
        ),
    ),
)
HISTORY = Verb(
    "history",
    "Show a conversation.",
    _history,
    (Argument(("session",), "which one; else the current one", many="*", completes="session"), _LIMIT),
)
RENAME = Verb(
    "rename",
    "Give a session another title.",
    _rename,
    (
        Argument(("-s", "--session"), "which one; else the current one", completes="session"),
        Argument(("title",), "the new title", many="+"),
    ),
)
DELETE = Verb(
    "delete",
    "Delete a session and its attachments.",
    _delete,
    (
        Argument(("session",), "which one; else the current one", many="*", completes="session"),
        Argument(("--yes",), "do it without asking", many="flag"),
        Argument(("--undo",), "bring it back, or the one deleted last", many="flag"),
    ),
)
