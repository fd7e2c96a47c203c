"""The verb that brings conversations of other programs in: `import`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .carrying import Here
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["IMPORT"]


def _import(squid: Squid, args: Namespace, context: Context) -> Result:
    path = (context.cwd or Path()) / Path(args.path).expanduser()
    carrier = context.carrier or Here(squid)
    report = carrier.import_(path, dry_run=args.dry_run, tell=context.tell, cancel=context.cancelled)
    report.path = args.path
    nothing = not (report.imported or report.extended or report.already_there)
    return Result(str(report), report.markdown(), failed=report.cancelled or nothing)


IMPORT = Verb(
    "import",
    "Bring in conversations that this or another program has exported.",
    _import,
    (
        Argument(("path",), "the file, zip or directory; its format is told by its content", completes="path"),
        Argument(("--dry-run",), "only say what would be imported", many="flag"),
    ),
)
