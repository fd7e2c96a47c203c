"""Which importer reads a document: the ones that come with the package, then those of plugins."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points

from .document import Document
from .formats.chatgpt import CHATGPT
from .formats.claude import CLAUDE
from .formats.claude_code import CLAUDE_CODE
from .formats.jupyter_chat import JUPYTER_CHAT
from .formats.librechat import LIBRECHAT
from .formats.llm_logs import LLM_LOGS
from .formats.open_webui import OPEN_WEBUI
from .formats.sharegpt import SHAREGPT
from .formats.squid_db import SQUID_DB
from .importer import Found, Importer
from .own import OWN, OwnHistory
from .reading import Broken

__all__ = ["GROUP", "IMPORTERS", "importer_of"]

GROUP = "squid_nb.importers"

IMPORTERS: tuple[Importer | OwnHistory, ...] = (
    OWN,
    CHATGPT,
    CLAUDE,
    LIBRECHAT,
    OPEN_WEBUI,
    JUPYTER_CHAT,
    CLAUDE_CODE,
    SHAREGPT,
    LLM_LOGS,
    SQUID_DB,
)
"""The one that asks least comes last in its family."""


def importer_of(document: Document) -> Importer | OwnHistory | None:
    """The first importer that recognises the document."""
    for importer in (*IMPORTERS, *_plugins()):
        if importer.recognises(document):
            return importer
    return None


class _Plugin:
    """An importer of another package, whose failures end nothing but itself."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self.name = str(importer.name)

    def recognises(self, document: Document) -> bool:
        try:
            return bool(self._importer.recognises(document))
        except Exception as error:  # noqa: BLE001 - code of a plugin may raise anything
            _warn(self.name, error)
            return False

    def read(self, document: Document) -> Iterator[Found]:
        number = 0
        try:
            for found in self._importer.read(document):
                number += 1
                yield found
        except Exception as error:  # noqa: BLE001 - code of a plugin may raise anything
            _warn(self.name, error)
            yield Broken(number + 1, None, f"The importer {self.name!r} failed after item {number}: {error}.")


@lru_cache(maxsize=1)
def _plugins() -> tuple[Importer, ...]:
    found: list[Importer] = []
    for point in entry_points(group=GROUP):
        try:
            found.append(_Plugin(point.load()))
        except Exception as error:  # noqa: BLE001 - importing a plugin may raise anything
            _warn(point.name, error)
    return tuple(found)


def _warn(name: str, error: Exception) -> None:
    warnings.warn(f"The {GROUP} plugin {name!r} is broken and is left out: {error}", RuntimeWarning, stacklevel=3)
