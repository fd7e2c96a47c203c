"""The verbs that take the history out and keep it safe: `export backup restore`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from .carrying import Here
from .conversations import chosen, find, told
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..moving import Chosen
    from ..squid import Squid

__all__ = ["BACKUP", "EXPORT", "RESTORE"]

_FORMATS = ("json", "markdown", "html", "ipynb", "parquet")
_SUFFIXES = {
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".ipynb": "ipynb",
    ".parquet": "parquet",
}


def _export(squid: Squid, args: Namespace, context: Context) -> Result:
    path = _place(args.to, context)
    form = args.format or _SUFFIXES.get(path.suffix.lower(), "html")
    wanted = _selected(squid, args, context)
    carrier = context.carrier or Here(squid)
    written = carrier.export(wanted, form, path, force=args.force, tell=context.tell, cancel=context.cancelled)
    return told(f"Wrote {_named(written, context)}.")


def _named(path: Path, context: Context) -> Path:
    """As it is known where the composer is; a terminal's user may be elsewhere a moment later."""
    inside = context.door == "composer" and context.cwd is not None and path.is_relative_to(context.cwd)
    return path.relative_to(context.cwd) if inside and context.cwd is not None else path


def _selected(squid: Squid, args: Namespace, context: Context) -> Chosen:
    """What was asked for: everything, a search, filters, named sessions, or the current one."""
    filters: dict[str, Any] = {"query": args.query} if args.query else {}
    filters |= {name: getattr(args, name) for name in ("tag", "since", "until") if getattr(args, name)}
    if (args.all or filters) and args.session:
        raise InvalidInput("Name sessions, or say which ones with options, but not both.")
    if args.all:
        return None
    if filters:
        return {"tags" if name == "tag" else name: value for name, value in filters.items()}
    if args.session:
        return [find(squid, reference, context) for reference in args.session]
    return chosen(squid, None, context, reading=True)


def _backup(squid: Squid, args: Namespace, context: Context) -> Result:
    done = squid.backup(
        _place(args.path, context),
        force=args.force,
        progress=lambda fraction: context.tell(fraction, "Backing up"),
        cancel=context.cancelled,
    )
    return told(f"Wrote {done}.")


def _restore(squid: Squid, args: Namespace, context: Context) -> Result:
    done = squid.restore(
        _place(args.path, context),
        force=args.force,
        progress=lambda fraction: context.tell(fraction, "Restoring"),
        cancel=context.cancelled,
    )
    squid.current = None
    return told(f"{done}.")


def _place(path: str | None, context: Context) -> Path:
    return (context.cwd or Path()) / Path(path or ".").expanduser()


_FORCE = Argument(("--force",), "replace what is there", many="flag")

EXPORT = Verb(
    "export",
    "Write sessions to a file: a page, a notebook, or everything as JSON or tables.",
    _export,
    (
        Argument(("session",), "which ones; else the current one", many="*", completes="session"),
        Argument(("--all",), "all sessions", many="flag"),
        Argument(("--query",), "those with these words in title or tags, and filters such as 'tag:work before:2026'"),
        Argument(("--tag",), "those with this tag; may be repeated", many="append"),
        Argument(("--since",), "those used since then, such as 2026-01-31 or 7d"),
        Argument(("--until",), "those not used after that"),
        Argument(("--format",), "the format; else as the name of the file says, or html", choices=_FORMATS),
        Argument(("--to",), "the file or its directory; else here, named after the session", completes="path"),
        _FORCE,
    ),
)
BACKUP = Verb(
    "backup",
    "Write the whole history to one verified file.",
    _backup,
    (
        Argument(("path",), "the file or its directory; else here, named after the time", many="?", completes="path"),
        _FORCE,
    ),
)
RESTORE = Verb(
    "restore",
    "Put a backup in place of the history, which is kept beside it.",
    _restore,
    (
        Argument(("path",), "the backup", completes="path"),
        Argument(("--force",), "also when there is a history already", many="flag"),
    ),
)
