from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from squid_nb.errors import InvalidInput
from squid_nb.records import Hit, NewSource, User
from squid_nb.search import Search
from squid_nb.store import OpenTurn, Store

Say: TypeAlias = Callable[..., OpenTurn]
Find: TypeAlias = Callable[..., tuple[Hit, ...]]


def contents(store: Store, hits: tuple[Hit, ...]) -> list[str]:
    return [store.messages.get(hit.message_id or "").content for hit in hits if hit.kind == "message"]


def test_a_new_message_is_found_by_the_next_search(say: Say, find: Find) -> None:
    assert find("elephants ") == ()
    turn = say("Do elephants sleep?", "Elephants sleep two hours.")
    hits = find("elephants ", role="user")
    assert [hit.message_id for hit in hits] == [turn.question.id]
    assert hits[0].session_id == turn.session.id
    assert hits[0].snippet == "Do <mark>elephants</mark> sleep?"
    assert {hit.role for hit in find("elephants ")} == {"user", "assistant"}


def test_all_words_must_occur_and_better_matches_come_first(store: Store, say: Say, find: Find) -> None:
    say("duckdb", "A long answer that mentions a lock and a good many other things besides the duckdb file.")
    say("other", "duckdb lock")
    say("third", "only a lock")
    hits = find("duckdb lock ")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert contents(store, hits)[0] == "duckdb lock"
    assert len(hits) == 2


def test_a_phrase_is_found_as_it_stands(store: Store, say: Say, find: Find) -> None:
    say("a", "could not set lock on file")
    say("b", "the file has a lock on it, set by another")
    assert contents(store, find('"set lock on file"')) == ["could not set lock on file"]


def test_the_last_word_may_be_unfinished(say: Say, find: Find) -> None:
    say("Tell me about connections")
    assert find("tell connec", role="user")[0].snippet == "<mark>Tell</mark> me about <mark>connections</mark>"
    assert find("conn tell", role="user") == ()


def test_a_whole_word_comes_before_its_longer_relatives(store: Store, say: Say, find: Find) -> None:
    for word in ("locksmith", "lockstep", "lock", "locker"):
        say(f"the {word} here")
    assert contents(store, find("lock"))[0] == "the lock here"


def test_misspelt_words_are_found_when_nothing_else_is(store: Store, say: Say, find: Find) -> None:
    say("How does JavaScript work?", "javascript is a language")
    hits = find("javscirpt", role="user")
    assert contents(store, hits) == ["How does JavaScript work?"]
    assert hits[0].snippet == "How does <mark>JavaScript</mark> work?"
    say("javscirpt is how I write it")
    assert contents(store, find("javscirpt")) == ["javscirpt is how I write it"]


@pytest.mark.parametrize(
    ("content", "query"),
    [
        ("東京都は日本の首都です", "日本"),
        ("私はコーヒーが好きです", "コーヒー"),
        ("검색을 어떻게 합니까", "검색"),
        ("ภาษาไทยไม่มีช่องว่างระหว่างคำ", "ช่องว่าง"),
        ("كيف تعمل العَرَبِيَّة", "العربية"),
        ("Où est la crème brûlée ?", "creme brulee"),
        ("Grüße aus Köln", "koln grusse"),
        ("हिन्दी में खोज", "हिन्दी"),
        ("Привет, мир", "ПРИВЕТ"),
        ("look: 🦑", "🦑"),
        ("cafe\u0301 noir", "caf\u00e9"),
    ],
)
def test_any_script_is_found(say: Say, find: Find, content: str, query: str) -> None:
    say("something else, 京日の本東 好き 색검", "nothing")
    turn = say(content)
    assert [hit.message_id for hit in find(query, role="user")] == [turn.question.id]
    assert "<mark>" in find(query, role="user")[0].snippet


def test_languages_that_are_spelt_with_signs(store: Store, say: Say, find: Find) -> None:
    say("Is C the same language?")
    say("Is C++ the same language?")
    say("Is C# the same language?")
    assert contents(store, find("c++")) == ["Is C++ the same language?"]
    assert contents(store, find("c#")) == ["Is C# the same language?"]
    assert find("c++")[0].snippet == "Is <mark>C++</mark> the same language?"
    assert len(find("c language")) == 3


def test_titles_are_found(store: Store, user: User, find: Find) -> None:
    session = store.sessions.create(owner_id=user.id, title="Holiday plans")
    (hit,) = find("holiday ")
    assert (hit.kind, hit.session_id, hit.message_id, hit.role) == ("title", session.id, None, None)
    assert hit.title == "Holiday plans"


def test_the_text_of_files_is_found_with_the_message_it_was_given_to(say: Say, find: Find) -> None:
    source = NewSource("file", "notes.md", "text/markdown", b"raw", "The walrus lives in the north.")
    turn = say("What is this?", sources=(source,))
    (hit,) = find("walrus ")
    assert (hit.kind, hit.name, hit.message_id) == ("file", "notes.md", turn.question.id)
    assert "<mark>walrus</mark>" in hit.snippet
    assert [hit.kind for hit in find("notes.md ")] == ["file"]


def test_filters_as_arguments_and_as_words(store: Store, user: User, say: Say, find: Find) -> None:
    session = store.sessions.create(owner_id=user.id, tags=("Work",), model="gpt-5-mini")
    other = store.sessions.create(owner_id=user.id, tags=("home",), model="llama-3")
    say("whale question", "whale answer ```python\n```", session_id=session.id, model="gpt-5-mini")
    say("whale question", "whale answer https://example.org", session_id=other.id, model="llama-3")

    def sessions(text: str, **more: object) -> set[tuple[str, str | None]]:
        return {(hit.session_id, hit.role) for hit in find(text, **more)}

    work, home = (session.id, "user"), (other.id, "user")
    work_answer, home_answer = (session.id, "assistant"), (other.id, "assistant")
    assert sessions("whale tag:work") == sessions("whale", tags=["work"]) == {work, work_answer}
    assert sessions("whale model:gpt") == sessions("whale", model="gpt-5") == {work, work_answer}
    assert sessions("whale role:user") == sessions("whale", role="user") == {work, home}
    assert sessions("whale has:code") == {work_answer}
    assert sessions("whale has:link") == {home_answer}
    assert sessions("whale", session_id=other.id) == {home, home_answer}
    assert sessions("tag:work tag:home whale") == set()


def test_bounds_of_time(say: Say, find: Find) -> None:
    turn = say("yesterday was a giraffe")
    at = turn.question.created_at
    assert find("giraffe", since=at, until=at, role="user")
    assert not find("giraffe", since=at + timedelta(microseconds=1), role="user")
    assert not find("giraffe", until=at - timedelta(microseconds=1), role="user")
    assert find("giraffe on:today")
    assert not find("giraffe before:today")
    assert find("giraffe", since="7d", until="today")
    assert find("giraffe", since=datetime(2020, 1, 1, tzinfo=UTC).date())


def test_filters_alone_list_the_newest_first(say: Say, find: Find) -> None:
    turns = [say(f"question {number}") for number in range(3)]
    hits = find("role:user")
    assert [hit.message_id for hit in hits] == [turn.question.id for turn in reversed(turns)]
    assert {hit.score for hit in hits} == {0.0}


def test_archived_sessions_are_found_unless_asked_otherwise(store: Store, say: Say, find: Find) -> None:
    turn = say("the ostrich")
    store.sessions.archive(turn.session.id)
    assert find("ostrich", role="user")
    assert find("ostrich", role="user", archived=True)
    assert not find("ostrich", archived=False)
    assert not find("ostrich is:active")


def test_pages_follow_each_other(search: Search, user: User, say: Say) -> None:
    for number in range(5):
        say(f"penguin {number}")
    seen: list[str | None] = []
    cursor = None
    while True:
        page = search.find("penguin ", owner_id=user.id, role="user", limit=2, cursor=cursor)
        seen += [hit.message_id for hit in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


def test_pages_of_misspelt_words_follow_each_other(search: Search, user: User, say: Say) -> None:
    for number in range(3):
        say(f"hippopotamus {number}")
    first = search.find("hipopotamus ", owner_id=user.id, role="user", limit=2)
    second = search.find("hipopotamus ", owner_id=user.id, role="user", limit=2, cursor=first.cursor)
    assert len({hit.message_id for hit in (*first.items, *second.items)}) == 3


def test_signs_without_words_are_found(store: Store, search: Search, user: User, say: Say, find: Find) -> None:
    say("(a) => a ** 2")
    say("a = > b")
    say("x=>y")
    hits = find("=>")
    assert contents(store, hits) == ["x=>y", "(a) => a ** 2"]
    assert hits[0].snippet == "x<mark>=&gt;</mark>y"
    assert contents(store, find("role:user **")) == ["(a) => a ** 2"]
    page = search.find("=>", owner_id=user.id, limit=1)
    assert contents(store, search.find("=>", owner_id=user.id, limit=1, cursor=page.cursor).items) == ["(a) => a ** 2"]


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "?!", "*", "()", "\x00", "\ud800", "a:b:c:", "AND", "NOT OR"])
def test_no_text_is_an_error(find: Find, text: str) -> None:
    assert find(text) == ()


def test_bad_arguments_say_what_is_wrong(search: Search, user: User) -> None:
    with pytest.raises(InvalidInput, match="king"):
        search.find("x", owner_id=user.id, role="king")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="someday"):
        search.find("x", owner_id=user.id, since="someday")
    with pytest.raises(InvalidInput, match="cursor"):
        search.find("x", owner_id=user.id, cursor="nonsense")
    with pytest.raises(InvalidInput, match="one hit"):
        search.find("x", owner_id=user.id, limit=0)


def test_nobody_finds_what_is_somebody_elses(store: Store, search: Search, say: Say, find: Find) -> None:
    bob = store.users.ensure("bob")
    theirs = store.open_turn(user_id=bob.id, question="my secret zebra", title="zebra secrets")
    store.close_turn(theirs.answer.id, content="zebra", status="complete")
    say("a horse")
    assert find("zebra") == ()
    assert find("zeb") == ()
    assert find("zebrra ") == ()
    assert find("role:user has:code") == ()
    assert find("zebra", session_id=theirs.session.id) == ()
    assert len(search.find("zebra", owner_id=bob.id).items) == 3


def test_the_index_lies_beside_the_database(store: Store, say: Say, find: Find) -> None:
    say("something")
    find("something")
    assert Path(f"{store.path}.search").is_dir()
