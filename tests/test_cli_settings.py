"""`squid-nb` before there is a history to work on: while it loads, and while the settings are wrong or refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from squid_nb import __main__, cli


def test_an_interrupt_while_the_commands_load_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert __main__.main() == cli.STOPPED
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_setting_that_cannot_be_read_is_named_by_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "squid.toml").write_text("[modle]\nname = 'x'\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sessions"]) == cli.ERROR
    assert "squid.toml" in capsys.readouterr().err
    assert cli.main(["doctor"]) == cli.ERROR
    shown = capsys.readouterr().out
    assert "squid.toml" in shown
    assert "ipykernel" in shown


def test_a_file_that_is_refused_can_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "squid.toml").write_text('[model]\nbase_url = "https://models.example/v1"\n', encoding="utf-8")
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["config", "model.base_url"]) == cli.ERROR
    command = re.search("`squid-nb (config --trust .+?)`", capsys.readouterr().err)
    assert command is not None
    monkeypatch.chdir(tmp_path.parent)
    assert cli.main(command[1].split()) == cli.OK
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["config", "model.base_url"]) == cli.OK
    assert "https://models.example/v1" in capsys.readouterr().out
