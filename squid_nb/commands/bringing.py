"""The verb that brings conversations of other programs in: `import`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from .carrying import Here
from .shown import escape
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["IMPORT"]


def _import(squid: Squid, args: Namespace, context: Context) -> Result:
    results: list[Result] = []
    for typed in args.path:
        try:
            results.append(_import_one(squid, typed, args, context))
        except InvalidInput as error:
            # Of several, one that cannot be read does not keep the others out.
            if len(args.path) == 1:
                raise
            results.append(Result(str(error), escape(str(error)), failed=True))
        if context.cancelled():
            break
    return Result(
        "\n".join(result.text for result in results),
        "\n\n".join(result.markdown for result in results),
        failed=any(result.failed for result in results),
    )


def _import_one(squid: Squid, typed: str, args: Namespace, context: Context) -> Result:
    path = (context.cwd or Path()) / Path(typed).expanduser()
    carrier = context.carrier or Here(squid)
    report = carrier.import_(path, dry_run=args.dry_run, tell=context.tell, cancel=context.cancelled)
    report.path = typed
    nothing = not (report.imported or report.extended or report.already_there)
    return Result(str(report), report.markdown(), failed=report.cancelled or nothing)


IMPORT = Verb(
    "import",
    "Bring in conversations that this or another program has exported.",
    _import,
    (
        Argument(
            ("path",),
            "files, zips or directories; their formats are told by their content",
            many="+",
            completes="path",
        ),
        Argument(("--dry-run",), "only say what would be imported", many="flag"),
    ),
)
