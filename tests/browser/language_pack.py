"""A language pack as JupyterLab installs them: a package with an entry point and compiled catalogues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TEMPLATE: Final = Path(__file__).parents[2] / "js" / "locale" / "squid_nb.pot"
DOMAIN: Final = "squid_nb"

_ENTRY_POINTS = """\
[jupyterlab.languagepack]
{locale} = jupyterlab_language_pack_{locale}
"""

Words = dict[str | tuple[str, str], str | tuple[str, str]]
"""Text, or context and text → its translation, or those of one and of many."""


def install(directory: Path, locale: str, words: Words) -> None:
    """Write a pack with translations of these messages of the collected ones; `directory` is for the path.

    Raises
    ------
    KeyError
        When nothing of this text was collected.
    """
    package = directory / f"jupyterlab_language_pack_{locale}"
    compiled = package / "locale" / locale / "LC_MESSAGES"
    compiled.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    about = directory / f"{package.name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.name}\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(_ENTRY_POINTS.format(locale=locale), encoding="utf-8")
    catalogue = _translated(locale, words)
    with (compiled / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalogue)
    (compiled / f"{DOMAIN}.json").write_text(json.dumps(_as_json(catalogue, locale)), encoding="utf-8")


def _translated(locale: str, words: Words) -> Catalog:
    with TEMPLATE.open("rb") as file:
        collected = read_po(file)
    catalogue = Catalog(locale=locale, domain=DOMAIN)
    for key, translation in words.items():
        context, text = key if isinstance(key, tuple) else (None, key)
        found = collected.get(text, context)
        if found is None:
            raise KeyError(f"{key} was not collected")
        catalogue.add(found.id, translation, context=context)
    return catalogue


def _as_json(catalogue: Catalog, locale: str) -> dict[str, object]:
    """What JupyterLab's pages load."""
    header = {"domain": DOMAIN, "language": locale.replace("_", "-"), "plural_forms": catalogue.plural_forms}
    return {"": header, **{_key(message): _forms(message) for message in catalogue if message.id}}


def _key(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple) else message.id
    return f"{message.context}\u0004{text}" if message.context else str(text)


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [str(message.string)]
