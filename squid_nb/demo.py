"""`squid-nb demo`: from an installation to a notebook that answers, in one command.

Fetches the embedded model's weights once, puts a copy of the quickstart notebook where the person can edit it, and
opens JupyterLab on the copy. It never overwrites a copy that is already there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config
from .errors import InvalidInput, SquidError, WeightsMissing
from .providers import weights

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["DIRECTORY", "demo", "lab_command", "place_notebook"]

DIRECTORY = Path("squid-quickstart")
_NOTEBOOK = "quickstart.ipynb"


def demo(*, console: Console, directory: Path = DIRECTORY, port: int | None = None, browser: bool = True) -> int:
    """Prepare everything and become JupyterLab; returns its exit code where the process cannot be replaced.

    Raises
    ------
    SquidError
        When JupyterLab is not installed, or the directory cannot be written.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise SquidError("JupyterLab is not installed.", 'Run `pip install "squid-nb[all]"` and try again.')
    notebook = place_notebook(directory)
    console.print(f"The quickstart notebook is {notebook}.", highlight=False)
    if Config.load().model.provider == "embedded":
        fetch_weights(console)
    console.print("JupyterLab opens now; end it with Ctrl-C.")
    return _become(lab_command(notebook, port=port, browser=browser))


def place_notebook(directory: Path) -> Path:
    """The person's copy of the quickstart notebook; a copy that exists is left as it is."""
    target = directory.absolute() / _NOTEBOOK
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packaged_notebook(), target)
    except OSError as error:
        raise InvalidInput(
            f"The notebook cannot be put into {directory}: {error.strerror}.", "Choose another place with --directory."
        ) from None
    return target


def packaged_notebook() -> Path:
    """The notebook as shipped: inside an installed wheel, or in the checkout of an editable install."""
    package = Path(__file__).parent
    installed = package / _NOTEBOOK
    return installed if installed.is_file() else package.parent / "notebooks" / _NOTEBOOK


def fetch_weights(console: Console) -> None:
    """Bring the weights into the cache once; without them JupyterLab still opens, and this says what is missing."""
    if weights.cached() is not None:
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("Fetching the embedded model, once", total=None)
            weights.ensure(lambda done, total: progress.update(task, completed=done, total=total))
    except WeightsMissing as error:
        console.print(f"[yellow]No answers yet:[/] {_plain(error)}", highlight=False)
        console.print("Everything else in the notebook works; questions will work once the weights are there.")
    else:
        console.print("The embedded model is in the cache; questions stay on this machine.")


def lab_command(notebook: Path, *, port: int | None = None, browser: bool = True) -> list[str]:
    """The command line that opens JupyterLab on a notebook, with the Python that runs now."""
    # Not the notebook's path as an argument: the address that is printed without a browser would lack it.
    where = [f"--ServerApp.root_dir={notebook.parent}", f"--LabApp.default_url=/lab/tree/{notebook.name}"]
    command = [sys.executable, "-m", "jupyterlab", *where]
    if not browser:
        command.append("--no-browser")
    if port is not None:
        command.append(f"--port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container there is often only root; the server listens on loopback and asks for its token.
        command.append("--allow-root")
    return command


def _become(command: list[str]) -> int:
    sys.stdout.flush()
    if os.name == "posix":
        # JupyterLab itself gets Ctrl-C and the exit code, and nothing is left between it and the shell.
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


def _plain(error: SquidError) -> str:
    from rich.markup import escape

    return escape(str(error))
