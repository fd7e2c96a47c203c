"""The history in DuckDB; see `store.py` for what it offers."""

from .database import Database
from .ids import new_id
from .lock import Owner
from .store import Store
from .turns import OpenTurn

__all__ = ["Database", "OpenTurn", "Owner", "Store", "new_id"]
