"""The format `markdown`: the visible conversation, to be read by people and pasted anywhere.

The words of a message are written as they are. Other versions of an answer, and attachments, are named, not carried;
`json` and `html` have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..records import Message, Session, Source
from ..store.transcripts import Transcript
from .exporters import Material
from .paths import Paths

__all__ = ["MARKDOWN", "attachment_line", "escaped", "heading", "moment", "versions_line"]

_SPEAKERS = {"user": "You", "assistant": "Squid", "system": "Instructions"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")


class _Markdown:
    name = "markdown"
    suffix = ".md"
    separable = True

    def write(self, stream: BinaryIO, material: Material) -> None:
        for number, transcript in enumerate(material.transcripts):
            if number:
                stream.write(b"\n---\n\n")
            for block in _blocks(transcript):
                stream.write(f"{block}\n\n".encode())


MARKDOWN = _Markdown()


def _blocks(transcript: Transcript) -> Iterator[str]:
    session = transcript.session
    yield f"# {escaped(session.title) or 'Untitled'}"
    facts = [f"{len(transcript.messages):,} messages", f"{moment(session)} UTC"]
    if session.model:
        facts.append(escaped(session.model))
    if session.tags:
        facts.append("tags: " + ", ".join(escaped(tag) for tag in session.tags))
    yield " · ".join(facts)
    if session.system:
        yield f"## Instructions\n\n{session.system}"
    paths = Paths(transcript)
    for message in paths.visible:
        yield from _message_blocks(message)
        others = len(paths.versions(message))
        if others:
            yield versions_line(others)
    rest = len(paths.rest())
    if rest:
        yield f"*{rest} more {_plural('message', rest)} beside this conversation {_is(rest)} not shown.*"


def _message_blocks(message: Message) -> Iterator[str]:
    yield f"## {heading(message)}"
    if message.sources:
        yield "\n".join(attachment_line(source) for source in message.sources)
    if message.reasoning:
        # A blank line after the summary makes viewers render what follows.
        yield f"<details><summary>Reasoning</summary>\n\n{message.reasoning}\n\n</details>"
    if message.content:
        yield message.content
    if message.error:
        yield f"*{escaped(message.error)}*"


def heading(message: Message) -> str:
    """Who said it, when, and whether it is whole."""
    parts = [_SPEAKERS[message.role]]
    if message.role == "assistant" and message.model:
        parts.append(escaped(message.model))
    parts.append(f"{message.created_at:%Y-%m-%d %H:%M}")
    if message.status != "complete":
        parts.append("interrupted" if message.status == "streaming" else message.status)
    return " · ".join(parts)


def attachment_line(source: Source) -> str:
    """One attachment as an item of a list."""
    return f"- {source.kind}: {escaped(source.name)} ({source.size_bytes:,} bytes)"


def versions_line(count: int) -> str:
    """The note that a message has other versions."""
    return f"*{count} other {_plural('version', count)} of this message {_is(count)} not shown.*"


def escaped(text: str) -> str:
    """Text that means nothing to Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def moment(record: Session | Message) -> str:
    """A time of creation, to the minute."""
    return f"{record.created_at:%Y-%m-%d %H:%M}"


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
