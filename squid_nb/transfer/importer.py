"""What reads one format, and the two ways most formats are read.

Other packages add formats through the entry-point group `squid_nb.importers`: each entry point names an object with
these three attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeAlias

from .conversation import Conversation
from .document import Document
from .json_items import Item
from .loose import mapping
from .reading import Broken, Skipped, Unreadable

__all__ = ["Format", "Found", "Importer", "JsonImporter", "guarded"]

P = ParamSpec("P")
Found: TypeAlias = Conversation | Skipped | Broken


class Format(Protocol):
    """One format, and how it is told."""

    @property
    def name(self) -> str:
        """What it is called in reports and remembered as: never changed once people have imported."""

    def recognises(self, document: Document) -> bool:
        """Whether this document is of this format, told by its content."""


class Importer(Format, Protocol):
    """A format whose documents are read as conversations."""

    def read(self, document: Document) -> Iterator[Found]:
        """Its conversations, one at a time; `Broken` comes last."""


@dataclass(frozen=True, slots=True)
class JsonImporter:
    """A format in which each JSON item is one conversation."""

    name: str
    fits: Callable[[dict[str, Any]], bool]
    build: Callable[[dict[str, Any], Document], Conversation]

    def recognises(self, document: Document) -> bool:
        return any(self.fits(mapping(value)) for value in document.sample)

    def read(self, document: Document) -> Iterator[Found]:
        for item in document.items():
            if not isinstance(item, Item):
                yield item
            elif not isinstance(item.value, dict) or not self.fits(item.value):
                yield Skipped(item.number, item.position, f"it is no conversation of {self.name}")
            else:
                yield guarded(item.number, item.position, self.build, item.value, document)


def guarded(
    number: int, position: int | None, build: Callable[P, Conversation], *given: P.args, **named: P.kwargs
) -> Conversation | Skipped:
    """What `build` gives; a skipped item when its content is not what the format promises."""
    try:
        return build(*given, **named)
    except Unreadable as error:
        return Skipped(number, position, str(error))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # Anything may stand in a file from outside; one odd value ends its item and nothing else.
        return Skipped(number, position, f"its content is not what the format promises ({type(error).__name__})")
