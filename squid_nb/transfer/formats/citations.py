"""ChatGPT's marks for what an answer rests on, in private characters: links where the export says where they lead."""

from __future__ import annotations

import json
import re
from typing import Any

from ..loose import items, mapping, text

__all__ = ["cited"]

_MARK = re.compile("\ue200([^\ue200\ue201]*)\ue201")
_PARTS = "\ue202"
_LOOSE = re.compile("[\ue200-\ue206]")


def cited(content: str, metadata: dict[str, Any]) -> str:
    """The text with its citations as Markdown links; marks that lead nowhere are taken out."""
    content = _numbered(content, items(metadata.get("citations")))
    if "\ue200" not in content:
        return content
    links: dict[str, str] = {}
    for reference in map(mapping, items(metadata.get("content_references"))):
        mark = _MARK.search(text(reference.get("matched_text")))
        if mark is not None:
            links[mark[0]] = text(reference.get("alt")) or _links(reference)
    return _LOOSE.sub("", _MARK.sub(lambda mark: links.get(mark[0]) or _plain(mark), content))


def _plain(mark: re.Match[str]) -> str:
    """What a mark without a reference says by itself: an entity or an address has a name."""
    kind, *parts = mark[1].split(_PARTS)
    if kind == "url" and parts:
        return parts[0]
    if kind != "entity" or not parts:
        return ""
    try:
        return text(next(iter(items(json.loads(parts[0]))[1:]), ""))
    except (ValueError, RecursionError):
        return ""


def _links(reference: dict[str, Any]) -> str:
    links = [_link(mapping(item)) for item in items(reference.get("items"))]
    shown = ", ".join(link for link in links if link)
    return f"({shown})" if shown else ""


def _link(page: dict[str, Any]) -> str:
    url = text(page.get("url"))
    title = " ".join(text(page.get("title")).split()).replace("[", "(").replace("]", ")")
    return f"[{title or url}]({url})" if url.startswith(("http://", "https://")) and " " not in url else ""


def _numbered(content: str, citations: list[Any]) -> str:
    """Older exports: `【4†source】`, with the place of each in the text."""
    found: dict[tuple[int, int], str] = {}
    for citation in map(mapping, citations):
        start, end = citation.get("start_ix"), citation.get("end_ix")
        link = _link(mapping(citation.get("metadata")))
        if isinstance(start, int) and isinstance(end, int) and link and content[start : start + 1] == "【":
            found[start, end] = f"({link})"
    pieces, at = [], 0
    for (start, end), link in sorted(found.items()):
        if start >= at and content[end - 1 : end] == "】":
            pieces += [content[at:start], link]
            at = end
    return "".join([*pieces, content[at:]])
