"""What one more small file costs next to 400 MB of others. Nothing is asserted about time."""

from __future__ import annotations

import os
from typing import Any

import pytest

from squid_nb.records import NewSource
from squid_nb.store import Store

_LARGE = 40
_LARGE_BYTES = 10 << 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("history") / "squid.duckdb")
    for _ in range(_LARGE):
        _put(store, _LARGE_BYTES)
    return store


def _put(store: Store, size: int) -> None:
    """A file that is new, and the database written out."""
    store.files.put(NewSource("file", "a.bin", "application/octet-stream", os.urandom(size), None))
    store.close()


def test_one_more_file_of_a_kilobyte(benchmark: Any, store: Store) -> None:
    benchmark.pedantic(_put, args=(store, 1000), rounds=10, warmup_rounds=1)
    # Once where benchmarks are disabled.
    assert len(store.sql("select sha256 from v_files")) in (_LARGE + 1, _LARGE + 11)
