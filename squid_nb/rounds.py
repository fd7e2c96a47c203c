"""Which time within one run of a notebook cell the same is asked, so that a loop that runs again is recognised.

The second round of a loop may ask what the first one did. Run again, each round is then the one it was before.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from .records import Provenance

__all__ = ["Rounds"]


class Rounds:
    """What the cells of this process have asked in their last run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[str, tuple[int | None, Counter[tuple[str, ...]]]] = {}

    def count(self, provenance: Provenance, prompt: str, hashes: Sequence[str]) -> int | None:
        """How often this run of the cell has asked this before, with these sources; notes that it asks it now.

        None when it is not known which cell asks, or which run of it.
        """
        if provenance.cell_id is None or provenance.execution_count is None:
            return None
        with self._lock:
            execution, asked = self._cells.get(provenance.cell_id, (None, Counter()))
            if execution != provenance.execution_count:
                asked = Counter()
            self._cells[provenance.cell_id] = provenance.execution_count, asked
            asked[prompt, *hashes] += 1
            return asked[prompt, *hashes] - 1
