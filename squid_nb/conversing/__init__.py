"""What a view and its process say to each other, over a comm or a WebSocket; `js/src/wire.ts` is the other side."""

from .bridge import Bridge
from .dashboard_bridge import DashboardBridge
from .file_watch import FileWatch
from .sessions_bridge import SessionsBridge

__all__ = ["Bridge", "DashboardBridge", "FileWatch", "SessionsBridge"]
