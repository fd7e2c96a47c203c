"""Promises of the package as a whole: layers, homes of third parties, light imports, exports, file sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import squid_nb

PACKAGE = Path(squid_nb.__file__).parent
ROOT = Path(__file__).parent.parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the doors down to the nouns. The parts of one layer do not import each other; the modules of one part do.
LAYERS: tuple[dict[str, set[str]], ...] = (
    {
        "magics": {"magics"},
        "cli": {"__main__", "cli", "demo", "terminal"},
        "widgets": {"widgets"},
        "server": {"server"},
    },
    {"conversing": {"conversing"}},
    {"commands": {"commands", "doctor", "doctor_deep"}},
    {
        "squid": {
            "asking",
            "labels",
            "live",
            "moving",
            "parts",
            "relay",
            "rounds",
            "selection",
            "sent",
            "sessions",
            "squid",
        }
    },
    {
        "chat": {"budget", "chat", "going_on", "ledger", "partial", "retitling"},
        "analytics": {"analytics", "charts"},
        "search": {"search"},
        "transfer": {"transfer"},
    },
    {
        "store": {"store"},
        "providers": {"providers"},
        "context": {"context"},
        "attach": {"attach"},
        "prompt": {"prompt"},
        "titles": {"titles"},
    },
    {
        "foundation": {
            "_version",
            "ending",
            "config",
            "config_layers",
            "config_sections",
            "config_trust",
            "endpoint",
            "defects",
            "errors",
            "events",
            "jupyter_install",
            "links",
            "loop",
            "places",
            "records",
            "running_cell",
            "page_html",
            "untrusted",
        }
    },
)

HOMES: dict[str, set[str]] = {
    "IPython": {"magics"},
    "anywidget": {"widgets"},
    "duckdb": {"store"},
    "filelock": {"providers", "search", "server", "store"},
    "genai_prices": {"providers"},
    "httpx": {"providers"},
    "httpx_sse": {"providers"},
    "ipywidgets": {"widgets"},
    "jupyter_server": {"server"},
    "keyring": {"config_layers"},
    "markdown_it": {"transfer", "untrusted"},
    "pandas": {"analytics", "store"},
    "platformdirs": {"places"},
    "psutil": {"store"},
    "pydantic": {"config", "config_layers", "config_sections", "server"},
    "polars": {"store"},
    "portalocker": {"store"},
    "pyarrow": {"store"},
    "pydantic_settings": {"config", "config_layers"},
    "pygments": {"transfer"},
    "rich": {"demo", "terminal"},
    "tantivy": {"search"},
    "tornado": {"server"},
    "traitlets": {"server", "widgets"},
    "uuid6": {"store"},
    "xllamacpp": {"providers"},
}

# A person's first cell waits for what these cost; they load when something needs them.
LATE = ("duckdb", "pandas", "anywidget", "httpx", "IPython", "tantivy", "tornado")


def component(path: Path) -> str:
    """The module or subpackage directly below `squid_nb` that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Absolute dotted names of everything a file imports, also inside functions and for type checking."""
    package = (PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inner_imports(path: Path) -> set[str]:
    return {
        name.split(".")[1] if len(name.split(".")) > 1 else "__init__"
        for name in imported(path)
        if name.split(".")[0] == PACKAGE.name
    }


def place_of(name: str) -> tuple[int, str]:
    for level, parts in enumerate(LAYERS):
        for part, modules in parts.items():
            if name in modules:
                return level, part
    raise AssertionError(f"{name} has no place in LAYERS; give it one.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return  # the lazy public face reaches everything, and nothing inside imports it
    level, part = place_of(component(path))
    for name in inner_imports(path) - {component(path)}:
        assert name != "__init__", f"{path.name} imports the package's own face"
        other_level, other_part = place_of(name)
        assert other_level > level or other_part == part, f"{part} (layer {level}) imports {name} (layer {other_level})"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_parties_have_one_home(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported(path)} - {PACKAGE.name} - sys.stdlib_module_names
    for name in outside:
        assert component(path) in HOMES.get(name, set()), f"{name} is imported outside of {HOMES.get(name)}"


@pytest.mark.parametrize(
    "begin", ["import squid_nb", "from squid_nb.cli import main; main(['--help'])"], ids=["package", "help"]
)
def test_import_is_light(begin: str) -> None:
    script = f"import sys; {begin}; print([name for name in {(*LATE, 'pydantic')!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.splitlines()[-1] == "[]"


def test_exports_are_sorted_and_complete() -> None:
    exported = squid_nb.__all__
    assert list(exported) == sorted(exported)
    assert {"ChatWidget", "Config", "Squid"} <= set(exported)
    for name in exported:
        assert getattr(squid_nb, name) is not None
    assert set(exported) <= set(dir(squid_nb))


def test_an_unknown_export_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        squid_nb.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "path",
    [*MODULES, *sorted(ROOT.joinpath("tests").rglob("*.py")), ROOT / "hatch_build.py"],
    ids=lambda path: path.name,
)
def test_no_file_holds_two_concepts(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{path} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), f"{path} has no docstring"
