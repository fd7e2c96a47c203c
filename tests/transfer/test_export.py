"""What each format holds, and that an export is whole or not there at all."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb
import jsonschema
import nbformat
import pytest
from transfer.talks import PNG, Talk, full_talk

from squid_nb.config import Config
from squid_nb.errors import Cancelled, InvalidInput, NotFound, TransferError
from squid_nb.squid import Squid
from squid_nb.store import Store
from squid_nb.transfer.export import ExportProgress

FORMATS = ["json", "markdown", "html", "ipynb", "parquet"]


@pytest.fixture
def squid(tmp_path: Path) -> Iterator[Squid]:
    made = Squid(Config.load(), user="ada", store=Store(tmp_path / "history.duckdb"))
    yield made
    made.close()


@pytest.fixture
def full(squid: Squid) -> str:
    return full_talk(squid.user.id).put(squid.store, squid.user.id)


def leftovers(place: Path) -> list[str]:
    return [path.name for path in place.iterdir() if path.name.startswith(".")]


def test_json_is_valid_by_its_schema(squid: Squid, full: str, tmp_path: Path) -> None:
    Talk("Empty").put(squid.store, squid.user.id)
    text = resources.files("squid_nb.transfer").joinpath("schema", "history.v1.json").read_text("utf-8")
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    told = json.loads(squid.export(None, "json", tmp_path / "all.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(told)
    assert [record["type"] for record in told] == ["head", "file", "file", "file", "session", "session"]
    assert len(told[-2]["messages"]) == 7
    assert len(told[-2]["calls"]) == 2


def test_the_schema_refuses_what_is_not_in_it(squid: Squid, full: str, tmp_path: Path) -> None:
    schema = json.loads(resources.files("squid_nb.transfer").joinpath("schema", "history.v1.json").read_text("utf-8"))
    told = json.loads(squid.export(full, "json", tmp_path / "one.json").read_text("utf-8"))
    told[-1]["messages"][0]["api_key"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema)


def test_markdown_reads_as_the_visible_conversation(squid: Squid, full: str, tmp_path: Path) -> None:
    text = squid.export(full, "markdown", tmp_path / "a.md").read_text("utf-8")
    assert text.startswith("# Pandas \\& \\<b\\>groupby\\</b\\>\n")
    assert "```python\nprint('<hi>')\n```\nDone." in text
    assert "- file: n.txt (3 bytes)" in text
    assert "<details><summary>Reasoning</summary>" in text
    assert "*1 other version of this message is not shown.*" in text
    assert "Old answer" not in text
    assert text.index("Why?") < text.index("print(") < text.index("And?") < text.index("It broke.")


def test_a_notebook_is_valid_and_its_code_is_code(squid: Squid, tmp_path: Path) -> None:
    talk = Talk("Plot")
    talk.say("user", "Plot it ![x](https://tracker.example/x.png)")
    talk.say(
        "assistant",
        "First:\n\n```python\nimport math\n\n%matplotlib inline\n```\nthen\n\n~~~~sql\nselect 1\n~~~~\n```py\n1 + 1",
    )
    talk.put(squid.store, squid.user.id)
    path = squid.export(talk.id, "ipynb", tmp_path / "a.ipynb")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    assert [kind for kind, _ in cells] == ["markdown", "markdown", "markdown", "code", "markdown", "code"]
    assert cells[3][1] == "import math\n\n%matplotlib inline"
    assert cells[4][1] == "then\n\n```sql\nselect 1\n```"
    assert cells[5][1] == "1 + 1"
    assert all(cell.execution_count is None and not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert "![x]" not in cells[1][1]


def test_a_notebook_of_everything_is_valid(squid: Squid, full: str, tmp_path: Path) -> None:
    full_talk(squid.user.id, "Another").put(squid.store, squid.user.id)
    nbformat.validate(nbformat.read(squid.export(None, "ipynb", tmp_path / "all.ipynb"), as_version=4))


def test_parquet_holds_the_tables_and_the_files(squid: Squid, full: str, tmp_path: Path) -> None:
    Talk("Not chosen").put(squid.store, squid.user.id)
    place = squid.export(full, "parquet", tmp_path / "tables")
    manifest = json.loads((place / "manifest.json").read_bytes())
    assert manifest["tables"] == {"sessions": 1, "messages": 7, "sources": 4, "files": 3, "usage": 2}
    with duckdb.connect() as connection:
        connection.execute("select id, title, tags from read_parquet($1)", [str(place / "sessions.parquet")])
        assert connection.fetchall() == [(full, "Pandas & <b>groupby</b>", ["work", "日本"])]
        names = {
            row[0]
            for row in connection.execute(
                "describe from read_parquet($1)", [str(place / "messages.parquet")]
            ).fetchall()
        }
    assert not names & {"writer_host", "writer_pid", "heartbeat_at"}
    attached = {path.read_bytes() for path in (place / "files").iterdir() if not path.suffix}
    assert attached == {b"abc", b"\xff\x00raw", PNG}
    tables = {f"{table}.parquet" for table in manifest["tables"]}
    assert {path.name for path in place.iterdir()} == {"files", "manifest.json", *tables}


def test_parquet_in_a_zip(squid: Squid, full: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(squid.export(full, "parquet", tmp_path / "tables.zip")) as archive:
        assert archive.testzip() is None
        assert {"sessions.parquet", "manifest.json"} <= set(archive.namelist())
    assert leftovers(tmp_path) == []


def test_a_zip_of_markdown_has_a_file_for_each_session(squid: Squid, tmp_path: Path) -> None:
    for title in ("Same", "same", "../../etc/passwd", "日本", ""):
        Talk(title).put(squid.store, squid.user.id)
    with zipfile.ZipFile(squid.export(None, "markdown", tmp_path / "all.zip")) as archive:
        names = archive.namelist()
    assert len(set(names)) == 5
    assert {"etc-passwd.md", "日本.md"} <= set(names)
    assert not any("/" in name or ".." in name for name in names)


@pytest.mark.parametrize("form", FORMATS)
def test_an_existing_target_is_only_replaced_by_force(squid: Squid, full: str, tmp_path: Path, form: str) -> None:
    path = squid.export(full, form, tmp_path / "out")
    with pytest.raises(TransferError, match="exists already"):
        squid.export(full, form, path)
    squid.export(full, form, path, force=True)
    assert leftovers(tmp_path) == []


def test_force_never_replaces_a_directory_of_something_else(squid: Squid, full: str, tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.txt").write_text("years")
    for form in FORMATS:
        written = squid.export(full, form, place, force=True)
        assert written.parent == place
    assert (place / "thesis.txt").read_text() == "years"


@pytest.mark.parametrize("form", FORMATS)
def test_cancelling_leaves_nothing(squid: Squid, full: str, tmp_path: Path, form: str) -> None:
    with pytest.raises(Cancelled):
        squid.export(full, form, tmp_path / "out", cancel=lambda: True)

    def interrupt(_: ExportProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        squid.export(full, form, tmp_path / "out", progress=interrupt)
    assert not (tmp_path / "out").exists()
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("form", FORMATS)
def test_progress_grows_to_the_end(squid: Squid, full: str, tmp_path: Path, form: str) -> None:
    Talk("Two").put(squid.store, squid.user.id)
    seen: list[ExportProgress] = []
    squid.export(None, form, tmp_path / "out", progress=seen.append)
    assert [told.fraction for told in seen] == sorted(told.fraction for told in seen)
    assert seen[-1] == ExportProgress(1.0, 2)


@pytest.mark.parametrize("form", FORMATS)
def test_a_place_that_cannot_be_written_is_said_in_a_sentence(
    squid: Squid, full: str, tmp_path: Path, form: str
) -> None:
    with pytest.raises(TransferError, match="There is no directory"):
        squid.export(full, form, tmp_path / "nowhere" / "out")
    with pytest.raises(TransferError, match="its name is too long"):
        squid.export(full, form, tmp_path / ("x" * 300))


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "parquet"])
def test_a_full_disk_leaves_what_was_there(
    squid: Squid, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = squid.export(full, form, tmp_path / "out")
    was = path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("squid_nb.transfer.target.os.fsync", full_disk)
    with pytest.raises(TransferError, match="the disk is full"):
        squid.export(full, form, path, force=True)
    assert path.read_bytes() == was
    assert leftovers(tmp_path) == []


def test_what_cannot_be_chosen_is_said_in_a_sentence(squid: Squid, full: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nothing to export"):
        squid.export({"query": "no such words"}, "json", tmp_path / "a")
    with pytest.raises(InvalidInput, match="Did you mean markdown"):
        squid.export(full, "markdwon", tmp_path / "a")
    with pytest.raises(InvalidInput, match="no filter of sessions"):
        squid.export({"colour": "red"}, "json", tmp_path / "a")
    with pytest.raises(NotFound):
        squid.export("no such session", "json", tmp_path / "a")


def test_other_peoples_sessions_are_not_exported(squid: Squid, full: str, tmp_path: Path) -> None:
    grace = Squid(squid.config, user="grace", store=squid.store)
    with pytest.raises(InvalidInput, match="nothing to export"):
        grace.export(None, "json", tmp_path / "a")
    with pytest.raises(Exception, match="somebody else"):
        grace.export(full, "json", tmp_path / "a")


def test_everything_that_names_sessions_can_be_exported(squid: Squid, full: str, tmp_path: Path) -> None:
    chosen = [
        full, squid.sessions.get(full), [full], squid.sessions.list(), squid.sessions.select(full), {"tags": ["work"]},
        squid.search("print"), None,
    ]  # fmt: skip
    sizes = set()
    for number, one in enumerate(chosen):
        written = squid.export(one, "json", tmp_path / f"{number}.json")
        sizes.add(len([record for record in json.loads(written.read_bytes()) if record["type"] == "session"]))
    assert sizes == {1}


def test_no_key_and_no_name_of_this_machine_goes_out(
    squid: Squid, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-key")
    squid.store.open_turn(user_id=squid.user.id, question="Now?", model="m")
    for form in FORMATS:
        path = squid.export(None, form, tmp_path / f"{form}.zip" if form == "parquet" else tmp_path / f"x.{form}")
        assert b"sk-very-secret-key" not in path.read_bytes()
        assert socket.gethostname().encode() not in path.read_bytes()


_WRITER = """
import sys
from squid_nb.store import Store
store = Store(sys.argv[1])
user = store.users.ensure("ada").id
print("ready", flush=True)
for number in range(60):
    turn = store.open_turn(user_id=user, question=f"Question {number}", title="T")
    store.close_turn(turn.answer.id, content=f"Answer {number}", status="complete")
print("done", flush=True)
"""


@pytest.mark.parametrize("form", FORMATS)
def test_exporting_while_another_process_writes(squid: Squid, full: str, tmp_path: Path, form: str) -> None:
    command = [sys.executable, "-c", _WRITER, str(squid.store.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        for number in range(3):
            assert squid.export(None, form, tmp_path / f"{number}").exists()
        assert writer.stdout.readline() == "done\n"
    assert writer.returncode == 0
    assert len(squid.sessions.list(limit=100).items) == 61
