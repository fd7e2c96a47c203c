"""Every format that is read has its page."""

from __future__ import annotations

from pathlib import Path

from squid_nb.transfer import detect

_PAGES = Path(__file__).parents[2] / "docs" / "formats"


def test_every_import_format_has_a_page_that_says_the_same_things():
    index = (_PAGES / "README.md").read_text("utf-8")
    for importer in detect.IMPORTERS:
        if importer is detect.OWN:
            continue  # documented where it is written: json.md and html.md
        page = (_PAGES / f"{importer.name}.md").read_text("utf-8")
        assert f"({importer.name}.md)" in index
        for part in ("**Where to get it**", "**Kept**", "**Not kept**", "**Known by**"):
            assert part in page, f"{importer.name} lacks {part}"
