"""Full-text search; see `search.py` for what it offers."""

from .dates import When, moment
from .query import Filters, Query, parse
from .search import Search

__all__ = ["Filters", "Query", "Search", "When", "moment", "parse"]
