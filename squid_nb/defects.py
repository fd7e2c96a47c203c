"""The log's line about a defect: what kind of error came from which lines, never its words.

An error's words may hold what somebody wrote.
"""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

__all__ = ["line_of", "log_defect"]

_log = logging.getLogger(__name__)
_FRAMES = 6


def line_of(where: str, error: BaseException) -> str:
    """The line, as JSON."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return json.dumps({"event": "defect", "where": where, "error": type(error).__name__, "at": at})


def log_defect(where: str, error: BaseException) -> None:
    """Write it."""
    _log.error(line_of(where, error))
