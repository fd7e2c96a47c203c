"""What is said in place of a file that an export mentions and does not carry."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["with_missing"]


def with_missing(content: str, names: Iterable[str]) -> str:
    """The content, followed by a line for each file that did not come with it."""
    lines = [f"[attached: {' '.join(name.split())[:200] or 'a file'}, not in the export]" for name in names]
    return "\n\n".join(part for part in (content, "\n".join(lines)) if part)
