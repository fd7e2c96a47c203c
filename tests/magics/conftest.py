from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from kernels import Kernel, kernel
from scripted import Scripted
from traitlets.config import Config as ShellConfig

from squid_nb.config import Config
from squid_nb.events import Used
from squid_nb.squid import Squid, set_shared


@pytest.fixture
def provider() -> Scripted:
    return Scripted("An **answer**.", Used(3, 4))


@pytest.fixture
def squid(tmp_path: Path, provider: Scripted) -> Iterator[Squid]:
    with Squid(Config().replace({"database.path": tmp_path / "squid.duckdb"}), provider=provider) as opened:
        set_shared(opened)
        yield opened


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython without a front end and without the extension."""
    monkeypatch.chdir(tmp_path)
    _forget_exception()
    InteractiveShell.clear_instance()
    settings = ShellConfig()
    settings.HistoryManager.enabled = False
    settings.TerminalInteractiveShell.simple_prompt = True
    shell = InteractiveShell.instance(config=settings, ipython_dir=str(tmp_path / "ipython"), colors="nocolor")
    hook = sys.displayhook
    yield shell
    shell.restore_sys_module_state()
    shell._atexit_once()
    sys.displayhook = hook
    InteractiveShell.clear_instance()
    _forget_exception()
    for name in ("get_ipython", "display"):
        if hasattr(builtins, name):
            delattr(builtins, name)


def _forget_exception() -> None:
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)


@pytest.fixture
def shell(bare: InteractiveShell, squid: Squid) -> InteractiveShell:
    bare.run_cell("%load_ext squid_nb", store_history=True).raise_error()
    return bare


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A real kernel with the extension, and a scripted provider that a cell can set up."""
    directory = tmp_path_factory.mktemp("notebook")
    with kernel(directory) as running:
        running.run(
            """
            import pathlib
            from scripted import Scripted
            from squid_nb import Squid, Config
            from squid_nb.errors import BadStream
            from squid_nb.events import Progress, Reasoning, Used
            from squid_nb.squid import set_shared, shared
            def script(*steps, turns=None):
                global provider
                provider = Scripted.turns(*turns) if turns else Scripted(*steps)
                set_shared(Squid(provider=provider))
            """
        )
        running.run("%load_ext squid_nb")
        yield running
