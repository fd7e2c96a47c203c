"""What is offered at the cursor."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from squid_nb import commands
from squid_nb.commands import Completions, completion
from squid_nb.records import ModelInfo
from squid_nb.squid import Squid


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "work"
    (here / "data").mkdir(parents=True)
    for name in ("data/a.csv", "my file.txt", "notes.md", ".hidden"):
        (here / name).write_text("x", encoding="utf-8")
    return here


@pytest.fixture
def at(squid: Squid, folder: Path) -> object:
    def complete(text: str, **namespace: object) -> list[str]:
        found = commands.complete(squid, text, len(text), namespace, door="magic", cwd=folder)
        assert 0 <= found.start <= found.end == len(text)
        return [text[: found.start] + match.text for match in found.matches]

    return complete


def test_verbs(at) -> None:  # type: ignore[no-untyped-def]
    assert at("/se") == ["/sessions ", "/search "]
    assert set(at("/")) == {f"/{verb.name} " for verb in commands.verbs("magic")}
    assert at("/zzz") == []
    assert at("a /se") == []


def test_options_and_their_values(at) -> None:  # type: ignore[no-untyped-def]
    assert at("/usage --b") == ["/usage --by "]
    assert at("/usage --by mo") == ["/usage --by model ", "/usage --by month "]
    assert at("/ask --no") == ["/ask --no-stream ", "/ask --no-history "]
    assert at("/ask -m scr") == ["/ask -m scripted-1"]
    assert at("/models scr") == ["/models scripted-1"]
    assert at("/help us") == ["/help usage"]
    assert at("/config model.na") == ["/config model.name "]
    assert at("/config model.name mod") == []
    assert at("/usage --by day mo") == []
    assert at("/ask -f no") == ["/ask -f notes.md"]


def test_sessions_by_title_and_id(at, squid: Squid) -> None:  # type: ignore[no-untyped-def]
    session = squid.sessions.create("Blue sky")
    assert at("/open blu") == ["/open Blue sky"]
    assert at("/open Blue s") == ["/open Blue sky"]
    assert at(f"/open {session.id[:8]}") == [f"/open {session.id}"]
    assert at("/ask -s Bl") == ['/ask -s "Blue sky"']
    assert at('/ask -s "Blue s') == ['/ask -s "Blue sky"']
    assert at("/delete Bl") == ["/delete Blue sky"]
    assert at("/history --limit 3 Blue s") == ["/history --limit 3 Blue sky"]


def test_variables_and_files_after_an_at(at) -> None:  # type: ignore[no-untyped-def]
    assert at("see @d", df=1, data=2, _d=3) == ["see @data", "see @df", "see @data/"]
    assert at("/ask @d", df=1) == ["/ask @df", "/ask @data/"]
    assert at("@data/") == ["@data/a.csv"]
    assert at("@my") == ['@"my file.txt"']
    assert at('@"my') == ['@"my file.txt"']
    assert at("me@d", df=1) == []
    assert at("@_", _d=1) == ["@_d"]


def test_the_cursor_may_be_anywhere(squid: Squid) -> None:
    assert commands.complete(squid, "/se and more", 3).matches[0].text == "/sessions "
    assert commands.complete(squid, "/se", 99).end == 3
    assert commands.complete(squid, "", -5) == Completions(0, 0)


def test_a_silent_endpoint_is_not_waited_for_at_a_key(at, squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    cancelled = threading.Event()

    async def silent() -> list[ModelInfo]:
        try:
            return await asyncio.Future()
        finally:
            cancelled.set()

    monkeypatch.setattr(completion, "_MODELS_S", 0.01)
    monkeypatch.setattr(squid.provider, "models", silent)
    assert at("/models scr") == []
    assert cancelled.wait(10)


def test_a_database_that_cannot_be_opened_offers_nothing(at, squid: Squid) -> None:  # type: ignore[no-untyped-def]
    squid.config.database.path.write_bytes(b"this is no database" * 1000)
    assert at("/open x") == []
