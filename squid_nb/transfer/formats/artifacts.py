"""What a model wrote into a pane of its own (Claude's artifacts, ChatGPT's canvas): a file of its answer."""

from __future__ import annotations

from typing import Any

from ..conversation import Attachment
from ..loose import items, mapping, text

__all__ = ["Drafts", "written"]

_SUFFIXES = {
    "text/markdown": ".md",
    "document": ".md",
    "text/html": ".html",
    "image/svg+xml": ".svg",
    "application/vnd.ant.mermaid": ".mmd",
    "application/vnd.ant.react": ".jsx",
    "bash": ".sh",
    "css": ".css",
    "html": ".html",
    "java": ".java",
    "javascript": ".js",
    "json": ".json",
    "python": ".py",
    "r": ".R",
    "react": ".jsx",
    "rust": ".rs",
    "sql": ".sql",
    "typescript": ".ts",
}
_ALL = {".*", "^.*$"}
"""Patterns with which ChatGPT says that it writes the whole of a document anew."""


_EDITED_LIMIT = 8 << 20
"""Characters of edited documents of one conversation: a short edit repeats all of a long document."""


class Drafts:
    """The documents of one conversation as they stand, so that an edit gives a whole file again."""

    def __init__(self) -> None:
        self._drafts: dict[str, Attachment] = {}
        self._room = _EDITED_LIMIT
        self._canvas = "canvas.txt"

    def claude(self, tool: str, given: dict[str, Any]) -> Attachment | None:
        """The file after this call of a tool of Claude; None when it writes none."""
        if tool == "create_file" and text(given.get("file_text")):
            return written(text(given.get("path")), text(given.get("file_text")))
        key = text(given.get("id"))
        before = self._drafts.get(key)
        content = text(given.get("content")) or self._edited(before, given)
        if tool != "artifacts" or not content:
            return None
        suffix = _SUFFIXES.get(text(given.get("language")).lower()) or _SUFFIXES.get(text(given.get("type")), ".txt")
        name = f"{_titled(given.get('title'), key or 'artifact')}{suffix}"
        self._drafts[key] = draft = written(before.name if before is not None else name, content)
        return draft

    def _edited(self, before: Attachment | None, given: dict[str, Any]) -> str:
        """The document with one passage replaced; empty when that passage is not in it."""
        body, old = (before.text or "") if before is not None else "", text(given.get("old_str"))
        if not old or old not in body or len(body) > self._room:
            return ""
        self._room -= len(body)
        return body.replace(old, text(given.get("new_str")), 1)

    def canvas(self, tool: str, given: dict[str, Any]) -> Attachment | None:
        """The file after this call of ChatGPT's canvas; None when it changes only a part of one."""
        if tool == "canmore.create_textdoc":
            suffix = _SUFFIXES.get(text(given.get("type")).removeprefix("code/"), ".txt")
            self._canvas = f"{_titled(given.get('name'), 'canvas')}{suffix}"
            content = text(given.get("content"))
        else:
            updates = [mapping(update) for update in items(given.get("updates"))]
            whole = len(updates) == 1 and updates[0].get("pattern") in _ALL
            content = text(updates[0].get("replacement")) if whole else ""
        return written(self._canvas, content) if tool.startswith("canmore.") and content else None


def written(name: str, content: str) -> Attachment:
    """A text file with this name."""
    return Attachment(
        name or "file.txt", load=lambda: content.encode("utf-8", "replace"), mime_type="text/plain", text=content
    )


def _titled(title: Any, otherwise: str) -> str:
    # A slash would be taken for a folder.
    return (text(title).strip() or otherwise).replace("/", "-").replace("\\", "-")
