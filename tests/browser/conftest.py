"""A real JupyterLab, driven in a real browser.

Chromium comes from the system (`apt-get install chromium`) or from `SQUID_CHROMIUM`; without one these tests are
skipped, and fail where `CI` is set.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .lab import ARTEFACTS, Lab, LabServer

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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[LabServer]:
    """One JupyterLab for all tests, with its own settings, history and notebooks."""
    with LabServer(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(browser: Any, server: LabServer, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh page; a picture of it is kept when the test fails."""
    with _page(browser, server, request, request.node.name) as lab:
        yield lab
        lab.shut_down_kernels()


@pytest.fixture
def second_lab(browser: Any, server: LabServer, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A second browser at the same time."""
    with _page(browser, server, request, f"{request.node.name}-second") as lab:
        yield lab


@contextmanager
def _page(browser: Any, server: LabServer, request: pytest.FixtureRequest, name: str) -> Iterator[Lab]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    lab = Lab(context.new_page(), server, name=name)
    try:
        yield lab
        report = getattr(request.node, "report", None)
        if report is not None and report.failed:
            ARTEFACTS.mkdir(parents=True, exist_ok=True)
            lab.page.screenshot(path=ARTEFACTS / f"{lab.name}.png")
    finally:
        context.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a loaded CI machine a page may miss a test's patience: it gets a second chance there, and only there."""
    if os.environ.get("CI"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.report = report  # type: ignore[attr-defined]  # read by the fixture above
    return report
