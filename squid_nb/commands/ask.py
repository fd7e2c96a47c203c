"""`ask`: a question with its options, as every door reads them."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..prompt import parse
from .verb import Argument, Context, Door, Question, Verb

if TYPE_CHECKING:
    from ..asking import Options
    from ..squid import Squid

__all__ = ["ASK", "ASK_ARGUMENTS", "question_from"]

_MAGIC: frozenset[Door] = frozenset({"magic"})
_TYPED: frozenset[Door] = frozenset({"magic", "cli"})


def _temperature(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 2:
        raise ValueError(text)
    return value


ASK_ARGUMENTS = (
    Argument(("-s", "--session"), "go on in this session: id, beginning of an id, or title", completes="session"),
    Argument(("--new",), "start a new session", many="flag"),
    Argument(("-m", "--model"), "ask this model", completes="model"),
    Argument(("-f", "--file"), "attach a file; may be repeated", many="append", completes="path", metavar="PATH"),
    Argument(("-o", "--output"), "keep the answer in this variable", metavar="NAME", doors=_MAGIC),
    Argument(
        ("--as",),
        "take the answer as Markdown, plain text, only its code, or JSON",
        choices=("markdown", "text", "code", "json"),
        default="markdown",
        doors=_TYPED,
    ),
    Argument(("--system",), "instructions that come before the conversation", metavar="TEXT"),
    Argument(("--temperature",), "0 for the likeliest words, up to 2", kind=_temperature, metavar="NUMBER"),
    Argument(("--no-stream",), "show the answer when it is complete", many="flag", doors=_TYPED),
    Argument(("--no-history",), "send the question without the conversation before it", many="flag"),
    Argument(("--dry-run",), "show exactly what would be sent, and to which host", many="flag", doors=_TYPED),
    Argument(("--cached",), "show the stored answer to this question without calling a model", many="flag"),
)


def question_from(squid: Squid, text: str, args: Namespace, context: Context) -> Question:
    """Read a typed question and its options.

    Raises
    ------
    InvalidInput
        When there is nothing to ask, a name is no name, or `{{name}}` cannot be filled.
    NotFound
        When there is no such session.
    """
    if not text.strip():
        raise InvalidInput("There is no question.", "Write one after the command.")
    output = getattr(args, "output", None)
    if output is not None and not output.isidentifier():
        raise InvalidInput(f"{output!r} is not a name for a variable.", "Use letters, digits and _.")
    prompt = parse(text, None if context.door == "cli" else context.namespace, cwd=context.cwd)
    base = context.cwd or Path.cwd()
    files = [base / Path(path).expanduser() for path in args.file or ()]
    mentioned = [(name, context.namespace[name]) for name in prompt.variables]
    options: Options = {
        "sources": [*files, *(path for path in prompt.paths if path not in files), *mentioned],
        "session": _session(squid, args, context),
        "model": args.model,
        "system": args.system,
        "temperature": args.temperature,
        "history": not args.no_history,
        "cached": args.cached,
        "notices": prompt.notices,
        "provenance": replace(context.provenance, door=context.door if context.door != "composer" else "widget"),
        "response_format": "json" if getattr(args, "as", None) == "json" else "text",
    }
    return Question(
        prompt=prompt.text,
        options=options,
        form=getattr(args, "as", None) or "markdown",
        output=output,
        stream=not getattr(args, "no_stream", False),
        dry_run=getattr(args, "dry_run", False),
    )


def _session(squid: Squid, args: Namespace, context: Context) -> Any:
    """The session to go on with: the one asked for, none for a new one, else the current one."""
    if args.session is not None and args.new:
        raise InvalidInput("--session and --new exclude each other.", "Leave one of them out.")
    if args.session is not None:
        return squid.sessions.get(args.session)
    return None if args.new else squid.session_for(context.provenance.notebook)


def _ask(squid: Squid, args: Namespace, context: Context) -> Question:
    text = args.prompt if isinstance(args.prompt, str) else " ".join(args.prompt)
    return question_from(squid, text, args, context)


ASK = Verb(
    "ask",
    "Ask the model.",
    _ask,
    (*ASK_ARGUMENTS, Argument(("prompt",), "the question; @name and @path attach", many="*")),
    verbatim="prompt",
)
