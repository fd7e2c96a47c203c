"""What a list of sessions may call: a table of verbs, each a few lines over `Squid`.

They need no conversation, so that every door can offer them; `js/src/sessionsWire.ts` is the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..events import Titled
from ..records import to_dict
from ..store.session_views import SessionViews, View
from .arguments import maybe_text, maybe_texts, number, text, texts, whole

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["VERBS", "Looked", "look", "python_of"]

_MOST_ROWS = 500
_HITS = 300
"""Passages looked at for a list; scrolling to its end asks for as many again."""
_MOST_REACH = 32
_MOST_FILTERED = 10_000
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Looked:
    """A list as somebody wants to see it."""

    view: View
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Session id → its best passage and the number of passages, where words were searched for."""
    more: bool = False
    """Whether the search had more than is shown."""


def look(squid: Squid, asked: Any) -> Looked:
    """The list behind what a search box and filters say.

    Parameters
    ----------
    asked
        `words`, `sort`, `tags`, `model`, `pinned`, `archived`, `files`, and `reach`, how many times 300 passages a
        search looks at; each may be missing.
    """
    asked = asked if isinstance(asked, dict) else {}
    words = (maybe_text(asked, "words") or "").strip()
    filters: dict[str, Any] = {
        "tags": tuple(maybe_texts(asked, "tags")),
        "model": maybe_text(asked, "model"),
        "pinned": bool(asked.get("pinned")),
        "archived": bool(asked.get("archived")),
        "files": bool(asked.get("files")),
    }
    sort = maybe_text(asked, "sort") or "updated"
    if not words:
        return Looked(View(squid.user.name, sort=sort if sort != "match" else "updated", **filters))
    return _searched(squid, words, sort, filters, reach=whole(asked, "reach", 1, least=1, most=_MOST_REACH))


def _searched(squid: Squid, words: str, sort: str, filters: dict[str, Any], *, reach: int) -> Looked:
    from ..search import parse  # the parts of search load when something is looked for

    typed = parse(words)
    archived = typed.filters.archived if typed.filters.archived is not None else filters["archived"]
    filters = {**filters, "archived": archived}
    if not typed.terms:
        page = squid.sessions.list(query=words, archived=archived, limit=_MOST_FILTERED)
        ids = tuple(session.id for session in page.items)
        sort = sort if sort != "match" else "updated"
        return Looked(View(squid.user.name, sort=sort, found=ids, **filters), more=page.cursor is not None)
    page = squid.search(words, limit=_HITS * reach, tags=filters["tags"], archived=archived)
    found: dict[str, dict[str, Any]] = {}
    for hit in page.items:
        first = {"snippet": hit.snippet, "message_id": hit.message_id, "kind": hit.kind, "hits": 0}
        best = found.setdefault(hit.session_id, first)
        best["hits"] += 1
        if best["kind"] == "title" and hit.kind != "title":
            best.update(snippet=hit.snippet, message_id=hit.message_id, kind=hit.kind)  # the title is shown anyway
    return Looked(View(squid.user.name, sort=sort, found=tuple(found), **filters), found, page.cursor is not None)


def python_of(sql: str) -> str:
    """Code that gets the rows of a query as a DataFrame."""
    quoted = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'from squid_nb import Squid\n\nsessions = Squid().history.sql("""\n{quoted}\n""")\n'


def _browse(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    looked = look(squid, args.get("view"))
    offset = whole(args, "offset", 0)
    window = _views(squid).window(
        looked.view,
        offset=offset,
        limit=whole(args, "limit", 1, least=1, most=_MOST_ROWS),
        zone=timedelta(minutes=min(max(number(args, "zone"), -_DAY), _DAY)),
    )
    shown = {session.id for session in window.items}
    return {
        **to_dict(window),
        "answering": window.answering,
        "offset": offset,
        "found": {session_id: hit for session_id, hit in looked.found.items() if session_id in shown},
        "more": looked.more,
    }


def _ids(squid: Squid, args: dict[str, Any]) -> list[str]:
    return _views(squid).ids(
        look(squid, args.get("view")).view,
        offset=whole(args, "offset", 0),
        limit=whole(args, "limit", 0) if args.get("limit") is not None else None,
    )


def _facets(squid: Squid, args: dict[str, Any]) -> Any:
    views, among = _views(squid), maybe_texts(args, "ids") if args.get("ids") is not None else None
    models = views.models(squid.user.name) if among is None else ()
    return {"tags": to_dict(views.tags(squid.user.name, among=among)), "models": to_dict(models)}


def _change(squid: Squid, args: dict[str, Any]) -> dict[str, int]:
    chosen = squid.sessions.select(*texts(args, "ids"))
    if args.get("tag"):
        chosen.tag(*texts(args, "tag"))
    if args.get("untag"):
        chosen.untag(*texts(args, "untag"))
    if args.get("pinned") is not None:
        chosen.pin(on=bool(args["pinned"]))
    if args.get("archived") is not None:
        chosen.archive(on=bool(args["archived"]))
    return {"count": len(chosen)}


def _rename(squid: Squid, args: dict[str, Any]) -> Any:
    session = squid.sessions.rename(text(args, "id"), maybe_text(args, "title") or "")
    squid.live.publish(session.id, "", Titled(session.id, session.title))
    return to_dict(session)


def _delete(squid: Squid, args: dict[str, Any]) -> dict[str, Any]:
    return {"ids": list(squid.sessions.select(*texts(args, "ids")).delete())}


def _restore(squid: Squid, args: dict[str, Any]) -> dict[str, int]:
    return {"count": len(squid.sessions.restore_all(texts(args, "ids")))}


def _export(squid: Squid, args: dict[str, Any]) -> dict[str, str]:
    return {"path": str(squid.export(texts(args, "ids"), maybe_text(args, "format") or "json"))}


def _query(squid: Squid, args: dict[str, Any]) -> dict[str, str]:
    sql = look(squid, args.get("view")).view.sql()
    return {"sql": sql, "python": python_of(sql)}


def _views(squid: Squid) -> SessionViews:
    return SessionViews(squid.store.database)


VERBS: dict[str, Callable[[Squid, dict[str, Any]], Any]] = {
    "sessions.browse": _browse,
    "sessions.change": _change,
    "sessions.delete": _delete,
    "sessions.export": _export,
    "sessions.facets": _facets,
    "sessions.ids": _ids,
    "sessions.query": _query,
    "sessions.rename": _rename,
    "sessions.restore": _restore,
}
"""Each gets a `Squid` and arguments, may wait for the database, and returns what JSON can carry."""
