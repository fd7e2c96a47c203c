"""The doors inside a notebook's output: anywidget views on one `Squid`."""

from __future__ import annotations

from .chat_widget import ChatWidget

__all__ = ["ChatWidget"]
