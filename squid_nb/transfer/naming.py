"""Titles as names of files."""

from __future__ import annotations

import re

__all__ = ["file_name"]

_LENGTH = 60


def file_name(title: str) -> str:
    """A title as the name of a file on any system; empty when nothing is left of it."""
    words = re.sub(r"[^\w\- ]+", " ", title).split()
    name = "-".join(words).encode()[: _LENGTH * 2].decode("utf-8", "ignore")
    return name[:_LENGTH].strip("-_")
