"""`Search`: ranked full-text search over messages, titles and the text of files, for one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import tantivy

from ..errors import InvalidInput, SearchError
from ..records import Hit, Page, Role
from ..store import Store
from ..store import cursor as page_cursor
from . import words
from .dates import When, moment
from .fields import shown_in
from .index import is_damage
from .matching import Wording, asked, respelled, wordings
from .query import ROLES, Filters, Query, Term, parse
from .signs import with_signs
from .snippet import snippet
from .upkeep import Reading, Report, Upkeep

__all__ = ["Search"]


class Search:
    """The search index of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._upkeep = Upkeep(store)

    def find(
        self,
        text: str,
        *,
        owner_id: str,
        limit: int = 20,
        cursor: str | None = None,
        role: Role | None = None,
        model: str | None = None,
        tags: Sequence[str] = (),
        since: When | None = None,
        until: When | None = None,
        session_id: str | None = None,
        archived: bool | None = None,
        progress: Report | None = None,
    ) -> Page:
        """A page of hits, best first; newest first where only filters are given. See `Squid.search`."""
        if limit < 1:
            raise InvalidInput("A page needs room for at least one hit.")
        given = Filters(
            roles=frozenset({_role(role)} if role is not None else ()),
            models=(model,) if model else (),
            tags=(tags,) if isinstance(tags, str) else tuple(tags),
            since=moment(since, end=False),
            until=moment(until, end=True),
            session_id=session_id,
            archived=archived,
        )
        query = parse(text)
        query = replace(query, filters=query.filters.combined(given))
        offset, spelled = page_cursor.decode(cursor, size=2) if cursor is not None else (0, False)
        if not isinstance(offset, int) or offset < 0:
            raise InvalidInput("The page cursor is not valid.", "Start again at the first page.")
        if not query.text and query.filters == Filters():
            return Page(())
        for attempt in (1, 2):
            try:
                reading = self._upkeep.reading(progress)
                return self._page(reading, query, owner_id, limit, offset, respell=bool(spelled))
            except BaseException as error:
                if not is_damage(error):
                    raise
                if attempt == 2:
                    raise SearchError(
                        f"The search index cannot be used: {error}.",
                        "Check the disk and the folder beside the database.",
                    ) from error
                self._upkeep.discard()
        raise AssertionError("the second attempt returns or raises")

    def rebuild(self, progress: Report | None = None) -> None:
        """Build the index anew."""
        self._upkeep.rebuild(progress)

    def close(self) -> None:
        """End work in the background."""
        self._upkeep.close()

    def _page(self, reading: Reading, query: Query, owner_id: str, limit: int, offset: int, *, respell: bool) -> Page:
        if query.text and not query.terms:
            return self._page_with_signs(reading, query, owner_id, limit, offset)
        found = wordings(reading.searcher, query.terms, owner_id)
        if not respell:
            hits = self._hits(reading, found, query.filters, owner_id, limit + 1, offset)
            if not hits and not offset:
                respell = True
        if respell:
            meant = respelled(reading.searcher, found, owner_id)
            if meant is None:
                return Page(())
            found, hits = meant, self._hits(reading, meant, query.filters, owner_id, limit + 1, offset)
        more = page_cursor.encode(offset + limit, respell) if len(hits) > limit else None
        return Page(self._visible(reading, hits[:limit], owner_id), more)

    def _page_with_signs(self, reading: Reading, query: Query, owner_id: str, limit: int, offset: int) -> Page:
        """Texts with signs between which there is no word, newest first."""
        fitting = asked((), query.filters, owner_id)
        found = with_signs(reading.searcher, fitting, query.text, offset=offset, limit=limit + 1)
        shown = [Wording(Term((words.fold(query.text),)))]
        hits = [_hit(one, 0.0, shown) for one in found[:limit]]
        more = page_cursor.encode(offset + limit, False) if len(found) > limit else None  # noqa: FBT003  # a cursor's key
        return Page(self._visible(reading, hits, owner_id), more)

    def _hits(
        self, reading: Reading, found: Sequence[Wording], filters: Filters, owner_id: str, limit: int, offset: int
    ) -> list[Hit]:
        searcher, query = reading.searcher, asked(found, filters, owner_id)
        if found:
            result = searcher.search(query, limit, count=False, offset=offset)
        else:
            result = searcher.search(query, limit, count=False, offset=offset, order_by_field="at")
        return [_hit(searcher.doc(address), score if found else 0.0, found) for score, address in result.hits]

    def _visible(self, reading: Reading, hits: Sequence[Hit], owner_id: str) -> tuple[Hit, ...]:
        """Those that the database confirms; an index that has everything needs no confirmation."""
        if reading.certain or not hits:
            return tuple(hits)
        there = self._store.changes.visible(
            owner_id=owner_id,
            session_ids=[hit.session_id for hit in hits],
            message_ids=[hit.message_id for hit in hits if hit.message_id is not None],
        )
        return tuple(hit for hit in hits if (hit.message_id or hit.session_id) in there)


def _hit(found: tantivy.Document, score: float, query: Sequence[Wording]) -> Hit:
    session_id, message_id, kind, role, at, title, name, model = shown_in(found)
    return Hit(
        session_id=session_id,
        title=title,
        message_id=message_id,
        kind=kind,
        role=role,
        created_at=datetime.fromisoformat(at),
        score=float(score),
        snippet=snippet(found["content"][0].decode(), query),
        name=name,
        model=model,
    )


def _role(name: str) -> str:
    if name not in ROLES:
        raise InvalidInput(f"There is no role {name!r}.", f"Use one of {', '.join(ROLES)}.")
    return name
