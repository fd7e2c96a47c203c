"""What every test stands on: nobody's own history, settings or keys, and the real weights where they are needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A loaded machine is no failure. CI tries the same examples each time; everybody else explores.
hypothesis.settings.register_profile("everyday", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "everyday")


_MEMORY = Path("/dev/shm")
_ENOUGH = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Temporary files lie in memory where there is enough: every commit waits for the disk. Benchmarks measure that."""
    measured = any("benchmarks" in argument for argument in config.args)
    if not measured and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.fixture(autouse=True)
def nobodys_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Data and settings in a place of the test's own; no key and no endpoint from the environment."""
    place = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("SQUID_DATA_DIR", str(place / "data"))
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(place / "config"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    from squid_nb.squid import set_shared

    set_shared(None)


@pytest.fixture(scope="session")
def empty_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema and nothing in it."""
    from squid_nb.store import Store

    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    store = Store(path)
    with store.database.lease():
        pass
    store.close()
    return path


@pytest.fixture(autouse=True)
def histories_are_copied(request: pytest.FixtureRequest, empty_history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new history is a copy of an empty one, except in tests of the store: making its tables takes a while."""
    if "store" in request.path.parent.parts:
        return
    from squid_nb.store import migrations

    def prepared(path: Path, *, connect: Callable[[], Any], **more: Any) -> Any:
        if more or path.exists():
            return really(path, connect=connect, **more)
        shutil.copyfile(empty_history, path)
        connection = connect()
        connection.execute("update revision set history = uuid()")
        return connection

    really = migrations.prepared
    monkeypatch.setattr(migrations, "prepared", prepared)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The embedded model's weights, from the cache or fetched once."""
    from squid_nb.providers.weights import ensure

    return ensure()


CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _chromium() -> str:
    """The system's, or `SQUID_CHROMIUM`; without one the tests are skipped, and fail where `CI` is set."""
    for name in (os.environ.get("SQUID_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (path := shutil.which(name)):
            return path
    how = "No Chromium was found. Install one (Debian: apt-get install chromium) or set SQUID_CHROMIUM to its path."
    if os.environ.get("CI"):
        pytest.fail(how)
    pytest.skip(how)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = _chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in the browser come last, because Playwright's event loop then occupies the main thread for good.

    Real processes, threads and pages share the machine with whatever else it does. In CI, and only there, what fails is
    tried again: once, or twice in the browser. The summary names each test that needed it.
    """
    items.sort(key=_in_browser)
    if os.environ.get("CI"):
        for item in items:
            item.add_marker(pytest.mark.flaky(reruns=2 if _in_browser(item) else 1))


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
