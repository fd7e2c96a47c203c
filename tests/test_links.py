"""`squid:` links: what is one, and what takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from squid_nb import commands, links
from squid_nb.config import Config
from squid_nb.errors import AccessDenied, NotFound
from squid_nb.links import Link
from squid_nb.squid import Squid
from tests.scripted import Scripted

ID = "0190b0c2-7a4b-7000-8000-000000000001"


@pytest.mark.parametrize(
    "text",
    [
        f"squid:session/{ID}",
        f"  SQUID:session/{ID.upper()}\n",
        f"<squid:session/{ID}>",
        f"[our talk](squid:session/{ID})",
        f"[](<squid:session/{ID}>)",
    ],
)
def test_a_link_is_read_as_people_paste_it(text: str) -> None:
    assert links.read(text) == Link("session", ID)
    assert str(links.read(text)) == f"squid:session/{ID}"


@pytest.mark.parametrize(
    "text",
    [
        "squid:session/",
        "squid:session/01",
        "squid:file/0190b0c2",
        f"squid:session/{ID}/x",
        f"see squid:session/{ID}",
        f"[x](https://squid:session/{ID})",
        "squid:session/javascript:alert(1)",
        "plans",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert links.read(text) is None


def test_sessions_are_found_by_links_to_them_and_their_messages(tmp_path: Path) -> None:
    config = Config().replace({"database.path": tmp_path / "squid.duckdb"})
    with Squid(config, user="ann", provider=Scripted("answer")) as squid:
        answer = squid.ask("Q")
        session = squid.sessions.get(answer.session_id)
        assert squid.sessions.get(f"squid:session/{session.id}") == session
        assert squid.sessions.get(f"squid:session/{session.id[:13]}") == session
        assert squid.sessions.get(f"[talk](squid:message/{answer.message_id})") == session
        context = commands.Context(door="magic", namespace={})
        squid.current = None
        opened = commands.read(squid, f"/open squid:session/{session.id}", context)
        assert isinstance(opened, commands.Result)
        assert opened.text.startswith("Opened")
        assert squid.current == session.id
        with pytest.raises(NotFound, match="is not in this history"):
            squid.sessions.get(f"squid:message/{ID}")
        with (
            Squid(config, user="bob", provider=Scripted("x")) as other,
            pytest.raises(AccessDenied),
        ):
            other.sessions.get(f"squid:message/{answer.message_id}")
