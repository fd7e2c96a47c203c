"""A real JupyterLab, driven in the browser of `tests/conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from serving import Endpoint

from .lab import ARTEFACTS, Lab
from .lab_server import LabServer
from .panel import SETTINGS, Panel, asks


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


@pytest.fixture(scope="session")
def panel_endpoint() -> Iterator[Endpoint]:
    """What the server of the panel's tests asks."""
    with Endpoint() as endpoint:
        endpoint.models.append("served-2")
        yield endpoint


@pytest.fixture(scope="session")
def panel_server(tmp_path_factory: pytest.TempPathFactory, panel_endpoint: Endpoint) -> Iterator[LabServer]:
    """A JupyterLab whose server asks `panel_endpoint`."""
    with LabServer(tmp_path_factory.mktemp("panel"), settings=asks(panel_endpoint)) as server:
        yield server


@pytest.fixture
def panel(
    browser: Any, panel_server: LabServer, panel_endpoint: Endpoint, request: pytest.FixtureRequest
) -> Iterator[Panel]:
    """A fresh page for the panel; every setting is the default again afterwards."""
    with _page(browser, panel_server, request, request.node.name) as lab:
        yield Panel(lab, panel_endpoint)
        lab.shut_down_kernels()
        panel_server.forget_settings(*SETTINGS)


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.report = report  # type: ignore[attr-defined]  # read by the fixture above
    return report
