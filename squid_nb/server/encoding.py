"""Answers as bytes: JSON, compressed where the other side can read that."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

__all__ = ["encode", "is_small", "takes_gzip"]

_WORTH_COMPRESSING = 1024
_FEW = 20
_SHORT = 500
_GZIP = re.compile(r"(?:^|[,\s])gzip\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?(?:,|$)", re.IGNORECASE)


def takes_gzip(header: str) -> bool:
    """What `Accept-Encoding` says of it, which may be a refusal: `gzip;q=0`."""
    said = _GZIP.search(header)
    return said is not None and (said[1] is None or float(said[1]) > 0)


def is_small(value: Any) -> bool:
    """A few plain values, such as `health` says."""
    return isinstance(value, dict) and len(value) <= _FEW and not any(map(_may_be_long, value.values()))


def _may_be_long(value: Any) -> bool:
    return isinstance(value, (list, dict)) or (isinstance(value, str) and len(value) > _SHORT)


def encode(value: Any, *, compress: bool) -> tuple[bytes, bool]:
    """As JSON, and whether it is compressed: only where that is wished for and saves something."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if compress and len(data) >= _WORTH_COMPRESSING:
        return gzip.compress(data, 5, mtime=0), True
    return data, False
