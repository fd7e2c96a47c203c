"""`ask`: a question with its options, as every door reads them."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..prompt import parse
from .conversations import find, last_used
from .verb import Argument, Context, Door, Question, Verb

if TYPE_CHECKING:
    from ..asking import Options
    from ..squid import Squid

__all__ = ["ASK", "ASK_ARGUMENTS", "ask_arguments", "question_from"]

_MAGIC: frozenset[Door] = frozenset({"magic"})
_CLI: frozenset[Door] = frozenset({"cli"})
_TYPED: frozenset[Door] = frozenset({"magic", "cli"})


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 to 2")
    return value


ASK_ARGUMENTS = (
    Argument(("-s", "--session"), "go on in this session: id, beginning of an id, or title", completes="session"),
    Argument(("-c", "--continue"), "go on in the session that was used last", many="flag", doors=_CLI),
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


def ask_arguments(door: Door) -> tuple[Argument, ...]:
    """The options of a question at this door."""
    return tuple(argument for argument in ASK_ARGUMENTS if door in argument.doors)


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
    go_on = getattr(args, "continue", False)
    given = [name for name, is_given in (("session", args.session), ("continue", go_on), ("new", args.new)) if is_given]
    if len(given) > 1:
        raise InvalidInput(f"--{given[0]} and --{given[1]} exclude each other.", "Leave one of them out.")
    if args.session is not None:
        return find(squid, args.session, context)
    if go_on:
        return last_used(squid, context)
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
