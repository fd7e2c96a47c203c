"""The verb `search`: what was said, in which session, by whom and when, with the words that were found."""

from __future__ import annotations

import html
import re
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..records import Hit
from .conversations import SPEAKERS, UNTITLED, find, told
from .shown import Table, ago, escape, short_id
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["SEARCH"]

_MARK = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)
_TITLE_LENGTH = 70


def _search(squid: Squid, args: Namespace, context: Context) -> Result:
    query = args.query if isinstance(args.query, str) else " ".join(args.query)
    if not query.strip():
        raise InvalidInput("There is nothing to search for.", f"Try {context.say('search duckdb lock')}.")
    session = find(squid, args.session, context) if args.session is not None else None
    page = squid.search(query, limit=args.limit, session=session, progress=_progress(context))
    if not page.items:
        return told(f"Nothing was found for {query.strip()!r}.", *_doubts(squid, query))
    table = Table(("session", "message", "title", "role", "date", "text"), tuple(_row(hit) for hit in page.items))
    more = context.say(f"search --limit {args.limit * 4} {query.strip()}") if page.cursor else ""
    text = "\n\n".join(f"{_heading(hit)}\n    {_plain(hit)}" for hit in page.items)
    markdown = "\n\n".join(f"**{escape(_heading(hit))}**  \n{_marked(hit)}" for hit in page.items)
    if more:
        text += f"\n\nThere are more: {more}"
        markdown += f"\n\nThere are more: {escape(more)}"
    return Result(text, markdown, table)


def _doubts(squid: Squid, query: str) -> list[str]:
    from ..search.doubts import doubts  # the index is loaded by the search, and this is only said after one
    from ..store.session_views import SessionViews

    tags = SessionViews(squid.store.database).tags(squid.user.name) if "tag:" in query.lower() else ()
    return doubts(query, [tag.name for tag in tags])


def _progress(context: Context) -> Callable[[int, int], None] | None:
    """Tells the person how far the index has been built, where there is a way to."""
    tell = context.progress
    if tell is None:
        return None
    return lambda done, total: tell(done / max(total, 1), "Building the search index")


def _heading(hit: Hit) -> str:
    """Where it was found, who said it and when."""
    title = " ".join(hit.title.split()) or UNTITLED
    title = title if len(title) <= _TITLE_LENGTH else f"{title[: _TITLE_LENGTH - 1]}…"
    return " · ".join([title, _speaker(hit), ago(hit.created_at), short_id(hit.session_id)])


def _speaker(hit: Hit) -> str:
    if hit.kind == "title" or hit.role is None:
        return "title"
    return hit.name if hit.kind == "file" else SPEAKERS[hit.role]


def _row(hit: Hit) -> tuple[str, ...]:
    return hit.session_id, hit.message_id or "", hit.title, hit.role or "", ago(hit.created_at), _plain(hit)


def _plain(hit: Hit) -> str:
    """The snippet for a terminal, where a match stands between angles."""
    return html.unescape(_MARK.sub(r"«\1»", hit.snippet))


def _marked(hit: Hit) -> str:
    """The snippet as Markdown that can only be text, with matches in bold."""
    parts = _MARK.split(hit.snippet)
    return "".join(_bold(part) if place % 2 else _literal(part) for place, part in enumerate(parts))


def _bold(part: str) -> str:
    return f"**{_literal(part)}**" if part.strip() else part


def _literal(part: str) -> str:
    """`escape`, which also takes the blanks at the ends."""
    words = html.unescape(part)
    before, after = " " * words[:1].isspace(), " " * words[-1:].isspace()
    return f"{before}{escape(words)}{after}" if words.strip() else before


SEARCH = Verb(
    "search",
    "Find messages, titles and files.",
    _search,
    (
        Argument(("--limit",), "how many at most", kind=int, default=10, metavar="N"),
        Argument(("-s", "--session"), "only in this session: id, beginning of an id, or title", completes="session"),
        Argument(
            ("query",),
            'words; the last may be unfinished; a "phrase"; filters such as role:user tag:work before:2026-01 has:code',
            many="*",
        ),
    ),
    verbatim="query",
)
