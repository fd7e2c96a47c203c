"""What a message is given to read: files, uploads and kernel variables become sources."""

from __future__ import annotations

from .files import from_bytes, from_path
from .values import from_value

__all__ = ["from_bytes", "from_path", "from_value"]
