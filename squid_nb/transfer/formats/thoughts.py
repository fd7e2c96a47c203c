"""Reasoning and tool calls that a program has left inside the text of an answer."""

from __future__ import annotations

import html
import json
import re

from ..loose import joined

__all__ = ["apart"]

_TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"))
_END = "</details>"
_DETAILS = re.compile(
    r"^<details type=\"(?P<kind>reasoning|tool_calls|code_interpreter)\"(?P<told>[^>]*)>(?P<inside>.*?)</details>"
    r"[ \t]*\n*",
    re.DOTALL | re.MULTILINE,
)
_TOLD = re.compile(r'(\w+)="([^"]*)"')


def apart(content: str) -> tuple[str, str]:
    """The answer, and what stood in marks before it, or between its paragraphs as Open WebUI puts it."""
    rest, thoughts = _leading(content)
    # Beyond the last end there is nothing to find, and a search for it would begin anew at each beginning.
    end = rest.rfind(_END) + len(_END)
    found = list(_DETAILS.finditer(rest, 0, end)) if end >= len(_END) else []
    if found:
        thoughts += [_details(match) for match in found]
        rest = f"{_DETAILS.sub('', rest[:end])}{rest[end:]}".strip()
    return (rest, joined(thoughts)) if thoughts else (content, "")


def _leading(content: str) -> tuple[str, list[str]]:
    thoughts: list[str] = []
    rest = content.lstrip()
    while True:
        tag = next((pair for pair in _TAGS if rest.startswith(pair[0])), None)
        end = rest.find(tag[1]) if tag is not None else -1
        if tag is None or end < 0:
            return rest, thoughts
        thoughts.append(rest[len(tag[0]) : end].strip())
        rest = rest[end + len(tag[1]) :].lstrip()


def _details(match: re.Match[str]) -> str:
    """What a `<details>` holds: quoted lines or code below a summary, or a call in its attributes."""
    told = {name: html.unescape(value) for name, value in _TOLD.findall(match["told"])}
    if match["kind"] == "tool_calls":
        result = _plain(told.get("result", ""))
        call = f"[tool {told.get('name', '')}] {_plain(told.get('arguments', ''))}"
        return joined([call, f"[result] {result}" if result else ""])
    summary, closed, after = match["inside"].partition("</summary>")
    # Newer versions escape the marks of the quote too.
    lines = html.unescape(after if closed else summary).strip().splitlines()
    body = "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)
    output = _plain(told.get("output", ""))
    return joined([body, f"[result] {output}" if output else ""])


def _plain(value: str) -> str:
    """A text that is written as JSON, as it is meant; anything else as it stands."""
    try:
        meant = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return meant if isinstance(meant, str) else value
