"""`doctor --deep` finds what does not fit together, says what it can mend, and mends nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import Scripted
from transfer.talks import contents, full_talk

from squid_nb.config import Config
from squid_nb.doctor_deep import check_deep
from squid_nb.records import NewSource
from squid_nb.squid import Squid
from squid_nb.store import Store
from squid_nb.transfer.restore import restore


@pytest.fixture
def squid(tmp_path: Path) -> Iterator[Squid]:
    made = Squid(Config.load(), user="ada", store=Store(tmp_path / "history.duckdb"), provider=Scripted("hi"))
    full_talk(made.user.id).put(made.store, made.user.id)
    full_talk(made.user.id, "Another").put(made.store, made.user.id)
    yield made
    made.close()


def spoil(squid: Squid, *statements: str) -> None:
    with squid.store.database.lease() as connection:
        for statement in statements:
            connection.execute(statement)


def statuses(checks: list) -> list[tuple[str, str]]:
    return [(check.name, check.status) for check in checks]


SOUND = [("history", "ok"), ("files", "ok"), ("space", "ok"), ("search index", "ok")]

DAMAGE = {
    "messages whose parent is lost": "update messages set parent_id = uuid() where content = 'And?'",
    "follow themselves through a circle": """
        update messages set parent_id = (select id from messages as m where m.session_id = messages.session_id
            and content = 'And?') where content like '```python%'""",
    "path ends in a message that is lost": "delete from messages where status = 'failed'",
    "attachments of messages that are lost": "delete from messages where content = 'And?'",
    "sessions whose row is lost": "delete from sessions where title = 'Another'",
    "stored files that nothing refers to": """
        insert into files select sha256('x'::blob), 1, 'text/plain', timestamp '2020-01-01', 1, 1""",
    "stored files of which only the bytes are left": "insert into shelf_1 select sha256('x'::blob), 0, 'x'::blob, null",
    "rows of messages whose id is there twice": "insert into messages from messages where content = 'And?' limit 1",
    "rows of usage whose id is there twice": "insert into usage from usage limit 1",
}


def test_a_sound_history_is_said_to_be_sound(squid: Squid) -> None:
    assert statuses(check_deep(squid)) == SOUND
    assert statuses(check_deep(squid, repair=True)) == SOUND


@pytest.mark.parametrize("words", DAMAGE)
def test_damage_is_found_and_only_mended_when_asked_for_after_a_backup(
    squid: Squid, tmp_path: Path, words: str
) -> None:
    spoil(squid, DAMAGE[words])
    damaged = contents(squid.store)
    checks = check_deep(squid)
    (found,) = [check for check in checks if words in check.detail]
    assert found.status == "fail"
    assert found.remedy.startswith("With --repair:")
    assert contents(squid.store) == damaged

    mended = check_deep(squid, repair=True)
    assert any(check.name == "repair" and words in check.detail for check in mended)
    assert statuses(mended)[-4:] == SOUND
    assert statuses(check_deep(squid)) == SOUND

    (backup,) = tmp_path.glob("*.before-repair-*.backup.zip")
    before = Store(tmp_path / "before.duckdb")
    restore(before, backup)
    assert contents(before) == damaged


def test_what_cannot_be_mended_is_said(squid: Squid) -> None:
    spoil(
        squid,
        "update shelf_1 set data = 'other'::blob where text = 'abc'",
        "update messages set role = 'wizard' where content = 'And?'",
    )
    for repair in (False, True):
        checks = {check.name: check for check in check_deep(squid, repair=repair)}
        assert checks["history"].status == checks["files"].status == "fail"
        assert "a role or a status that there is not" in checks["history"].detail
        assert "1 of 3 stored ones are not as they were given" in checks["files"].detail
        assert "restore a backup" in checks["files"].remedy


def test_rows_that_share_an_id_but_differ_are_left_for_a_person(squid: Squid) -> None:
    spoil(squid, "insert into users select id, 'grace', created_at from users")
    was = contents(squid.store)
    checks = check_deep(squid, repair=True)
    assert any("rows of users that differ" in check.detail and check.status == "fail" for check in checks)
    assert contents(squid.store) == was


def test_progress_reaches_the_end(squid: Squid) -> None:
    seen: list[float] = []
    check_deep(squid, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_repair_writes_the_file_anew_and_says_what_was_freed(squid: Squid) -> None:
    large = NewSource("file", "large.bin", "application/octet-stream", os.urandom(4 << 20), None)
    turn = squid.store.open_turn(user_id=squid.user.id, question="Read this.", sources=[large])
    squid.store.close()
    squid.store.sessions.delete(turn.session.id)
    squid.store.close()
    (space,) = [check for check in check_deep(squid) if check.name == "space"]
    assert "are free" in space.detail
    assert "--repair" in space.remedy
    before = squid.store.path.stat().st_size
    (space,) = [check for check in check_deep(squid, repair=True) if check.name == "space"]
    assert space.detail.startswith("written anew without what was deleted")
    assert squid.store.path.stat().st_size < before
