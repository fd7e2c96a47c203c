"""Importers of other packages, good ones and broken ones."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
from transfer import exports

from squid_nb.errors import InvalidInput
from squid_nb.transfer import Conversation, Turn, detect


class Diary:
    """A plugin's format: a line a message."""

    name = "diary"

    def recognises(self, document):
        return document.head.startswith(b"DIARY\n")

    def read(self, document):
        with document.opener() as stream:
            lines = stream.read().decode().splitlines()[1:]
        turns = [Turn(str(n), str(n - 1) if n else None, "user", line) for n, line in enumerate(lines)]
        yield Conversation("diary", tuple(turns), title="Diary")
        if "trouble" in lines:
            raise RuntimeError("no more ink")


class Careless:
    name = "careless"

    def recognises(self, document):
        raise ZeroDivisionError("oops")

    def read(self, document):
        yield from ()


diary, careless = Diary(), Careless()


@pytest.fixture
def plugins(monkeypatch):
    def install(*targets):
        points = [EntryPoint(target.rpartition(":")[2], target, detect.GROUP) for target in targets]
        monkeypatch.setattr(detect, "entry_points", lambda group: points)

    detect._plugins.cache_clear()
    yield install
    detect._plugins.cache_clear()


def test_a_plugin_reads_its_format(history, plugins):
    plugins(f"{__name__}:diary")
    report = history.bring_in("my.diary", b"DIARY\nDear diary\nNothing happened")
    assert (report.formats, report.messages) == (["diary"], 2)
    assert history.bring(history.directory / "my.diary").already_there == 1


def test_a_plugin_that_fails_on_the_way_keeps_what_it_gave(history, plugins):
    plugins(f"{__name__}:diary")
    with pytest.warns(RuntimeWarning, match="no more ink"):
        report = history.bring_in("my.diary", b"DIARY\ntrouble")
    assert report.imported == 1
    assert report.broken == ["The importer 'diary' failed after item 1: no more ink."]


def test_plugins_that_cannot_be_loaded_or_asked_are_warnings(history, plugins):
    plugins("no_such_module:thing", f"{__name__}:careless")
    with pytest.warns(RuntimeWarning) as caught, pytest.raises(InvalidInput):
        history.bring_in("unknown.txt", b"hello")
    assert sorted("no_such_module" in str(warning.message) for warning in caught) == [False, True]


def test_a_broken_plugin_is_not_in_the_way_of_known_formats(history, plugins):
    plugins(f"{__name__}:careless")
    assert history.bring_in("claude.json", [exports.claude()]).imported == 1
