"""What writes one format, and which formats there are.

Other packages add formats through the entry-point group `squid_nb.exporters`: each entry point names an object like
an `Exporter`.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import BinaryIO, Protocol, TypeAlias

from ..errors import InvalidInput
from ..store.transcripts import Transcript

__all__ = ["GROUP", "Exporter", "Load", "Material", "exporter_named", "format_names"]

GROUP = "squid_nb.exporters"
Load: TypeAlias = Callable[[str], tuple[bytes, str | None] | None]
"""The bytes and the text of a stored file, by its hash; None when they are gone."""


@dataclass(frozen=True, slots=True)
class Material:
    """What an exporter writes: walked once, so that a history larger than memory can be exported."""

    transcripts: Iterator[Transcript]
    load: Load


class Exporter(Protocol):
    """One format."""

    name: str
    suffix: str
    separable: bool
    """Whether a zip of one file for each session makes sense."""

    def write(self, stream: BinaryIO, material: Material) -> None:
        """Write one file with all the sessions."""


def exporter_named(name: str) -> Exporter:
    """The exporter of this name.

    Raises
    ------
    InvalidInput
        Names the formats there are.
    """
    found = _all().get(name)
    if found is None:
        near = difflib.get_close_matches(name, format_names(), n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(format_names())}."
        raise InvalidInput(f"{name!r} is no format of an export.", hint)
    return found


def format_names() -> list[str]:
    """The formats there are, those of plugins last."""
    names = list(_all())
    return [*names[:4], "parquet", *names[4:]]


@cache
def _all() -> dict[str, Exporter]:
    # Markdown and highlighting are loaded by whoever exports.
    from .export_html import HTML
    from .export_ipynb import IPYNB
    from .export_json import JSON
    from .export_markdown import MARKDOWN

    own: tuple[Exporter, ...] = (JSON, MARKDOWN, HTML, IPYNB)
    return {exporter.name: exporter for exporter in (*own, *_plugins())}


def _plugins() -> Iterator[Exporter]:
    for point in entry_points(group=GROUP):
        try:
            exporter: Exporter = point.load()
            _ = exporter.name, exporter.suffix, exporter.separable, exporter.write
        except Exception as error:  # noqa: BLE001 - importing a plugin may raise anything
            warnings.warn(f"The {GROUP} plugin {point.name!r} is broken and is left out: {error}", RuntimeWarning, 2)
        else:
            yield exporter
