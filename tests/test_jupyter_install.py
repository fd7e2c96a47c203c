"""What Jupyter finds of the two extensions, read from files as Jupyter itself reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from squid_nb import __version__, doctor, jupyter_install


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's and an environment's directories, and no others."""
    monkeypatch.setattr(jupyter_install, "_labextension_directories", lambda: [tmp_path / "labextensions"])
    monkeypatch.setattr(jupyter_install, "_config_directories", lambda: [tmp_path / "own", tmp_path / "env"])
    return tmp_path


def put(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def installed(places: Path, version: str = __version__) -> None:
    put(places / "labextensions" / "squid-nb" / "package.json", {"name": "squid-nb", "version": version})


def enabled(place: Path, on: bool) -> None:
    put(place / "jupyter_server_config.d" / "squid_nb.json", {"ServerApp": {"jpserver_extensions": {"squid_nb": on}}})


def test_an_installed_panel_of_the_same_version_is_well(places: Path) -> None:
    installed(places)
    assert doctor.lab_extension().status == "ok"


def test_another_version_is_named(places: Path) -> None:
    installed(places, "0.0.1")
    check = doctor.lab_extension()
    assert check.status == "warn"
    assert "0.0.1" in check.detail
    assert __version__ in check.detail


@pytest.mark.parametrize("disabled", [{"squid-nb": True}, {"squid-nb:plugin": True}, ["squid-nb"]])
def test_a_panel_that_is_switched_off_is_named_with_the_file(disabled: Any, places: Path) -> None:
    installed(places)
    put(places / "own" / "labconfig" / "page_config.json", {"disabledExtensions": disabled})
    check = doctor.lab_extension()
    assert check.status == "warn"
    assert "page_config.json" in check.detail


def test_an_entry_that_says_no_switches_nothing_off(places: Path) -> None:
    installed(places)
    put(places / "own" / "labconfig" / "page_config.json", {"disabledExtensions": {"squid-nb": False, "other": True}})
    assert doctor.lab_extension().status == "ok"


def test_a_server_extension_that_nobody_enables_is_a_warning(places: Path) -> None:
    check = doctor.server_extension()
    assert (check.status, "jupyter server extension enable squid_nb" in check.remedy) == ("warn", True)


def test_the_persons_own_file_is_stronger_than_the_environments(places: Path) -> None:
    enabled(places / "env", on=True)
    assert doctor.server_extension().status == "ok"
    enabled(places / "own", on=False)
    assert doctor.server_extension().status == "warn"


def test_a_broken_file_is_as_good_as_none(places: Path) -> None:
    enabled(places / "env", on=True)
    broken = places / "own" / "jupyter_server_config.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{", encoding="utf-8")
    assert doctor.server_extension().status == "ok"
