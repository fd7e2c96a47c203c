"""What fits at the cursor: verbs, options, sessions, models, settings, variables after `@` and files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import loop
from ..errors import SquidError
from ..prompt import mention_at
from .reading import leading_options, split, verbs
from .verb import Argument, Completions, Door, Match, Verb

if TYPE_CHECKING:
    from ..records import ModelInfo
    from ..squid import Squid

__all__ = ["complete", "complete_arguments"]

_LIMIT = 50
_MODELS_S = 1.0


def complete(
    squid: Squid,
    text: str,
    cursor: int | None = None,
    namespace: Mapping[str, Any] | None = None,
    *,
    door: Door = "composer",
    cwd: Path | None = None,
) -> Completions:
    """Complete a question or a `/verb` line at the cursor; nothing where nothing is known."""
    cursor = len(text) if cursor is None else max(0, min(cursor, len(text)))
    before = text[:cursor]
    mention = mention_at(before, cursor)
    if mention is not None:
        return _mentions(mention, cursor, namespace or {}, cwd or Path.cwd())
    typed = re.match(r"/(\S*)$", before)
    if typed:
        found = (Match(f"/{verb.name} ", f"/{verb.name}: {verb.summary}", "verb") for verb in verbs(door))
        return Completions(0, cursor, _starting(found, before))
    line = re.match(r"/(\S+)\s", before)
    verb = next((one for one in verbs(door) if line and one.name == line.group(1)), None)
    if line is None or verb is None or "\n" in before:
        return Completions(cursor, cursor)
    return _of_verb(squid, verb, before, line.end(), door, cwd or Path.cwd())


def complete_arguments(
    squid: Squid, before: str, arguments: Sequence[Argument], *, cwd: Path | None = None
) -> Completions:
    """Complete the options of a line that has no verb, such as the first line of a `%%squid` cell."""
    start = len(before) - len(_word(before))
    return Completions(start, len(before), _of_options(squid, before, start, arguments, cwd or Path.cwd()))


def _of_verb(squid: Squid, verb: Verb, before: str, first: int, door: Door, cwd: Path) -> Completions:
    known = [one for one in verb.arguments if door in one.doors]
    start = len(before) - len(_word(before))
    found = _of_options(squid, before, start, known, cwd)
    positional = _positional(known, before[first:start])
    if found or positional is None or _previous_option(before[:start], known) is not None:
        return Completions(start, len(before), found)
    if positional.many in {"+", "*"}:
        # A title may have blanks: everything after the options is one value.
        start = len(before) - len(leading_options(before[first:], known)[1].lstrip())
    return Completions(start, len(before), _values(squid, positional, before[start:], cwd))


def _positional(known: Sequence[Argument], before: str) -> Argument | None:
    """The argument that the word after `before` belongs to, where something is known about it."""
    words = split(before)
    values = {
        place + 1 for place, word in enumerate(words) if any(word in one.names and one.takes_value for one in known)
    }
    typed = sum(not word.startswith("-") and place not in values for place, word in enumerate(words))
    for argument in (one for one in known if not one.is_option):
        if not typed or argument.many in {"+", "*"}:
            return argument if argument.completes else None
        typed -= 1
    return None


def _of_options(squid: Squid, before: str, start: int, arguments: Sequence[Argument], cwd: Path) -> tuple[Match, ...]:
    word = before[start:]
    option = _previous_option(before[:start], arguments)
    if option is not None:
        return _values(squid, option, word, cwd)
    if word.startswith("-"):
        names = ((name, one.help) for one in arguments if one.is_option for name in one.names if len(name) > 2)
        return _starting((Match(f"{name} ", f"{name}: {words}", "option") for name, words in names), word)
    return ()


def _previous_option(before: str, arguments: Sequence[Argument]) -> Argument | None:
    """The option whose value is being typed."""
    last = (split(before) or [""])[-1]
    return next((one for one in arguments if one.is_option and one.takes_value and last in one.names), None)


def _values(squid: Squid, argument: Argument, word: str, cwd: Path) -> tuple[Match, ...]:
    typed = word.lstrip("\"'")
    if argument.choices:
        return _starting((Match(f"{choice} ", choice, "choice") for choice in argument.choices), typed)
    try:
        match argument.completes:
            case "session":
                return _sessions(squid, typed, quoted=argument.is_option)
            case "model":
                models = squid.known_models or _models_soon(squid)
                return _starting((Match(one.id, f"{one.id} ({one.host})", "model") for one in models), typed)
            case "setting":
                return _starting((Match(f"{one.key} ", one.key, "setting") for one in squid.config.origins()), typed)
            case "verb":
                return _starting((Match(verb.name, verb.name, "verb") for verb in verbs("magic")), typed)
            case "path":
                return tuple(_paths(typed, cwd))
            case _:
                return ()
    except SquidError:
        # Completion is a service: a busy database or a silent endpoint is not worth an error here.
        return ()


def _models_soon(squid: Squid) -> Sequence[ModelInfo]:
    """What is offered, unless it takes long to find out: nobody waits at a key for a silent endpoint."""
    try:
        return loop.run(asyncio.wait_for(squid.amodels(), _MODELS_S))
    except TimeoutError:
        return ()


def _sessions(squid: Squid, typed: str, *, quoted: bool) -> tuple[Match, ...]:
    found = []
    for session in squid.sessions.list(limit=200).items:
        title = session.title
        if session.id.startswith(typed) and len(typed) > 2:
            found.append(Match(session.id, f"{title} ({session.id})", "session"))
        elif title.lower().startswith(typed.lower()) and title:
            found.append(Match(f'"{title}"' if quoted and " " in title else title, title, "session"))
    return tuple(found[:_LIMIT])


def _mentions(mention: tuple[int, str], cursor: int, namespace: Mapping[str, Any], cwd: Path) -> Completions:
    start, typed = mention
    word = typed.lstrip("\"'")
    names = sorted(name for name in namespace if not name.startswith("_") or word.startswith("_"))
    found = [Match(name, f"{name}: {type(namespace[name]).__name__}", "variable") for name in names]
    matches = () if typed[:1] in {'"', "'"} else _starting(found, word)
    return Completions(start, cursor, (*matches, *_paths(word, cwd, quote=True))[:_LIMIT])


def _paths(typed: str, cwd: Path, *, quote: bool = False) -> Iterable[Match]:
    """Files and folders that begin with what is typed; hidden ones when it begins with a dot."""
    folder, _, beginning = typed.rpartition("/")
    try:
        place = cwd / Path(f"{folder}/" if folder or typed.startswith("/") else ".").expanduser()
        entries = sorted(place.iterdir(), key=lambda entry: entry.name) if typed or not quote else []
    except (OSError, RuntimeError, ValueError):
        return
    for entry in entries:
        if not entry.name.startswith(beginning) or (entry.name.startswith(".") and not beginning.startswith(".")):
            continue
        path = f"{folder}/{entry.name}" if folder or typed.startswith("/") else entry.name
        shown = f"{path}/" if entry.is_dir() else path
        yield Match(f'"{shown}"' if " " in shown and not entry.is_dir() else shown, shown, "path")


def _starting(matches: Iterable[Match], typed: str) -> tuple[Match, ...]:
    return tuple(match for match in matches if match.text.startswith(typed))[:_LIMIT]


def _word(before: str) -> str:
    found = re.search(r"(\"[^\"]*|'[^']*|[^\s\"']*)$", before)
    return found.group() if found else ""
