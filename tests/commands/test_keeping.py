"""`export`, `backup`, `restore` and `doctor --deep` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from squid_nb import commands
from squid_nb.commands import Context
from squid_nb.errors import InvalidInput, StoreError, TransferError
from squid_nb.squid import Squid


@pytest.fixture
def context(tmp_path: Path) -> Context:
    place = tmp_path / "here"
    place.mkdir()
    return Context(door="cli", cwd=place)


def run(squid: Squid, line: str, context: Context) -> str:
    return commands.run(squid, line, context).text


def titles(path: Path) -> list[str]:
    return [record["title"] for record in json.loads(path.read_text()) if record["type"] == "session"]


def test_export_writes_the_current_session_named_after_it(squid: Squid, context: Context) -> None:
    assert context.cwd is not None
    squid.current = squid.sessions.create("Plans: a/b?").id
    assert run(squid, "export", context) == f"Wrote {context.cwd / 'Plans-a-b.html'}."
    with pytest.raises(TransferError, match="exists already"):
        run(squid, "export", context)
    run(squid, "export --force", context)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--all", ["One", "Two", "Three"]),
        ("--tag work", ["One", "Three"]),
        ("--query tag:work", ["One", "Three"]),
        ("--query tw", ["Two"]),
        ("One Two", ["One", "Two"]),
    ],
)
def test_export_takes_all_some_or_named_sessions(
    squid: Squid, context: Context, words: str, expected: list[str]
) -> None:
    squid.sessions.create("One", tags=["work"])
    squid.sessions.create("Two")
    squid.sessions.archive(squid.sessions.create("Three", tags=["work"]), on="--all" in words)
    assert context.cwd is not None
    run(squid, f"export {words} --to out.json", context)
    assert sorted(titles(context.cwd / "out.json")) == sorted(expected)


def test_the_name_of_the_file_tells_the_format(squid: Squid, context: Context) -> None:
    assert context.cwd is not None
    squid.current = squid.sessions.create("One").id
    for name, start in {"a.md": "# One", "a.ipynb": "{", "a.json": "[", "a.html": "<!doctype html>"}.items():
        run(squid, f"export --to {name}", context)
        assert (context.cwd / name).read_text().startswith(start)
    run(squid, "export --format parquet --to a.zip", context)
    assert (context.cwd / "a.zip").read_bytes().startswith(b"PK")


def test_naming_sessions_and_filtering_them_is_refused(squid: Squid, context: Context) -> None:
    squid.sessions.create("One")
    with pytest.raises(InvalidInput, match="not both"):
        run(squid, "export One --all", context)


def test_a_backup_is_restored(squid: Squid, context: Context) -> None:
    squid.sessions.create("Before")
    assert "1 session, 0 messages, 0 files" in run(squid, "backup b.zip", context)
    squid.current = squid.sessions.create("After").id
    with pytest.raises(StoreError, match="holds a history already"):
        run(squid, "restore b.zip", context)
    assert "the replaced database is kept as" in run(squid, "restore b.zip --force", context)
    assert [session.title for session in squid.sessions.list().items] == ["Before"]
    assert squid.current is None
    assert "Before" in [hit.title for hit in squid.search("Before").items]


def test_progress_is_told(squid: Squid, context: Context) -> None:
    seen: list[tuple[float, str]] = []
    told = Context(door="cli", cwd=context.cwd, progress=lambda fraction, what: seen.append((fraction, what)))
    squid.current = squid.sessions.create("One").id
    run(squid, "export", told)
    run(squid, "backup", told)
    assert {what for _, what in seen} == {"Exporting", "Backing up"}
    assert seen[-1] == (1.0, "Backing up")


def test_doctor_deep_reads_the_history(squid: Squid, context: Context) -> None:
    squid.sessions.create("One")
    assert "trees, attachments and ledger fit together" in run(squid, "doctor --deep", context)
    assert "trees, attachments" not in run(squid, "doctor", context)
