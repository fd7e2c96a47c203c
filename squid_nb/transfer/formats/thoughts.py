"""Reasoning that a program has left inside the text of an answer."""

from __future__ import annotations

import html

__all__ = ["apart"]

_TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ('<details type="reasoning"', "</details>"))


def apart(content: str) -> tuple[str, str]:
    """The answer, and the reasoning that stood in marks before it."""
    thoughts = []
    rest = content.lstrip()
    while True:
        tag = next((pair for pair in _TAGS if rest.startswith(pair[0])), None)
        if tag is None:
            break
        end = rest.find(tag[1])
        if end < 0:
            break
        inside = rest[len(tag[0]) : end]
        thoughts.append(_details(inside) if tag[0].startswith("<details") else inside.strip())
        rest = rest[end + len(tag[1]) :].lstrip()
    return (rest, "\n\n".join(thoughts)) if thoughts else (content, "")


def _details(inside: str) -> str:
    """What a `<details>` of Open WebUI holds: quoted lines below a summary."""
    body = inside.partition(">")[2]
    summary, closed, after = body.partition("</summary>")
    # Newer versions escape the marks of the quote too.
    lines = html.unescape(after if closed else summary).strip().splitlines()
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)
