"""`Squid`'s verbs that take the history out and bring it in: `export import_ backup restore`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import ending
from .errors import InvalidInput
from .parts import Parts
from .records import Page, Session
from .sessions import SessionRef

if TYPE_CHECKING:
    from .transfer import Progress, Report
    from .transfer.backup import Backup
    from .transfer.export import ExportProgress
    from .transfer.restore import Restored

__all__ = ["Chosen", "Moving"]

Chosen: TypeAlias = SessionRef | Page | Mapping[str, Any] | Iterable[Any] | None
"""What is exported: a session; several of them, such as a page, a selection or the hits of a search; the keywords of
`sessions.list` (`{"query": "duckdb tag:work", "since": "7d"}`); or None, which is everything that is not deleted."""

_PAGE = 500


class Moving(Parts):
    """Out of the database, into it, and the whole of it."""

    def export(
        self,
        chosen: Chosen = None,
        format: str = "json",  # noqa: A002 - the word people look for
        path: str | Path | None = None,
        *,
        force: bool = False,
        progress: Callable[[ExportProgress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Path:
        """Write sessions as `json`, `markdown`, `html`, `ipynb` or `parquet`; see `transfer.export.export`.

        Returns
        -------
        Path
            What was written; nothing but the history is in it.
        """
        from .transfer.export import export

        return export(
            self.store,
            self.chosen_ids(chosen),
            format,
            path,
            force=force,
            progress=progress,
            cancel=_until_the_end(cancel),
        )

    def import_(
        self,
        path: str | Path,
        *,
        dry_run: bool = False,
        progress: Callable[[Progress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Report:
        """Bring in what this or another program has exported; see `transfer.import_file`."""
        from .transfer import import_file

        return import_file(
            path,
            store=self.store,
            user_id=self.user.id,
            dry_run=dry_run,
            progress=progress,
            cancel=_until_the_end(cancel),
        )

    def backup(
        self,
        path: str | Path,
        *,
        force: bool = False,
        progress: Callable[[float], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Backup:
        """Write the whole database to one verified file, while others go on; see `transfer.backup.back_up`."""
        from .transfer.backup import back_up

        return back_up(self.store, path, force=force, progress=progress, cancel=_until_the_end(cancel))

    def restore(
        self,
        path: str | Path,
        *,
        force: bool = False,
        progress: Callable[[float], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Restored:
        """Put a backup in place of the database, which is kept beside it; see `transfer.restore.restore`."""
        from .transfer.restore import restore

        restored = restore(self.store, path, force=force, progress=progress, cancel=_until_the_end(cancel))
        self.forget()
        return restored

    def chosen_ids(self, chosen: Chosen) -> list[str]:
        """The ids of sessions that this person may see, each once."""
        return list(dict.fromkeys(self._chosen(chosen)))

    def _chosen(self, chosen: Chosen) -> Iterator[str]:
        if chosen is None or isinstance(chosen, Mapping):
            yield from self._listed(dict(chosen or {"archived": None}))
        elif isinstance(chosen, (str, Session)):
            yield self.sessions.get(chosen).id
        else:
            for one in chosen.items if isinstance(chosen, Page) else chosen:
                # A hit of a search names its session.
                yield self.sessions.get(getattr(one, "session_id", one)).id

    def _listed(self, filters: dict[str, Any]) -> Iterator[str]:
        known = set(signature(self.sessions.list).parameters) - {"limit", "cursor"}
        unknown = sorted(set(filters) - known)
        if unknown:
            raise InvalidInput(f"{unknown[0]!r} is no filter of sessions.", f"There are: {', '.join(sorted(known))}.")
        cursor: str | None = None
        while True:
            page = self.sessions.list(**filters, limit=_PAGE, cursor=cursor)
            yield from (session.id for session in page.items)
            cursor = page.cursor
            if cursor is None:
                return


def _until_the_end(cancel: Callable[[], bool] | None) -> Callable[[], bool]:
    """Cancelled as well when the process ends and this thread with it."""
    return lambda: ending.mine() or (cancel is not None and cancel())
