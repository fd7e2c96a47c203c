"""Full-text search; see `search.py` for what it offers."""

from .query import Filters, Query, parse
from .search import Search, When

__all__ = ["Filters", "Query", "Search", "When", "parse"]
