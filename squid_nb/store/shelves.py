"""The bytes and texts of files, on shelves: tables of a bounded size, `shelf_1`, `shelf_2` and so on.

DuckDB writes a column of long values anew, as a whole, whenever its table gets a row: next to 400 MB of files one more
of 1 KB took a second, and memory for all of them. So only the last shelf grows, and only so far; a file that is larger
lies on several, in parts. `shelf_0` holds what was stored before there were shelves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from .rows import Connection, one, run

__all__ = ["PLACE", "Place", "data_of", "drop", "put", "strays", "texts_of"]

_SHELF_BYTES = 16 << 20
_PART_BYTES = 8 << 20
_PART_CHARACTERS = 4 << 20

PLACE = ("first_shelf", "last_shelf")
"""Where the columns of `files` say that a file lies."""


class Place(NamedTuple):
    """The shelves that hold a file."""

    first: int
    last: int

    def shelves(self) -> range:
        return range(self.first, self.last + 1)


def put(connection: Connection, sha256: str, data: bytes, text: str | None) -> Place:
    """Store the bytes and the text of a file."""
    shelf = one(connection, "select number, used from shelves order by number desc limit 1")
    number, used = (shelf["number"], shelf["used"]) if shelf else (0, 0)
    first = 0
    for part, (piece, words) in enumerate(_parts(data, text)):
        size = len(piece) + len(words or "")
        if number == 0 or used + size > _SHELF_BYTES:
            number, used = _new_shelf(connection, number + 1), 0
        run(
            connection,
            f"insert into shelf_{number} select $sha256, $part, $data, $text",
            sha256=sha256,
            part=part,
            data=piece,
            text=words,
        )
        used += size
        run(connection, "update shelves set used = $used where number = $number", used=used, number=number)
        first = first or number
    return Place(first, number)


def data_of(connection: Connection, sha256: str, place: Place) -> bytes | None:
    """The bytes of a file; None when they are lost."""
    there = _numbers(connection)
    pieces = [
        row["data"]
        for number in place.shelves()
        if number in there
        for row in run(
            connection,
            f"select data from shelf_{number} where sha256 = $sha256 order by {_order(number)}",
            sha256=sha256,
        )
    ]
    if not pieces:
        return None
    return bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)


def texts_of(connection: Connection, hashes: Collection[str]) -> dict[str, str]:
    """The texts of those of these files that have one."""
    found: dict[str, list[str]] = defaultdict(list)
    for number, keys in sorted(_by_shelf(connection, hashes).items()):
        rows = run(
            connection,
            f"""
            select sha256, text from shelf_{number}
            where sha256 in (select unnest($keys::varchar[])) and text is not null
            order by {_order(number)}
            """,
            keys=keys,
        )
        for row in rows:
            found[row["sha256"]].append(row["text"])
    return {sha256: "".join(parts) for sha256, parts in found.items()}


def drop(connection: Connection, hashes: Collection[str]) -> None:
    """Remove the bytes and texts of these files, and shelves that are empty then."""
    for number, keys in _by_shelf(connection, hashes).items():
        run(connection, f"delete from shelf_{number} where sha256 in (select unnest($keys::varchar[]))", keys=keys)
        if one(connection, f"select 1 as left_over from shelf_{number} limit 1") is None:
            connection.execute(f"drop table shelf_{number}")
            run(connection, "delete from shelves where number = $number", number=number)


def strays(connection: Connection, *, remove: bool = False) -> int:
    """How many rows on the shelves belong to no file; they are removed when asked for."""
    count = 0
    for number in _numbers(connection):
        query = f"select distinct sha256 from shelf_{number} where sha256 not in (select sha256 from files)"
        keys = [row["sha256"] for row in run(connection, query)]
        count += len(keys)
        if remove and keys:
            run(connection, f"delete from shelf_{number} where sha256 in (select unnest($keys::varchar[]))", keys=keys)
    return count


def _parts(data: bytes, text: str | None) -> Iterator[tuple[bytes, str | None]]:
    """Pieces of the bytes and of the text, side by side; at least one."""
    count = max(1, -(-len(data) // _PART_BYTES), -(-len(text or "") // _PART_CHARACTERS))
    for part in range(count):
        words = None if text is None else text[part * _PART_CHARACTERS : (part + 1) * _PART_CHARACTERS]
        piece = data if count == 1 else data[part * _PART_BYTES : (part + 1) * _PART_BYTES]
        yield piece, words


def _new_shelf(connection: Connection, number: int) -> int:
    columns = "sha256 varchar not null, part integer not null, data blob not null, text varchar"
    connection.execute(f"create table shelf_{number} ({columns})")
    run(connection, "insert into shelves select $number, 0", number=number)
    return number


def _order(number: int) -> str:
    # What was stored before there were shelves is in one piece.
    return "part" if number else "sha256"


def _numbers(connection: Connection) -> Sequence[int]:
    return [row["number"] for row in run(connection, "select number from shelves order by number")]


def _by_shelf(connection: Connection, hashes: Collection[str]) -> dict[int, list[str]]:
    rows = run(
        connection,
        "select sha256, first_shelf, last_shelf from files where sha256 in (select unnest($hashes::varchar[]))",
        hashes=list(hashes),
    )
    there = _numbers(connection) if rows else ()
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        for number in Place(row["first_shelf"], row["last_shelf"]).shelves():
            if number in there:
                found[number].append(row["sha256"])
    return found
