"""A page of hits or sessions is a table in a notebook, in which nothing that people or models wrote is markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import Scripted

from squid_nb.config import Config
from squid_nb.events import Used
from squid_nb.records import Page
from squid_nb.squid import Squid


@pytest.fixture
def squid(tmp_path: Path) -> Squid:
    provider = Scripted("Herons <b>stand</b>.", Used(3, 4))
    return Squid(Config().replace({"database.path": tmp_path / "squid.duckdb"}), "ada", provider=provider)


def test_hits_and_sessions_show_themselves(squid: Squid) -> None:
    with squid:
        session = squid.ask("How do herons sleep?").session_id
        squid.sessions.rename(session, "<img src=x onerror=alert(1)>")
        squid.sessions.tag(session, "birds & bees")
        hits = squid.search("herons")._repr_html_()
        assert hits is not None
        assert "How do <mark>herons</mark> sleep?" in hits
        assert "<mark>Herons</mark> &lt;b&gt;stand" in hits
        assert "cursor=page.cursor" not in hits
        assert "cursor=page.cursor" in (squid.search("herons", limit=1)._repr_html_() or "")
        sessions = squid.sessions.list()._repr_html_()
        assert sessions is not None
        assert "birds &amp; bees" in sessions
        assert "<img" not in hits + sessions
        assert squid.search("nowhere")._repr_html_() == "<em>Nothing was found.</em>"


def test_other_pages_have_no_table(squid: Squid) -> None:
    assert Page((1, 2))._repr_html_() is None


def test_one_tag_need_not_be_a_list(squid: Squid) -> None:
    with squid:
        session = squid.ask("How do herons sleep?").session_id
        squid.sessions.tag(session, "birds")
        assert len(squid.search("herons", tags="birds").items) == 3
        assert [found.id for found in squid.sessions.list(tags="birds").items] == [session]
        assert squid.search("herons", tags="bees").items == ()
