"""The doors inside a notebook's output: anywidget views on one `Squid`."""

from __future__ import annotations

from .chat_widget import ChatWidget
from .sessions_widget import SessionsWidget

__all__ = ["ChatWidget", "SessionsWidget"]
