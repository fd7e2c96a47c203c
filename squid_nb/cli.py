"""`squid-nb`: the verb table in a terminal, and what only a terminal has (`demo`, `--json`, piped questions).

Exit codes: 0 done, 1 an error (one sentence on standard error), 2 wrong usage, 130 stopped with Ctrl-C; the partial
answer is kept then.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .commands import Context, Question, Result, Table, code_in, json_in, read, read_without_settings, verbs
from .commands.told import Told
from .errors import ConfigError, InvalidInput, SquidError
from .records import Provenance, to_dict
from .terminal import Terminal

if TYPE_CHECKING:
    from .squid import Squid

__all__ = ["main"]

OK, ERROR, USAGE, STOPPED = 0, 1, 2, 130
_STDIN = "-"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal()
    try:
        return _run(arguments, terminal)
    except InvalidInput as error:
        terminal.error(error)
        return USAGE
    except SquidError as error:
        terminal.error(error)
        return ERROR
    except KeyboardInterrupt:
        terminal.note("Stopped.")
        return STOPPED
    except BrokenPipeError:
        # Whoever read the output has enough. Python would complain once more while it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR


def _run(arguments: list[str], terminal: Terminal) -> int:
    match arguments:
        case [] | ["-h" | "--help" | "help"]:
            terminal.show(_overview())
            return OK
        case ["--version", *_]:
            terminal.show(f"squid-nb {__version__}")
            return OK
        case ["demo", *rest]:
            return _demo(rest, terminal)
        case ["help", "demo"]:
            return _demo(["--help"], terminal)
        case ["doctor"]:
            return _doctor(terminal)
        case _:
            return _verb(arguments, terminal)


def _overview() -> str:
    own = ("squid-nb demo", "Open JupyterLab on the quickstart notebook.")
    rows = [(f"squid-nb {verb.name}", verb.summary) for verb in verbs("cli")]
    table = Table(("command", "what it does"), (own, *rows))
    return f"{table.text()}\n\nsquid-nb help COMMAND explains one. --json after a command gives JSON."


def _demo(arguments: list[str], terminal: Terminal) -> int:
    from .demo import DIRECTORY, demo

    parser = argparse.ArgumentParser(
        "squid-nb demo",
        description="Fetch the embedded model once, copy the quickstart notebook and open JupyterLab on the copy.",
        allow_abbrev=False,
    )
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where the copy goes (default: %(default)s)")
    parser.add_argument("--port", type=int, help="port of the JupyterLab server")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as left:  # after --help, or after saying what is wrong
        return int(left.code or OK)
    return demo(console=terminal.err, directory=chosen.directory, port=chosen.port, browser=not chosen.no_browser)


def open_squid() -> Squid:
    """The history of who runs the command; help does not wait for what this loads."""
    from .squid import Squid

    return Squid()


def _doctor(terminal: Terminal) -> int:
    from . import doctor

    try:
        squid = open_squid()
    except ConfigError as error:
        checks = doctor.check_without_config(error)
    else:
        with squid:
            checks = doctor.check(squid)
    terminal.checks(checks)
    return ERROR if doctor.failed(checks) else OK


def _verb(arguments: list[str], terminal: Terminal) -> int:
    as_json = "--json" in arguments[1:]
    words = [word for index, word in enumerate(arguments) if index == 0 or word != "--json"]
    context = Context(
        door="cli",
        provenance=Provenance(door="cli"),
        cwd=Path.cwd(),
        confirm=terminal.confirm,
        progress=terminal.progress,
    )
    try:
        squid = open_squid()
    except ConfigError as error:
        mended = read_without_settings(words, context, error)
        if mended is None:
            raise
        terminal.show(_as_json(mended) if as_json else mended.text)
        return ERROR if mended.failed else OK
    with squid:
        done = _read(squid, words, context)
        if isinstance(done, Question):
            return _ask(squid, done, terminal, as_json=as_json)
        terminal.show(_as_json(done) if as_json else done.text)
        return ERROR if done.failed else OK


def _read(squid: Squid, words: list[str], context: Context) -> Result | Question:
    """Read a command; what is piped in is the question, or goes with the one that was typed."""
    piped = _piped() if words[0] == "ask" and not {"-h", "--help"} & set(words) else None
    if piped is None:
        return read(squid, words, context)
    try:
        done = read(squid, words, context)
    except InvalidInput:
        # No question was typed, or something else is wrong, which this finds as well.
        done = read(squid, [*words, _STDIN], context)
    if not isinstance(done, Question):
        return done
    if done.prompt == _STDIN:
        # Word for word: a mention in a piped text was not written by the person who asks.
        return replace(done, prompt=piped.decode(errors="replace"))
    from . import attach

    sources = [*done.options.get("sources", ()), attach.from_bytes("stdin.txt", piped, config=squid.config)]
    return replace(done, options={**done.options, "sources": sources})


def _piped() -> bytes | None:
    """What is piped in; None for a terminal, /dev/null or nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return None  # closed, or replaced by something that is no file
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return None
    return sys.stdin.buffer.read() or None


def _ask(squid: Squid, question: Question, terminal: Terminal, *, as_json: bool) -> int:
    if question.dry_run:
        preview = squid.preview(question.prompt, **question.options)
        terminal.show(json.dumps(to_dict(preview), indent=2) if as_json else terminal.preview(preview))
        return OK
    quiet = as_json or not question.stream or question.form not in {"markdown", "text"}
    told = Told()
    try:
        terminal.answer(squid.stream(question.prompt, **question.options), told, quiet=quiet)
    except KeyboardInterrupt:
        terminal.footer(told)
        kept = f"; {'what had arrived' if told.text else 'the question'} is kept" if told.started else ""
        terminal.note(f"Stopped{kept}{_where(told)}.")
        return STOPPED
    if told.failed is not None:
        terminal.footer(told)
        terminal.error(told.failed)
        return USAGE if told.failed.error == InvalidInput.__name__ else ERROR
    if quiet:
        terminal.show(_in_form(squid, question, told, as_json=as_json))
    terminal.footer(told)
    return OK


def _where(told: Told) -> str:
    return f" in session {told.started.session_id}" if told.started is not None else ""


def _in_form(squid: Squid, question: Question, told: Told, *, as_json: bool) -> str:
    if as_json and told.started is not None:
        return _dumped(to_dict(squid.answer(told.started.message_id)))
    if question.form == "code":
        return code_in(told.text)
    return _dumped(json_in(told.text)) if question.form == "json" else told.text


def _as_json(result: Result) -> str:
    if result.records is not None:
        return _dumped(result.records)
    if result.frame is not None:
        return str(result.frame().to_json(orient="records", date_format="iso", indent=2))
    if result.table is not None:
        return _dumped([dict(zip(result.table.columns, row, strict=True)) for row in result.table.rows])
    return _dumped({"text": result.text})


def _dumped(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
