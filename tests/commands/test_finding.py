"""`search`, and the verbs that keep sessions in order."""

from __future__ import annotations

import pytest

from squid_nb import commands
from squid_nb.commands import Context, Result
from squid_nb.errors import InvalidInput
from squid_nb.squid import Squid


def run(squid: Squid, line: str | list[str], context: Context | None = None) -> Result:
    return commands.run(squid, line, context)


@pytest.fixture
def asked(squid: Squid) -> Squid:
    answer = squid.ask("How do *herons* [sleep](https://example.org)?")
    squid.sessions.rename(answer.session_id, "Birds | of <b>the</b> night")
    return squid


def test_hits_show_session_speaker_date_and_snippet(asked: Squid) -> None:
    result = run(asked, "/search herons role:user")
    assert "Birds | of <b>the</b> night · You · " in result.text
    assert "How do *«herons»* [sleep]" in result.text
    assert r"How do \***herons**\* \[sleep\](https://example.org)?" in result.markdown
    assert "<b>" not in result.markdown
    assert result.table is not None
    assert result.table.columns == ("session", "message", "title", "role", "date", "text")


def test_phrases_are_searched_as_they_were_typed(asked: Squid) -> None:
    assert "«How do *herons»" in run(asked, '/search "how do herons"').text
    assert "Nothing was found" in run(asked, '/search "do how herons"').text
    assert "«How»" in run(asked, ["search", "how", "do", "herons"], Context(door="cli")).text


def test_a_limit_says_how_to_see_more(asked: Squid) -> None:
    for number in range(2):
        asked.ask(f"herons {number}")
    result = run(asked, "/search --limit 1 herons role:user", Context(door="magic"))
    assert result.text.endswith("There are more: %squid /search --limit 4 herons role:user")


def test_only_one_session_is_searched_when_it_is_named(asked: Squid) -> None:
    asked.ask("herons elsewhere", session=asked.sessions.create("Elsewhere"))
    result = run(asked, "/search -s Elsewhere herons")
    assert "Elsewhere ·" in result.text
    assert "Birds" not in result.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("herons role:usr", "role:usr was searched as words: after role: comes one of user, assistant, system."),
        ("herons has:picture", "after has: comes one of code, file, link, error."),
        ("herons before:2026-13", "after before: comes a date such as 2026-01-31"),
        ("herons tags:work", "there is no filter tags:. Did you mean tag:?"),
        ("herons tag:nightt", "No session has the tag nightt. Did you mean Night?"),
        ("herons tag:zzz", "No session has the tag zzz."),
    ],
)
def test_a_filter_that_was_meant_otherwise_is_said_when_nothing_is_found(
    asked: Squid, query: str, sentence: str
) -> None:
    asked.sessions.tag("Birds | of <b>the</b> night", "Night")
    said = run(asked, f"/search {query}").text
    assert said.startswith("Nothing was found for")
    assert sentence in said


@pytest.mark.parametrize("query", ["nowhere:such", "https://nowhere.example", "tag:night nothing", "12:30"])
def test_what_cannot_be_a_filter_is_not_doubted(asked: Squid, query: str) -> None:
    asked.sessions.tag("Birds | of <b>the</b> night", "Night")
    assert run(asked, f"/search {query}").text == f"Nothing was found for {query!r}."


def test_nothing_to_search_for_is_said(squid: Squid) -> None:
    with pytest.raises(InvalidInput, match="nothing to search"):
        run(squid, "/search  ")


def test_progress_of_a_first_build_is_told(asked: Squid) -> None:
    told: list[tuple[float, str]] = []
    run(asked, "/search herons", Context(progress=lambda fraction, what: told.append((fraction, what))))
    assert told[-1] == (1.0, "Building the search index")


def test_tags_come_and_go(asked: Squid) -> None:
    session = asked.sessions.list().items[0]
    asked.current = session.id
    assert "work, my own" in run(asked, '/tag work "my own"').text
    assert asked.sessions.get(session).tags == ("work", "my own")
    assert "no tags" in run(asked, '/untag work "my own"').text
    assert "x" in run(asked, f"/tag -s {session.id[:13]} x").text


def test_pin_and_archive_can_be_taken_back(asked: Squid) -> None:
    title = asked.sessions.list().items[0].title
    for verb in ("pin", "archive"):
        run(asked, [verb, title])
    session = asked.sessions.get(title)
    assert (session.pinned, session.archived) == (True, True)
    for verb in ("pin", "archive"):
        run(asked, [verb, "--off", title])
    session = asked.sessions.get(title)
    assert (session.pinned, session.archived) == (False, False)
