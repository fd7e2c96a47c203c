"""What `/models` says, in the dialects of those who speak it."""

from __future__ import annotations

import json
from typing import Any

from ..records import ModelInfo
from .connection import Connection
from .refusals import clean

__all__ = ["ask_listing", "model_info", "read_listing"]

_TIMEOUT_S = 10.0
_SIZES = ("loaded_context_length", "n_ctx", "max_model_len", "context_length", "max_context_length", "n_ctx_train")


async def ask_listing(connection: Connection) -> list[Any] | None:
    """The entries of `/models`, or None when this path has no such list.

    Raises
    ------
    Unreachable
        Nothing answers.
    """
    response = await connection.send("GET", "/models", timeout_s=min(_TIMEOUT_S, connection.timeout_s))
    text = await connection.body(response)
    return read_listing(text) if response.is_success else None


def read_listing(text: str) -> list[Any] | None:
    """The entries in a body of `/models`, or None when it is something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return found if isinstance(found, list) else None
    entries = found.get("data")
    # Ollama says `null` when it has no models.
    return [] if entries is None and found.get("object") == "list" else entries if isinstance(entries, list) else None


def model_info(entry: Any, *, provider: str, host: str) -> ModelInfo | None:
    """One entry as a record; None when it names nothing that can be asked."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("id") or entry.get("name")
    # The name is sent back as it came, so one that would have to be cleaned is not offered at all.
    if not isinstance(name, str) or not name or clean(name) != name:
        return None
    meta = entry.get("meta")
    places = (entry, meta if isinstance(meta, dict) else {})
    context = next((place[size] for size in _SIZES for place in places if isinstance(place.get(size), int)), None)
    return ModelInfo(name, provider, host, context, _loaded(entry))


def _loaded(entry: dict[str, Any]) -> bool | None:
    """LM Studio says `state`, llama.cpp's router `status.value`; others keep it to themselves."""
    status = entry.get("status")
    state = status.get("value") if isinstance(status, dict) else entry.get("state")
    return state == "loaded" if state in ("loaded", "not-loaded", "unloaded", "loading") else None
