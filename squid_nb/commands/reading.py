"""From a typed line or a program's arguments to a verb and its result."""

from __future__ import annotations

import argparse
import difflib
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ConfigError, InvalidInput
from . import ask, bringing, conversations, finding, fix, keeping, organising, setup, sql, usage
from .shown import Table, escape
from .verb import Argument, Context, Door, Question, Result, Verb

if TYPE_CHECKING:
    from ..squid import Squid

__all__ = ["add_arguments", "leading_options", "read", "read_without_settings", "run", "verb_named", "verbs"]

_TOKEN = re.compile(r"\s*((?:\"[^\"]*\"|'[^']*'|[^\s\"'])+)")


def run(squid: Squid, line: str | Sequence[str], context: Context | None = None) -> Result:
    """Run a verb and wait for its result; a verb that asks the model gives the answer.

    Parameters
    ----------
    squid
        Whose sessions and models.
    line
        What was typed, with or without the slash, or a program's arguments.
    context
        Where it was typed; the composer when None.

    Raises
    ------
    SquidError
        Everything that goes wrong, in one sentence.
    """
    done = read(squid, line, context)
    if isinstance(done, Result):
        return done
    answer = squid.ask(done.prompt, **done.options)
    squid.current = answer.session_id
    return Result(answer.text, answer.text)


def read(squid: Squid, line: str | Sequence[str], context: Context | None = None) -> Result | Question:
    """Run a verb as far as the model: the door asks a `Question` itself, so that it can stream the answer."""
    context = context or Context()
    if isinstance(line, str):
        name, _, rest = line.strip().removeprefix("/").partition(" ")
        if "\n" in name:
            name, _, rest = line.strip().removeprefix("/").partition("\n")
        verb = verb_named(name or "help", door=context.door)
        arguments = _from_line(verb, rest, context)
    else:
        verb = verb_named(line[0].removeprefix("/") if line else "help", door=context.door)
        arguments = None if {"-h", "--help"} & set(line[1:]) else parse_arguments(verb, line[1:], context)
    if arguments is None:
        return _explain(verb, context)
    return verb.run(squid, arguments, context)


def read_without_settings(line: str | Sequence[str], context: Context, error: ConfigError) -> Result | None:
    """What helps while the settings are refused, `config --trust` and `doctor`; None for all that needs settings."""
    words = split(line) if isinstance(line, str) else list(line)
    name = words[0].removeprefix("/") if words else ""
    if name == setup.CONFIG.name and "--trust" in words:
        return setup.trust(parse_arguments(setup.CONFIG, words[1:], context))
    return setup.diagnose(error) if name == setup.DOCTOR.name else None


def verbs(door: Door) -> tuple[Verb, ...]:
    """The verbs of a door, in the order in which help lists them."""
    return tuple(verb for verb in _VERBS if door in verb.doors)


def verb_named(name: str, *, door: Door) -> Verb:
    """The verb of this name.

    Raises
    ------
    InvalidInput
        Suggests the nearest one.
    """
    names = {verb.name: verb for verb in verbs(door)}
    if name in names:
        return names[name]
    context = Context(door=door)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {context.say(near[0])}?" if near else f"{context.say('help')} lists them."
    raise InvalidInput(f"There is no command {name[:40]!r}.", hint)


def leading_options(text: str, arguments: Sequence[Argument]) -> tuple[list[str], str]:
    """Split known options off the front of a line; what follows them is left byte for byte.

    `-m gpt "Why?"` gives `["-m", "gpt"]` and `"Why?"` with its quotes. `--` ends the options.
    """
    options = {name: one for one in arguments if one.is_option for name in one.names}
    options |= {name: Argument((name,), "", many="flag") for name in ("-h", "--help")}
    taken: list[str] = []
    place = 0
    while match := _TOKEN.match(text, place):
        word = match.group(1)
        if word == "--":
            return taken, text[match.end() :].removeprefix(" ")
        known = options.get(word.partition("=")[0] if word.startswith("--") else word)
        if known is None:
            break
        taken.append(_unquote(word))
        place = match.end()
        if known.takes_value and "=" not in word and (value := _TOKEN.match(text, place)):
            taken.append(_unquote(value.group(1)))
            place = value.end()
    rest = text[place:]
    return taken, rest.removeprefix(" ") if taken else rest


def parse_arguments(verb: Verb, argv: Sequence[str], context: Context) -> argparse.Namespace:
    """Parse a verb's arguments.

    Raises
    ------
    InvalidInput
        Says what is wrong and how to get help.
    """
    parser = _Parser(verb, context)
    add_arguments(parser, verb.arguments, door=context.door)
    return parser.parse_intermixed_args(list(argv))


def add_arguments(parser: argparse.ArgumentParser, arguments: Sequence[Argument], *, door: Door) -> None:
    """Declare arguments to argparse; those that belong to other doors get their defaults."""
    for argument in arguments:
        destination = max(argument.names, key=len).lstrip("-").replace("-", "_")
        if door not in argument.doors:
            parser.set_defaults(**{destination: False if argument.many == "flag" else argument.default})
            continue
        options: dict[str, Any] = {"help": argument.help.replace("%", "%%")}
        if argument.many == "flag":
            options["action"] = "store_true"
        else:
            options |= {"type": argument.kind, "default": argument.default, "metavar": argument.metavar}
            if argument.choices:
                options["choices"] = argument.choices
            if argument.many == "append":
                options["action"] = "append"
            elif argument.many:
                options["nargs"] = argument.many
        if argument.is_option:
            options["dest"] = destination
        elif argument.many == "*":
            options["default"] = []
        parser.add_argument(*argument.names, **options)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as an `InvalidInput` instead of printing and leaving."""

    def __init__(self, verb: Verb, context: Context) -> None:
        super().__init__(prog=context.say(verb.name), description=verb.summary, add_help=False, allow_abbrev=False)
        self._hint = f"See {context.say('help')} {verb.name}."

    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:].rstrip(".")
        raise InvalidInput(f"{sentence}.", self._hint)


def _from_line(verb: Verb, rest: str, context: Context) -> argparse.Namespace | None:
    """The arguments of a typed line; None when help is asked for."""
    if verb.verbatim:
        taken, text = leading_options(rest, [one for one in verb.arguments if context.door in one.doors])
        if {"-h", "--help"} & set(taken):
            return None
        arguments = parse_arguments(verb, taken, context)
        setattr(arguments, verb.verbatim, text)
        return arguments
    words = split(rest)
    return None if {"-h", "--help"} & set(words) else parse_arguments(verb, words, context)


def split(line: str) -> list[str]:
    """Words of a line; quotes hold words together, and a single apostrophe is just one."""
    try:
        # Not as POSIX shells do it: a backslash in a Windows path stays one.
        words = shlex.split(line, posix=False)
    except ValueError:
        return line.split()
    return [_unquote(word) for word in words]


def _unquote(word: str) -> str:
    name, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return f"{name}{equals}{value}"


def _help(squid: Squid, args: argparse.Namespace, context: Context) -> Result:
    if args.verb is not None:
        return _explain(verb_named(args.verb.removeprefix("/"), door=context.door), context)
    table = Table(
        ("command", "what it does"), tuple((context.say(verb.name), verb.summary) for verb in verbs(context.door))
    )
    more = f"{context.say('help')} COMMAND explains one."
    typed = "" if context.door == "cli" else "@name attaches a variable, @path a file; {{name}} puts a plain value in. "
    return Result(f"{table.text()}\n\n{typed}{more}", f"{table.markdown()}\n\n{escape(typed + more)}", table)


def _explain(verb: Verb, context: Context) -> Result:
    parser = _Parser(verb, context)
    add_arguments(parser, verb.arguments, door=context.door)
    text = parser.format_help().rstrip()
    return Result(text, f"```text\n{text}\n```")


_HELP = Verb(
    "help", "List the commands, or explain one.", _help, (Argument(("verb",), "which one", many="?", completes="verb"),)
)
_VERBS = (
    ask.ASK,
    conversations.NEW,
    conversations.OPEN,
    conversations.SESSIONS,
    finding.SEARCH,
    conversations.HISTORY,
    conversations.RENAME,
    organising.TAG,
    organising.UNTAG,
    organising.PIN,
    organising.ARCHIVE,
    conversations.DELETE,
    bringing.IMPORT,
    keeping.EXPORT,
    keeping.BACKUP,
    keeping.RESTORE,
    setup.MODELS,
    setup.CONFIG,
    usage.USAGE,
    sql.SQL,
    setup.DOCTOR,
    fix.FIX,
    _HELP,
)
