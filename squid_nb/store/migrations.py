"""The schema, and how older files get to it: one function a step, in order, never edited after its release.

Tables have no PRIMARY KEY, UNIQUE or FOREIGN KEY clauses and no sequences, so that they can also live in a DuckLake.
Local files have no indexes on messages either: on 500,000 of them an index lookup saves 1 ms and its upkeep costs
40 ms each time the file is closed, while UUIDv7 ids are found by DuckDB's zone maps in 1.5 ms. `shelf_0` has one: a
scan reads blobs two thousand rows at a time, which for one file of 200 (350 MB) takes 0.3 s and 800 MB of memory.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import duckdb

from ..errors import StoreError, StoreNewer
from .rows import Connection, now, one, run

__all__ = ["MIGRATIONS", "Migration", "is_newest", "prepared"]

Migration: TypeAlias = Callable[[Connection], None]


def m001_tables(connection: Connection) -> None:
    """Users, sessions, messages, sources, files and the ledger."""
    connection.execute(
        """
        create table users (
            id uuid not null,
            name varchar not null,
            created_at timestamp not null
        );
        create table sessions (
            id uuid not null,
            owner_id uuid not null,
            title varchar not null,
            model varchar,
            system varchar,
            notebook varchar,
            head_id uuid,
            tags varchar[] not null,
            pinned boolean not null,
            archived boolean not null,
            created_at timestamp not null,
            updated_at timestamp not null
        );
        create table messages (
            id uuid not null,
            session_id uuid not null,
            parent_id uuid,
            role varchar not null,
            content varchar not null,
            reasoning varchar not null,
            status varchar not null,
            error varchar,
            hint varchar,
            model varchar,
            provider varchar,
            host varchar,
            door varchar not null,
            notebook varchar,
            cell_id varchar,
            execution_count integer,
            writer_host varchar not null,
            writer_pid integer not null,
            writer_started double not null,
            heartbeat_at timestamp not null,
            created_at timestamp not null
        );
        create table sources (
            id uuid not null,
            session_id uuid not null,
            message_id uuid not null,
            kind varchar not null,
            name varchar not null,
            detail varchar not null,
            sha256 varchar not null,
            created_at timestamp not null
        );
        create table files (
            sha256 varchar not null,
            size_bytes bigint not null,
            mime_type varchar not null,
            text varchar,
            data blob not null,
            created_at timestamp not null
        );
        create table usage (
            id uuid not null,
            session_id uuid not null,
            message_id uuid not null,
            user_id uuid not null,
            provider varchar not null,
            model varchar not null,
            host varchar not null,
            door varchar not null,
            input_tokens bigint,
            output_tokens bigint,
            reasoning_tokens bigint,
            cached_tokens bigint,
            cost_usd double,
            method varchar not null,
            first_token_ms double,
            duration_ms double,
            created_at timestamp not null
        );
        """
    )


def m002_imports(connection: Connection) -> None:
    """Where imported conversations and their messages came from."""
    connection.execute(
        """
        create table imports (
            owner_id uuid not null,
            origin varchar not null,
            key varchar not null,
            session_id uuid not null,
            imported_at timestamp not null
        );
        create table imported_messages (
            session_id uuid not null,
            key varchar not null,
            message_id uuid not null
        );
        """
    )


def m003_revisions_and_trash(connection: Connection) -> None:
    """What changed when, for the search index; deleted sessions that can still be restored."""
    connection.execute(
        """
        create table revision (history uuid not null, number bigint not null);
        insert into revision values (uuid(), 1);
        create table deletions (session_id uuid not null, revision bigint not null, purged boolean not null);
        alter table sessions add column revision bigint default 0;
        alter table messages add column revision bigint default 0;
        create table deleted_sessions as
            select *, null::timestamp as deleted_at, null::timestamp as purged_at from sessions limit 0;
        create table deleted_messages as from messages limit 0;
        create table deleted_sources as from sources limit 0;
        """
    )


def m004_file_index(connection: Connection) -> None:
    """A file is found by its hash without reading the others."""
    connection.execute("create index files_by_hash on files (sha256)")


def m005_removed_messages(connection: Connection) -> None:
    """Single messages that were deleted and can still be restored."""
    connection.execute(
        """
        create table removals (
            id uuid not null,
            session_id uuid not null,
            head_before uuid,
            head_after uuid,
            removed_at timestamp not null,
            purged_at timestamp not null
        );
        create table removed_messages as select null::uuid as removal_id, * from messages limit 0;
        create table removed_sources as select null::uuid as removal_id, * from sources limit 0;
        create table removed_links (
            removal_id uuid not null,
            message_id uuid not null,
            parent_before uuid,
            parent_after uuid
        );
        """
    )


def m006_shelves(connection: Connection) -> None:
    """The bytes of files lie apart from what is known of them, in tables of a bounded size; see `shelves.py`."""
    kept = one(connection, "select 1 as found from files limit 1") is not None
    connection.execute("create table shelves (number integer not null, used bigint not null)")
    connection.execute("drop index files_by_hash")
    # What is stored already stays where it is: moving it would take twice the space and all of the memory.
    connection.execute("alter table files rename to shelf_0" if kept else "drop table files")
    connection.execute(
        """
        create table files (
            sha256 varchar not null,
            size_bytes bigint not null,
            mime_type varchar not null,
            created_at timestamp not null,
            first_shelf integer not null,
            last_shelf integer not null
        )
        """
    )
    if kept:
        connection.execute("insert into files select sha256, size_bytes, mime_type, created_at, 0, 0 from shelf_0")
        connection.execute("create index shelf_0_by_hash on shelf_0 (sha256)")
        # It gets no more: a new file begins a new shelf.
        connection.execute("insert into shelves values (0, 0)")


MIGRATIONS: tuple[Migration, ...] = (
    m001_tables,
    m002_imports,
    m003_revisions_and_trash,
    m004_file_index,
    m005_removed_messages,
    m006_shelves,
)


def prepared(
    path: Path, *, connect: Callable[[], Connection], migrations: Sequence[Migration] | None = None
) -> Connection:
    """Open the file and bring it to the newest schema, with a copy of an existing file first.

    Raises
    ------
    StoreNewer
        When a newer squid_nb has written it.
    StoreError
        When it holds something else.
    """
    steps = MIGRATIONS if migrations is None else migrations
    connection = connect()
    try:
        version = _version(connection, path)
        if version > len(steps):
            raise StoreNewer(
                f"The database {path} has schema {version}, newer than the {len(steps)} this squid_nb knows.",
                "Upgrade with `pip install -U squid-nb`, or set database.path to another file.",
            )
        if version == len(steps):
            return connection
        if version:
            # DuckDB's lock belongs to the process: reading the open file through another handle would drop it.
            connection.close()
            _back_up(path, version)
            connection = connect()
        _migrate(connection, steps, version)
    except BaseException:
        connection.close()
        raise
    return connection


def is_newest(connection: Connection) -> bool:
    """Whether the file has the newest schema; what it has instead is for `prepared` to find out."""
    try:
        row = one(connection, "select max(version) as version from migrations")
    except duckdb.CatalogException:
        return False
    return row is not None and row["version"] == len(MIGRATIONS)


def _version(connection: Connection, path: Path) -> int:
    tables = {row["table_name"] for row in run(connection, "select table_name from duckdb_tables()")}
    if "migrations" in tables:
        row = one(connection, "select coalesce(max(version), 0) as version from migrations")
        return int(row["version"]) if row else 0
    if tables:
        raise StoreError(
            f"The DuckDB file {path} holds tables of another program.",
            "Set database.path to a file of its own for the chat history.",
        )
    return 0


def _back_up(path: Path, version: int) -> Path:
    copy = path.with_name(f"{path.stem}.schema{version}.{datetime.now(UTC):%Y%m%dT%H%M%S}{path.suffix}")
    shutil.copy2(path, copy)
    return copy


def _migrate(connection: Connection, steps: Sequence[Migration], version: int) -> None:
    # A new file is made whole, in one transaction: each commit waits for the disk.
    each = version > 0
    connection.execute("begin transaction")
    for number, step in enumerate(steps[version:], start=version + 1):
        step(connection)
        _record(connection, number, step)
        if number == len(steps):
            # Views hold no data, so the newest migration always brings the newest views.
            connection.execute(resources.files(__package__).joinpath("views.sql").read_text("utf-8"))
        elif each:
            connection.execute("commit")
            connection.execute("begin transaction")
    connection.execute("commit")


def _record(connection: Connection, number: int, step: Migration) -> None:
    connection.execute(
        "create table if not exists migrations (version integer not null, name varchar not null, applied_at timestamp)"
    )
    name = re.sub(r"^m\d+_", "", step.__name__)
    run(
        connection,
        "insert into migrations values ($version, $name, $at)",
        version=number,
        name=name,
        at=now(),
    )
