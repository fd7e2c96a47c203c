"""What the README promises: its commands are the ones CI runs, its examples parse, its settings exist."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from squid_nb.config import Config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def command_after(marker: str) -> str:
    found = re.search(rf"^<!-- {marker} -->\n```bash\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no command below <!-- {marker} -->"
    return found[1]


def test_quick_start_is_exactly_two_commands() -> None:
    assert blocks("bash") == [command_after("quickstart") + "\n", command_after("test") + "\n"]


@pytest.mark.parametrize("marker", ["quickstart", "test"])
def test_commands_are_one_line_that_a_shell_can_read(marker: str) -> None:
    command = command_after(marker)
    assert "\n" not in command
    subprocess.run(["bash", "-n"], input=command, text=True, check=True)


@pytest.mark.parametrize("marker", ["quickstart", "test"])
def test_ci_runs_the_commands_as_written(marker: str) -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"readme_command {marker})" in ci
    function = re.search(r"^readme_command\(\) \{.*?^\}", ci, re.MULTILINE | re.DOTALL)
    assert function
    script = f"{function[0]}\nreadme_command {marker}"
    extracted = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert extracted.stdout.strip() == command_after(marker)


@pytest.mark.parametrize("example", blocks("python"), ids=lambda text: text.splitlines()[0])
def test_python_examples_parse(example: str) -> None:
    if example.startswith("%%squid"):
        return  # a cell of prose; the magics' own tests read such cells
    code = "\n".join(line for line in example.splitlines() if not line.startswith("%"))
    ast.parse(code)


def test_settings_of_the_example_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SQUID_CONFIG_DIR", "SQUID_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    (tmp_path / "squid.toml").write_text(blocks("toml")[0], encoding="utf-8")
    config = Config.load(cwd=tmp_path)
    assert config.model.name == "qwen3:8b"
    assert config.model.provider == "openai"
    assert config.context.max_tokens == 8192


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
