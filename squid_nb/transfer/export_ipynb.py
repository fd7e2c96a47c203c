"""The format `ipynb`: a notebook in which the Python of answers are code cells, not executed, and words are Markdown.

It is written as notebook format 4.5 describes it, so that nothing of Jupyter is needed to make it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..records import Message
from ..store.transcripts import Transcript
from ..untrusted import safe_markdown
from .export_markdown import attachment_line, escaped, heading, versions_line
from .exporters import Material
from .fences import Piece, pieces
from .paths import Paths

__all__ = ["IPYNB"]

_PYTHON = frozenset({"py", "py3", "python", "python3", "ipython", "ipython3"})
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class _Ipynb:
    name = "ipynb"
    suffix = ".ipynb"
    separable = True

    def write(self, stream: BinaryIO, material: Material) -> None:
        stream.write(b'{\n "cells": [')
        separator = b"\n"
        for transcript in material.transcripts:
            for cell in _cells(transcript):
                stream.write(separator + json.dumps(cell, ensure_ascii=False).encode())
                separator = b",\n"
        metadata = json.dumps(_METADATA)
        stream.write(f'\n ],\n "metadata": {metadata},\n "nbformat": 4,\n "nbformat_minor": 5\n}}\n'.encode())


IPYNB = _Ipynb()


def _cells(transcript: Transcript) -> Iterator[dict[str, Any]]:
    session = transcript.session
    title = f"# {escaped(session.title) or 'Untitled'}"
    opening = f"{title}\n\n{safe_markdown(session.system)}" if session.system else title
    yield _markdown(f"{session.id}-title", opening)
    paths = Paths(transcript)
    for message in paths.visible:
        for number, cell in enumerate(_of_message(message, others=len(paths.versions(message)))):
            yield {**cell, "id": f"{message.id}-{number}"}


def _of_message(message: Message, *, others: int) -> Iterator[dict[str, Any]]:
    opening = [f"**{heading(message)}**", *(attachment_line(source) for source in message.sources)]
    if message.error:
        opening.append(f"*{escaped(message.error)}*")
    if others:
        opening.append(versions_line(others))
    said = [Piece(message.content)] if message.role != "assistant" else list(pieces(message.content))
    words = ["\n\n".join(opening)]
    for piece in said:
        if piece.language in _PYTHON:
            if words:
                yield _markdown("", "\n\n".join(words))
            words = []
            yield _code(piece.text)
        else:
            # A notebook renders its Markdown as soon as it is opened, remote images included.
            words.append(safe_markdown(piece.text) if piece.language is None else _fenced(piece))
    if words:
        yield _markdown("", "\n\n".join(word for word in words if word.strip()))


def _fenced(piece: Piece) -> str:
    mark = "```"
    while mark in piece.text:
        mark += "`"
    return f"{mark}{piece.language}\n{piece.text}\n{mark}"


def _markdown(key: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": key, "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "id": "", "metadata": {}, "outputs": [], "source": source}
