"""Who answers. `open_provider` is the only way in; nothing heavy is imported before it is called."""

from __future__ import annotations

from .offered import open_provider
from .provider import ChatRequest, Provider, ProviderEvent

__all__ = ["ChatRequest", "Provider", "ProviderEvent", "open_provider"]
