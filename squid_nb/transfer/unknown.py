"""What is said of a document that no importer recognises: why not, as far as its content tells."""

from __future__ import annotations

from itertools import islice

from ..errors import InvalidInput
from . import export_parquet, manifest
from .document import Document
from .json_items import Item
from .loose import mapping
from .reading import Broken
from .sqlite_file import MAGIC

__all__ = ["why_unknown"]

_LOOKED_AT = 10
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def why_unknown(document: Document, known: str) -> InvalidInput | Broken:
    """A sentence and a hint; where the document breaks off before its first conversation, that place.

    Parameters
    ----------
    known
        The names of the formats that there are.
    """
    name = document.name
    if not document.head.strip():
        return InvalidInput(f"The file {name} is empty.", "Export again, or check the path.")
    if document.head.startswith(MAGIC):
        return _database(document)
    if document.head.startswith(_WIDE):
        return InvalidInput(f"The file {name} is written as UTF-16.", "Save it as UTF-8 and import that.")
    return (_json(document) if document.is_json else None) or InvalidInput(
        f"The format of {name} is not known.", f"These can be imported: {known}."
    )


def _database(document: Document) -> InvalidInput:
    if document.path is None:
        return InvalidInput(f"The database {document.name} lies in a zip.", "Unpack the zip and import the database.")
    return InvalidInput(
        f"The database {document.name} is damaged, or of a program whose conversations are not known.",
        "llm's logs.db and Squid's squid.db can be imported.",
    )


def _json(document: Document) -> InvalidInput | Broken | None:
    reasons = []
    for found in islice(document.items(), _LOOKED_AT):
        if isinstance(found, Broken):
            return found
        if isinstance(found, Item):
            return _ours(document, mapping(found.value).get("format"))
        reasons.append(found.reason)
    if reasons:
        return InvalidInput(f"The file {document.name} cannot be imported: {reasons[0]}.")
    return InvalidInput(f"The file {document.name} holds no conversations.", "Export again, or check the path.")


def _ours(document: Document, form: object) -> InvalidInput | None:
    if form == manifest.FORMAT:
        return InvalidInput(f"The file {document.name} belongs to a backup.", "A backup is restored: `restore FILE`.")
    if form == export_parquet.FORMAT:
        return InvalidInput(
            f"The file {document.name} belongs to an export of tables, which cannot come in again.",
            "Import an export as JSON or HTML, or restore a backup.",
        )
    return None
