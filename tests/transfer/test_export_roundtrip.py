"""What `json` and `html` write comes in again without loss, whatever it holds."""

from __future__ import annotations

import base64
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transfer.talks import Talk, contents, full_talk

from squid_nb.store import Store
from squid_nb.transfer import import_file
from squid_nb.transfer.export import export

FORMATS = ["json", "html"]


def exported(store: Store, place: Path, form: str) -> Path:
    user = store.users.ensure("ada")
    ids = [session.id for session in store.sessions.list(owner_id=user.id, limit=500, archived=None).items]
    return export(store, ids, form, place / f"out.{form}", force=True)


def brought(path: Path, place: Path, name: str = "ada") -> tuple[Store, Any]:
    store = Store(place / "again.duckdb")
    report = import_file(path, store=store, user_id=store.users.ensure(name).id)
    return store, report


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_comes_in_again_without_loss(tmp_path: Path, form: str) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    full_talk(user).put(store, user)
    full_talk(user, "</title><script>alert(1)</script>").put(store, user)
    Talk("Empty").put(store, user)
    path = exported(store, tmp_path, form)
    again, report = brought(path, tmp_path)
    assert (report.imported, report.skipped, report.broken) == (3, 0, [])
    assert contents(again) == contents(store)


words = st.text(st.characters(), max_size=40)
"""Any character, lone surrogates and NUL included."""


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    talk = Talk(draw(words), model=draw(st.none() | words), system=draw(st.none() | words), tags=draw(st.sets(words)))
    keys: list[str | None] = [None]
    for _ in range(draw(st.integers(0, 6))):
        data = draw(st.binary(max_size=30))
        given_sources = draw(st.lists(st.tuples(words, st.none() | words), max_size=2))
        keys.append(
            talk.say(
                draw(st.sampled_from(["user", "assistant", "system"])),
                draw(words),
                parent=draw(st.sampled_from(keys)),
                reasoning=draw(words),
                status=draw(st.sampled_from(["complete", "stopped", "failed", "interrupted"])),
                error=draw(st.none() | words),
                sources=[("file", name, data + bytes([at]), text) for at, (name, text) in enumerate(given_sources)],
            )
        )
    talk.head = draw(st.sampled_from(keys))
    return talk


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(talks(), min_size=1, max_size=3), st.sampled_from(FORMATS))
def test_whatever_is_exported_comes_in_again_the_same(given_talks: list[Talk], form: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        store = Store(place / "a.duckdb", idle_hold_ms=2000)
        user = store.users.ensure("ada").id
        for talk in given_talks:
            talk.put(store, user)
        path = exported(store, place, form)
        again, report = brought(path, place)
        assert report.imported == len(given_talks)
        assert contents(again) == contents(store)
        store.close()
        again.close()


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_import_adds_nothing_and_a_later_export_only_what_is_new(tmp_path: Path, form: str) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    talk = full_talk(user)
    talk.put(store, user)
    before = exported(store, tmp_path, form).rename(tmp_path / f"before.{form}")
    talk.say("user", "Later")
    grown = talk.transcript()
    store.readmission.take([grown], owner_id=user, load=talk.files.get)
    with store.database.lease() as connection:
        connection.execute("update sessions set updated_at = updated_at + interval 1 hour, head_id = $1", [talk.head])
    after = exported(store, tmp_path, form)
    again, _ = brought(before, tmp_path)
    _, report = brought(before, tmp_path)
    assert (report.imported, report.extended, report.already_there, report.messages) == (0, 0, 1, 0)
    _, report = brought(after, tmp_path)
    assert (report.imported, report.extended, report.messages) == (0, 1, 1)
    assert contents(again) == contents(store)


def test_calls_of_other_people_stay_out_of_the_ledger(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    full_talk(user).put(store, user)
    again, report = brought(exported(store, tmp_path, "json"), tmp_path, "grace")
    assert contents(again)["usage"] == []
    assert "2 model calls of other people" in report.items[0].reason
    assert contents(again)["messages"] == contents(store)["messages"]


def test_what_belongs_to_somebody_else_is_copied_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.duckdb")
    ada, grace = store.users.ensure("ada").id, store.users.ensure("grace").id
    full_talk(ada).put(store, ada)
    path = exported(store, tmp_path, "json")
    for _ in range(2):
        report = import_file(path, store=store, user_id=grace)
    (copy,) = store.sessions.list(owner_id=grace).items
    (own,) = store.sessions.list(owner_id=ada).items
    assert report.already_there == 1
    assert copy.id != own.id
    mine, theirs = ([m.content for m in store.messages.path(one.id)] for one in (own, copy))
    assert mine == theirs
    assert len(contents(store)["usage"]) == 2


def test_a_deleted_session_is_brought_back_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    session_id = full_talk(user).put(store, user)
    was = contents(store)
    path = exported(store, tmp_path, "json")
    store.trash.put([session_id], keep=timedelta(days=1))
    import_file(path, store=store, user_id=user)
    assert contents(store) == was
    assert not store.trash.list(owner_id=user)


@pytest.mark.parametrize("form", FORMATS)
def test_a_truncated_export_gives_every_complete_session_and_says_where_it_broke(tmp_path: Path, form: str) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    for number in range(5):
        full_talk(user, f"Talk {number}").put(store, user)
    whole = exported(store, tmp_path, form).read_bytes()
    cut = whole[: whole.rindex(b'{"type":"session"') + 200]
    path = tmp_path / f"cut.{form}"
    path.write_bytes(cut)
    again, report = brought(path, tmp_path)
    assert report.imported == 4
    assert len(report.broken) == 1
    assert len(contents(again)["sessions"]) == 4


def test_a_file_whose_bytes_were_changed_is_left_out_and_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    full_talk(user).put(store, user)
    path = exported(store, tmp_path, "json")
    changed = path.read_bytes().replace(base64.b64encode(b"abc"), base64.b64encode(b"abd"))
    path.write_bytes(changed)
    again, report = brought(path, tmp_path)
    assert "not those of its hash" in " ".join(item.reason for item in report.items)
    assert report.imported == 1
    assert len(contents(again)["files"]) == len(contents(store)["files"]) - 1


def test_long_sessions_and_large_files_are_carried_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_nb.transfer.export_json._PART_BYTES", 64)
    store = Store(tmp_path / "a.duckdb")
    user = store.users.ensure("ada").id
    talk = Talk("Long")
    for number in range(20):
        talk.say("user", f"{number} {'x' * 10}", sources=[("file", "big", b"%d" % number * 100, None)])
    talk.put(store, user)
    path = exported(store, tmp_path, "json")
    assert path.read_bytes().count(b'{"type":"messages"') > 5
    assert path.read_bytes().count(b'"type":"file"') > 40
    again, report = brought(path, tmp_path)
    assert (report.imported, report.extended, report.messages) == (1, 0, 20)
    assert contents(again) == contents(store)
