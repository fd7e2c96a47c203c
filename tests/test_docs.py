"""docs/configuration.md lists every setting with its default, docs/analytics.md every view with its columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from squid_nb import commands
from squid_nb.commands.verb import DOORS
from squid_nb.config import Config
from squid_nb.config_sections import Budget
from squid_nb.squid import Squid
from squid_nb.store.frames import VIEWS

DOCS = Path(__file__).parents[1] / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text("utf-8")
ASKING = (DOCS / "asking.md").read_text("utf-8")
ANALYTICS = (DOCS / "analytics.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (.*?) \| (.*?) \|$", CONFIGURATION, re.MULTILINE)
# Defaults that depend on the machine are told in words.
IN_WORDS = {"database.path", "user.name"}
UNSET = "–"  # noqa: RUF001  # a dash, as tables have it


def default(key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(Config(), section), name)


def as_written(value: Any) -> str:
    if value is None:
        return UNSET
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_documented_once() -> None:
    assert sorted(key for key, _, _ in ROWS) == sorted(Config.keys())


@pytest.mark.parametrize(("key", "shown", "meaning"), ROWS, ids=[key for key, _, _ in ROWS])
def test_defaults_are_those_of_the_code(key: str, shown: str, meaning: str) -> None:
    assert key in IN_WORDS or shown == as_written(default(key))
    assert meaning.strip()


def test_every_option_and_command_is_documented_once() -> None:
    options = re.findall(r"^\| (`-.*?`) \| (.+?) \|$", ASKING, re.MULTILINE)
    named = [tuple(re.findall(r"`(-[\w-]+)`", names)) for names, _ in options]
    assert sorted(named) == sorted(argument.names for argument in commands.verb_named("ask", door="cli").arguments[:-1])
    rows = ASKING.split("## Commands")[1].split("## In a terminal")[0]
    listed = [name for row in re.findall(r"^\| (`.*?`) \|", rows, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted({verb.name for door in DOORS for verb in commands.verbs(door)})


def test_views_are_documented_with_all_their_columns(tmp_path: Path) -> None:
    with Squid(Config().replace({"database.path": tmp_path / "squid.duckdb"})) as squid:
        for view in VIEWS:
            section = ANALYTICS.split(f"### {view}\n")[1].split("\n##")[0]
            named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE)))
            columns = squid.history.sql(f"describe {view}")["column_name"].tolist()
            assert sorted(named) == sorted(columns), view


def test_frames_are_documented_with_their_leading_columns(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `(\w+)\(.*?\)` \| .*? \| (?:the key, then )?`([^`|]+)`", ANALYTICS, re.MULTILINE)
    assert {name for name, _ in rows} == {"sessions", "messages", "usage", "files", "sources"}
    with Squid(Config().replace({"database.path": tmp_path / "squid.duckdb"})) as squid:
        for name, listed in rows:
            leading = [*(["day"] if name == "usage" else []), *listed.split()]
            assert list(getattr(squid.history, name)().columns)[: len(leading)] == leading, name


def test_budgets_are_named_as_they_are_documented() -> None:
    assert set(Budget.model_fields) == {
        f"{kind}_{scope}_{unit}"
        for kind in ("soft", "hard")
        for scope in ("session", "day", "month")
        for unit in ("usd", "tokens")
    }
