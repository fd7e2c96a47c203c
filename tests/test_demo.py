from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from rich.console import Console
from waiting import wait_until

from squid_nb import demo
from squid_nb.errors import InvalidInput, SquidError, WeightsMissing


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_notebook_is_copied_to_a_new_directory(tmp_path: Path) -> None:
    placed = demo.place_notebook(tmp_path / "new" / "place")
    assert placed == tmp_path / "new" / "place" / "quickstart.ipynb"
    assert json.loads(placed.read_text(encoding="utf-8"))["nbformat"] == 4


def test_a_copy_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "quickstart.ipynb").write_text("edited", encoding="utf-8")
    demo.place_notebook(tmp_path)
    assert (tmp_path / "quickstart.ipynb").read_text(encoding="utf-8") == "edited"


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput, match="--directory"):
        demo.place_notebook(tmp_path / "file" / "below")


def test_without_jupyterlab_it_says_how_to_install_it(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SquidError, match="pip install"):
        demo.demo(console=console, directory=tmp_path)
    assert not (tmp_path / "quickstart.ipynb").exists()


def test_offline_without_weights_says_what_is_missing_and_goes_on(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(progress: Callable[[int, int | None], None]) -> Path:
        raise WeightsMissing("No weights are cached and the index does not answer.", "Connect once, and try again.")

    monkeypatch.setattr("squid_nb.providers.weights.cached", lambda: None)
    monkeypatch.setattr("squid_nb.providers.weights.ensure", offline)
    demo.fetch_weights(console)
    assert "the index does not answer. Connect once" in said(console)
    assert "Everything else in the notebook works" in said(console)


def test_weights_that_come_down_say_that_questions_stay_here(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(progress: Callable[[int, int | None], None]) -> Path:
        progress(0, None)
        progress(50, 100)
        progress(100, 100)
        return tmp_path / "weights.gguf"

    monkeypatch.setattr("squid_nb.providers.weights.cached", lambda: None)
    monkeypatch.setattr("squid_nb.providers.weights.ensure", fetch)
    demo.fetch_weights(console)
    assert "questions stay on this machine" in said(console)


def test_the_command_line_carries_port_and_browser(tmp_path: Path) -> None:
    command = demo.lab_command(tmp_path / "quickstart.ipynb", port=9999, browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {"--port=9999", "--no-browser", f"--ServerApp.root_dir={tmp_path}"} <= set(command)


def fetched(address: str) -> bytes:
    try:
        with urlopen(address) as page:
            return bytes(page.read())
    except URLError:
        return b""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_demo_opens_jupyterlab_on_the_copy(tmp_path: Path) -> None:
    # An endpoint instead of the embedded model, so that no weights are needed; nothing asks it.
    environment = {**os.environ, "SQUID_MODEL__BASE_URL": "http://127.0.0.1:9/v1", "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    options = ["--no-browser", f"--port={free_port()}", f"--directory={tmp_path / 'place'}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "squid_nb", "demo", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            output = []
            for line in process.stdout:
                output.append(line)
                address = re.search(r"(http://127\.0\.0\.1:\d+/lab/tree/quickstart\.ipynb\?token=\w+)", line)
                if address:
                    break
            else:
                pytest.fail("JupyterLab did not start:\n" + "".join(output))
            # The address is printed a moment before the server listens.
            wait_until(lambda: b"<title>JupyterLab" in fetched(address[1]))
            assert (tmp_path / "place" / "quickstart.ipynb").is_file()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()
    assert process.returncode in (0, -signal.SIGTERM)
