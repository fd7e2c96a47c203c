"""Which notebook cell is asking: the notebook's path, the cell's id and its execution count, as far as they are known.

Looks only at what is already loaded, so that it costs nothing outside a notebook.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from .records import Provenance

__all__ = ["here"]


def here(door: str) -> Provenance:
    """Provenance of the running cell for a door; empty fields outside a notebook."""
    shell = _shell()
    if shell is None:
        return Provenance(door=door)
    return Provenance(
        door=door,
        notebook=_notebook(shell),
        cell_id=_cell_id(shell),
        execution_count=getattr(shell, "execution_count", None),
    )


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _notebook(shell: Any) -> str | None:
    """JupyterLab tells the kernel its session's path; VS Code puts the file's into the namespace."""
    path = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    return str(path) if path else None


def _cell_id(shell: Any) -> str | None:
    """JupyterLab, Notebook 7 and VS Code send the cell's id with each execution request."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    metadata = kernel.get_parent().get("metadata") or {}
    cell_id = metadata.get("cellId") or metadata.get("cell_id")
    return str(cell_id) if cell_id else None
