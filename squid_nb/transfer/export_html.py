"""The format `html`: one page that needs nothing else, to read and search in any browser, and to be imported again.

Everything from outside is escaped or rendered without raw HTML, and the page's policy forbids what slips through. The
records of `json` lie in it as data, which no browser runs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from ..attach.decode import image_type
from ..records import Message, Source
from ..store.transcripts import Transcript
from .export_json import compact, head_record, records_of
from .exporters import Load, Material
from .page_parts import closing, opening
from .paths import Paths

if TYPE_CHECKING:
    from .rendered import Rendered

__all__ = ["DATA_CLOSE", "DATA_OPEN", "HTML"]

DATA_OPEN = '<script type="application/json" class="squid-nb">'
DATA_CLOSE = "</script>"

_SPEAKERS = {"user": "You", "assistant": "Squid", "system": "Instructions"}
_SHOWN_TEXT = 20_000
_SHOWN_IMAGE = 4_000_000
_INERT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class _Html:
    name = "html"
    suffix = ".html"
    separable = True

    def write(self, stream: BinaryIO, material: Material) -> None:
        from .rendered import Rendered  # Markdown and highlighting take a while to load

        first = next(material.transcripts, None)
        second = next(material.transcripts, None)
        alone = first is not None and second is None
        title = first.session.title or "Untitled" if first is not None and alone else "Chat history"
        stream.write(opening(title).encode())
        stream.write(_data(head_record()).encode())
        rendered = Rendered()
        known: set[str] = set()
        given = (transcript for transcript in (first, second) if transcript is not None)
        for transcript in chain(given, material.transcripts):
            for piece in _section(transcript, rendered, material.load, alone=alone):
                stream.write(piece.encode())
            for record in records_of(transcript, material.load, known=known):
                stream.write(_data(record).encode())
        stream.write(closing().encode())


HTML = _Html()


def _section(transcript: Transcript, rendered: Rendered, load: Load, *, alone: bool) -> Iterator[str]:
    session = transcript.session
    title = escape(" ".join(session.title.split())) or "Untitled"
    hidden = ' class="hidden"' if alone else ""
    yield f'<section class="session" id="s-{session.id}" aria-labelledby="t-{session.id}">\n'
    yield f'<h2 id="t-{session.id}"{hidden} dir="auto">{title}</h2>\n<p class="facts">{_facts(transcript)}</p>\n'
    if session.system:
        words = rendered.plain(session.system)
        yield f'<article class="message system"><header><b>Instructions</b></header>{words}</article>\n'
    paths = Paths(transcript)
    for message in paths.visible:
        yield from _article(message, rendered, load)
        for branch in paths.versions(message):
            yield from _branch("Another version", branch, rendered, load)
    rest = paths.rest()
    if rest:
        yield from _branch("Beside the conversation", rest, rendered, load)
    yield "</section>\n"


def _facts(transcript: Transcript) -> str:
    session = transcript.session
    count = len(transcript.messages)
    facts = [f"{count:,} {'message' if count == 1 else 'messages'}", _time(session.created_at)]
    facts += [escape(session.model)] if session.model else []
    facts += [escape(tag) for tag in session.tags]
    return " · ".join(facts)


def _branch(name: str, messages: list[Message], rendered: Rendered, load: Load) -> Iterator[str]:
    count = len(messages)
    yield f'<details class="versions"><summary>{name}: {count:,} {"message" if count == 1 else "messages"}</summary>\n'
    above = messages[0].parent_id
    for message in messages:
        yield from _article(message, rendered, load, answers=message.parent_id if message.parent_id != above else None)
        above = message.id
    yield "</details>\n"


def _article(message: Message, rendered: Rendered, load: Load, *, answers: str | None = None) -> Iterator[str]:
    speaker = _SPEAKERS[message.role]
    facts = [f"<b>{speaker}</b>"]
    if message.model and message.role == "assistant":
        facts.append(escape(message.model))
    facts.append(_time(message.created_at))
    if message.status != "complete":
        facts.append("interrupted" if message.status == "streaming" else message.status)
    if answers:
        facts.append(f'<span class="replies">follows <a href="#m-{answers}">an earlier message</a></span>')
    yield f'<article class="message {message.role}" id="m-{message.id}" aria-label="{speaker}">'
    yield f"<header>{' · '.join(facts)}</header>"
    for source in message.sources:
        yield _attachment(source, load)
    if message.reasoning:
        yield f'<details class="reasoning"><summary>Reasoning</summary>{rendered.markdown(message.reasoning)}</details>'
    if message.content:
        # What a person typed is shown as typed: a comment in pasted code is no heading.
        yield rendered.markdown(message.content) if message.role == "assistant" else rendered.plain(message.content)
    if message.error:
        words = " ".join(part for part in (message.error, message.hint) if part)
        yield f'<p class="error">{escape(words)}</p>'
    yield "</article>\n"


def _attachment(source: Source, load: Load) -> str:
    label = f"{source.kind}: {escape(source.name)} ({source.size_bytes:,} bytes)"
    found = load(source.sha256)
    if found is None:
        return f'<div class="attachment">{label}, no longer stored</div>'
    data, text = found
    kind = image_type(data)
    if kind is not None and len(data) <= _SHOWN_IMAGE:
        picture = base64.b64encode(data).decode("ascii")
        return (
            f'<div class="attachment">{label}<img src="data:{kind};base64,{picture}" alt="{escape(source.name)}"></div>'
        )
    if not text:
        return f'<div class="attachment">{label}</div>'
    cut = "\n… the rest is not shown." if len(text) > _SHOWN_TEXT else ""
    shown = escape(text[:_SHOWN_TEXT] + cut)
    return f'<details class="attachment"><summary>{label}</summary><pre dir="auto">{shown}</pre></details>'


def _time(moment: Any) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M}</time>'


def _data(record: dict[str, Any]) -> str:
    """A record as data that cannot end its element: no angle bracket is left in it."""
    return f"{DATA_OPEN}{compact(record).translate(_INERT)}{DATA_CLOSE}\n"
