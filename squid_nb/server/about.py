"""Routes about the server itself: health, settings, models."""

from __future__ import annotations

import time
from typing import Any

from .._version import __version__
from ..records import ModelInfo
from .routes import Call, Route
from .schemas import Health, Setting

__all__ = ["ROUTES"]


async def health(call: Call[None, None]) -> dict[str, Any]:
    """Whether the server is there; it asks neither the database nor a thread, so it answers whatever they do."""
    state = call.state
    return {
        "status": "ok",
        "version": __version__,
        "uptime_s": round(time.monotonic() - state.started, 3),
        "answering": state.answering(),
        "jobs": state.jobs.active(),
        "views": len(state.links),
    }


async def config(call: Call[None, None]) -> list[dict[str, str]]:
    """Every setting, its value and where it came from, without secrets."""
    return [{"key": one.key, "value": one.value_shown, "origin": one.origin} for one in call.squid.config.origins()]


async def models(call: Call[None, None]) -> list[ModelInfo]:
    """What the configured endpoint offers, and servers on this machine's usual ports."""
    return await call.squid.amodels()


ROUTES = (
    Route("GET", "health", health, "Whether the server is there.", Health),
    Route("GET", "config", config, "Settings, without secrets.", list[Setting]),
    Route("GET", "models", models, "Models that can be asked.", list[ModelInfo], fails=(502,)),
)
