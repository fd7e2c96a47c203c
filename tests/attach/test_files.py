"""Files and uploads become sources, or one sentence says why not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from squid_nb.attach import from_bytes, from_path
from squid_nb.attach.files import clean_name
from squid_nb.config import Config
from squid_nb.errors import SourceError

CONFIG = Config()
SMALL = Config().replace({"files.max_file_size_mb": 0.01})


def test_a_text_file_is_read_whole_and_says_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("# Plan\nfeed the squid\n", encoding="utf-8")
    source = from_path(file, config=CONFIG)
    assert (source.kind, source.name, source.mime_type) == ("file", "notes.md", "text/markdown")
    assert source.text == "# Plan\nfeed the squid\n"
    assert source.data == file.read_bytes()
    assert source.detail["path"] == str(file)


def test_too_large_names_the_size_the_limit_and_the_setting() -> None:
    with pytest.raises(SourceError) as caught:
        from_bytes("notes.txt", b"x" * 11000, config=SMALL)
    assert caught.value.message == "notes.txt is 10.8 KB; the limit is 0.01 MB (files.max_file_size_mb)."
    assert caught.value.hint


def test_a_size_just_over_the_limit_does_not_read_as_the_limit() -> None:
    with pytest.raises(SourceError, match=r"is 10\.1 MB; the limit is 10 MB"):
        from_bytes("a.txt", b"x" * (10 * 1024 * 1024 + 1), config=CONFIG)


def test_a_file_that_grows_while_it_is_read_is_still_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * 20000)
    real = Path.stat

    def smaller(self: Path, **options: bool) -> os.stat_result:
        values = list(real(self, **options))
        values[6] = 1
        return os.stat_result(values)

    monkeypatch.setattr(Path, "stat", smaller)
    with pytest.raises(SourceError, match="the limit is"):
        from_path(file, config=SMALL)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "is a directory"),
        ("missing.txt", "There is no file"),
        ("bad\0name", "There is no file .*badname"),
        ("a.txt/b", "There is no file"),
    ],
)
def test_what_is_no_readable_file_is_one_sentence(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        from_path(tmp_path / name, config=CONFIG)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a regular file"):
        from_path(tmp_path / "pipe", config=CONFIG)


def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "private.txt"
    file.write_text("x", encoding="utf-8")

    def refuse(self: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match=r"private\.txt may not be read"):
        from_path(file, config=CONFIG)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("naïve\n".encode(), "naïve\n"),
        (b"\xef\xbb\xbfhello", "hello"),
        ("héllo wörld".encode("utf-16"), "héllo wörld"),
        ("plain wide text".encode("utf-16-le"), "plain wide text"),
        ("plain wide text".encode("utf-16-be"), "plain wide text"),
        ("squid".encode("utf-32"), "squid"),
        ("caf\xe9 \u20ac5".encode("cp1252"), "café €5"),
        (b"odd \x81 byte", "odd \x81 byte"),
        (b"", ""),
        (b"\x1b[31mred\x1b[0m log", "\x1b[31mred\x1b[0m log"),
    ],
)
def test_text_in_any_encoding_is_read(data: bytes, text: str) -> None:
    assert from_bytes("a.txt", data, config=CONFIG).text == text


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"%PDF-1.7 words", b"PK\x03\x04zip", b"\xff\xfea"])
def test_binary_data_is_refused_with_a_hint(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"notes\.bin is a binary file\. Text, CSV, notebooks and images"):
        from_bytes("notes.bin", data, config=CONFIG)


def test_a_parquet_file_says_how_to_attach_its_table() -> None:
    with pytest.raises(SourceError, match=r"pandas\.read_parquet\(…\) and attach the variable with @name"):
        from_bytes("t.parquet", b"PAR1\0\0\0\0", config=CONFIG)


def test_an_image_is_told_by_its_bytes_and_has_no_text() -> None:
    source = from_bytes("shot.txt", b"\x89PNG\r\n\x1a\n\0\0", config=CONFIG)
    assert (source.mime_type, source.text) == ("image/png", None)


def test_typescript_is_text_and_not_video() -> None:
    assert from_bytes("app.ts", b"let x = 1", config=CONFIG).mime_type == "text/plain"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("two\nlines\x07.txt", "two lines.txt"),
        ("", "unnamed"),
        ("\x00\x1b", "unnamed"),
        ("/", "unnamed"),
    ],
)
def test_names_are_not_trusted(name: str, shown: str) -> None:
    assert clean_name(name) == shown
    assert from_bytes(name, b"x", config=CONFIG).name == shown


def test_a_very_long_name_keeps_its_ending() -> None:
    name = clean_name("a" * 5000 + ".csv")
    assert len(name) <= 200
    assert name.endswith(".csv")


def test_a_small_table_is_whole_and_counted() -> None:
    text = from_bytes("a.csv", b'x,y\n1,"two\nlines"\n3,4\n', config=CONFIG).text
    assert text == 'x,y\n1,"two\nlines"\n3,4\n\n[a.csv: all 2 rows shown.]'


def test_a_large_table_is_cut_at_a_row_and_says_so() -> None:
    data = b"x,y\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(20000))
    source = from_bytes("a.csv", data, config=CONFIG)
    assert source.text is not None
    assert len(source.text) < CONFIG.context.max_tokens * 4
    assert source.data == data
    head, note = source.text.rsplit("\n\n", 1)
    last = int(head.rsplit("\n", 1)[1].split(",")[0])
    assert note == f"[a.csv: the first {last + 1:,} of 20,000 rows shown; the file has {len(data):,} bytes.]"


def test_one_endless_line_of_a_table_is_cut() -> None:
    text = from_bytes("a.csv", b"x," * 2_000_000, config=CONFIG).text
    assert text is not None
    assert len(text) < 20_000
    assert "[line cut]" in text


def notebook(*cells: dict[str, object], **extra: object) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **extra}).encode()


def test_a_notebook_becomes_its_cells_outputs_and_errors() -> None:
    picture = "iVBORw0KGgo" * 100
    data = notebook(
        {"cell_type": "markdown", "source": ["# Title\n", "words"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "source": "plot(df)",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["printed\n"]},
                {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "<Figure>"}},
                {"output_type": "display_data", "data": {"image/png": picture}},
                {
                    "output_type": "error",
                    "ename": "ValueError",
                    "evalue": "bad",
                    "traceback": ["\x1b[31mTraceback\x1b[0m", "line 1"],
                },
            ],
        },
    )
    source = from_bytes("work.ipynb", data, config=CONFIG)
    assert source.mime_type == "application/x-ipynb+json"
    assert source.text is not None
    for piece in (
        "# Title\nwords",
        "## Cell 2 (code, run as [3])\n```python\nplot(df)\n```",
        "Output:\nprinted",
        "Output:\n<Figure>",
        "Output: [image/png]",
        "Error: ValueError: bad\nTraceback\nline 1",
    ):
        assert piece in source.text
    assert picture not in source.text


def test_an_old_notebook_is_read_too() -> None:
    cell = {
        "cell_type": "code",
        "input": "1 + 1",
        "prompt_number": 1,
        "outputs": [{"output_type": "pyout", "text": "2"}],
    }
    data = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [cell]}]}).encode()
    text = from_bytes("old.ipynb", data, config=CONFIG).text
    assert text is not None
    assert "1 + 1" in text
    assert "Output:\n2" in text


@pytest.mark.parametrize(
    "data", [b'{"cells": [', b"[]", b"null", b'{"cells": 3}', b'{"cells": [1]}', b"{}", b"[" * 100_000]
)
def test_a_damaged_notebook_is_its_text_with_a_note(data: bytes) -> None:
    text = from_bytes("broken.ipynb", data, config=CONFIG).text
    assert text is not None
    assert text.startswith("[broken.ipynb is not a valid notebook (")
    assert text.endswith(data.decode())


def test_long_output_of_a_notebook_is_cut_in_the_middle() -> None:
    output = {"output_type": "stream", "text": "\n".join(str(n) for n in range(100_000))}
    text = from_bytes("a.ipynb", notebook({"cell_type": "code", "source": "", "outputs": [output]}), config=CONFIG).text
    assert text is not None
    assert len(text) < 3000
    assert "99999" in text
