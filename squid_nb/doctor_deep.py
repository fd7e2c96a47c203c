"""`doctor --deep`: reads the whole history, says what does not fit together, and mends what it says it can mend.

Before anything is mended a backup is made beside the database. A repair also writes the file anew, so that what was
deleted is no longer in its bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .doctor import Check
from .errors import SquidError
from .store.compaction import compact, free_bytes
from .store.integrity import Finding, Integrity
from .transfer.backup import back_up

if TYPE_CHECKING:
    from .squid import Squid

__all__ = ["check_deep"]


def check_deep(squid: Squid, *, repair: bool = False, progress: Callable[[float], None] | None = None) -> list[Check]:
    """Everything about the contents of the database.

    Parameters
    ----------
    repair
        Mend what can be mended, after a backup.
    progress
        Told the fraction of the stored files that have been read.
    """
    integrity = Integrity(squid.store.database)
    try:
        findings = integrity.findings()
        checks = _repaired(squid, integrity) if repair and _mendable(findings) else _told(findings)
        return [*checks, _files(integrity, progress), _space(squid, repair=repair), _index(squid)]
    except SquidError as error:
        return [Check("history", "fail", error.message, error.hint)]


def _told(findings: list[Finding]) -> list[Check]:
    if not findings:
        return [Check("history", "ok", "trees, attachments and ledger fit together")]
    return [
        Check(
            "history",
            "fail",
            f"{finding.what}: {finding.rows:,}",
            f"With --repair: {finding.remedy}." if finding.remedy else "This cannot be mended here; restore a backup.",
        )
        for finding in findings
    ]


def _repaired(squid: Squid, integrity: Integrity) -> list[Check]:
    path = squid.store.path
    copy = path.with_name(f"{path.stem}.before-repair-{datetime.now(UTC):%Y%m%dT%H%M%S}.backup.zip")
    back_up(squid.store, copy)
    mended = integrity.mend()
    checks = [Check("backup", "ok", f"made before the repair: {copy}")]
    checks += [Check("repair", "ok", f"{one.what} ({one.rows:,}): {one.remedy}") for one in mended]
    left = integrity.findings()
    return [*checks, *_told(left)]


def _mendable(findings: list[Finding]) -> bool:
    return any(finding.remedy for finding in findings)


def _files(integrity: Integrity, progress: Callable[[float], None] | None) -> Check:
    """The bytes of every stored file, against the hash they are stored under."""
    hashes = integrity.files()
    wrong = []
    for number, sha256 in enumerate(hashes, start=1):
        if not integrity.is_right(sha256):
            wrong.append(sha256)
        if progress is not None:
            progress(number / len(hashes))
    if wrong:
        named = ", ".join(sha256[:12] for sha256 in wrong[:5])
        detail = f"{len(wrong):,} of {len(hashes):,} stored ones are not as they were given: {named}"
        return Check(
            "files", "fail", detail, "Their bytes cannot be mended here; restore a backup or attach them again."
        )
    return Check("files", "ok", f"{len(hashes):,} stored, each as it was given")


def _space(squid: Squid, *, repair: bool) -> Check:
    """What is free in the file; the words of deleted conversations may be there still, and in blocks half used."""
    database = squid.store.database
    if not repair:
        detail = (
            f"{_mb(free_bytes(database))} of the file's {_mb(database.path.stat().st_size)} are free and reused later"
        )
        return Check("space", "ok", detail, "With --repair: written anew, so that nothing that was deleted is in it.")
    try:
        done = compact(database)
    except OSError as error:
        reason = (error.strerror or "the disk reports an error").lower()
        return Check("space", "fail", f"The file could not be written anew: {reason}.", "It is as it was.")
    return Check("space", "ok", f"written anew without what was deleted: {_mb(done.before)}, now {_mb(done.after)}")


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _index(squid: Squid) -> Check:
    """The search index is a cache: whatever is wrong with it, searching makes it anew."""
    try:
        squid.search("", limit=1)
    except SquidError as error:
        return Check("search index", "fail", error.message, error.hint)
    return Check("search index", "ok", "can be read and has caught up")
