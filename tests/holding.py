"""A database in the hands of another process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["HOLDER", "OUTSIDER", "held"]

OUTSIDER = """
import sys
import duckdb
connection = None
while connection is None:
    try:
        connection = duckdb.connect(sys.argv[1])
    except duckdb.IOException:
        pass  # the server has it at the moment
print("held", flush=True)
sys.stdin.readline()
connection.close()
"""
"""A program that knows nothing of turns."""
HOLDER = """
import sys
from squid_nb.store import Store
store = Store(sys.argv[1])
with store.database.lease():
    print("held", flush=True)
    sys.stdin.readline()
store.close()
"""
"""One of ours."""


@contextmanager
def held(database: Path, program: str = HOLDER) -> Iterator[subprocess.Popen[str]]:
    """The process that has it, until the block ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield holder
    finally:
        holder.communicate("\n")
