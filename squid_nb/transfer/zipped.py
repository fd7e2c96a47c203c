"""One zip of one file for each session."""

from __future__ import annotations

import zipfile
from typing import BinaryIO, cast

from .exporters import Exporter, Material
from .naming import file_name

__all__ = ["write_each"]


def write_each(stream: BinaryIO, exporter: Exporter, material: Material) -> None:
    """Write each session to a file of its own in a zip."""
    taken: set[str] = set()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for transcript in material.transcripts:
            session = transcript.session
            name = file_name(session.title) or session.id
            if name.lower() in taken:
                name = f"{name}-{session.id}"
            taken.add(name.lower())
            with archive.open(f"{name}{exporter.suffix}", "w") as member:
                exporter.write(cast("BinaryIO", member), Material(iter([transcript]), material.load))
