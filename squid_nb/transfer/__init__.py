"""Conversations come in from other programs; see `importing.py` for the path and `formats/` for what is read."""

from .conversation import Attachment, Conversation, Turn
from .importing import Progress, import_file
from .report import Report, ReportItem

__all__ = ["Attachment", "Conversation", "Progress", "Report", "ReportItem", "Turn", "import_file"]
