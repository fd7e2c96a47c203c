"""How a page of hits or sessions shows itself in a notebook: a table, in which only text of our own is markup."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from .records import Hit, Session

__all__ = ["table"]


def table(items: Sequence[Any], *, has_more: bool) -> str | None:
    """The items as an HTML table; None where they are neither hits nor sessions."""
    rows = [
        _hit(item) if isinstance(item, Hit) else _session(item) for item in items if isinstance(item, (Hit, Session))
    ]
    if len(rows) != len(items):
        return None
    if not rows:
        return "<em>Nothing was found.</em>"
    names = ("session", "who", "when", "text") if isinstance(items[0], Hit) else ("session", "tags", "used", "messages")
    head = "".join(f'<th style="text-align: left">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    more = "<p><em>There are more: pass <code>cursor=page.cursor</code> to get them.</em></p>" if has_more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _hit(hit: Hit) -> tuple[str, ...]:
    who = {"title": "title", "file": hit.name}.get(hit.kind, hit.role or "")
    # A snippet is HTML already, with nothing but `<mark>` in it.
    return escape(hit.title), escape(who), _when(hit.created_at), hit.snippet


def _session(session: Session) -> tuple[str, ...]:
    return escape(session.title), escape(", ".join(session.tags)), _when(session.updated_at), f"{session.messages:,}"


def _when(moment: Any) -> str:
    return str(moment.astimezone().strftime("%Y-%m-%d %H:%M"))


def _cell(content: str) -> str:
    return f'<td style="text-align: left">{content}</td>'
