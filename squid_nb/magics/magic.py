"""The magic itself: a line or a cell is read, then asked or run, shown, and returned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from .. import commands, loop
from ..commands import Context, Question, Result, ask_arguments, code_in, json_in, leading_options
from ..commands.reading import parse_arguments, split, verb_named
from ..commands.told import Told
from ..errors import ConfigError, InvalidInput, SquidError
from ..events import Failed
from ..running_cell import here
from ..squid import Squid, shared
from . import shown_once
from .answer import NotebookAnswer, Shown
from .names import own_names
from .pauses import with_pauses
from .preview import preview_result
from .progress import progress_for
from .streaming import INTERVAL_S, Body, screen_for

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..asking import Options

__all__ = ["OPTIONS", "SquidMagics", "Stopped"]

OPTIONS = ask_arguments("magic")
_HELP = ("-h", "--help")


class Stopped(KeyboardInterrupt):
    """An interrupt that tells in one sentence what became of the answer, instead of showing where it hit."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@magics_class
class SquidMagics(Magics):
    """`%squid` and `%%squid`."""

    shell: InteractiveShell

    @no_var_expand
    @line_cell_magic
    def squid(self, line: str, cell: str | None = None) -> Any:
        """Replaced below by the help of the verb table."""
        silent = line.rstrip().endswith(";")
        if silent:
            line = line.rstrip()[:-1]
        try:
            done = self._done(line, cell, silent=silent)
            if isinstance(done, Question):
                return self._ask(shared(), done, silent=silent)
        except SquidError as error:
            raise _usage_error(error) from None
        if done.output is not None and done.frame is not None:
            self.shell.user_ns[done.output] = done.frame()
        return None if silent else self._shown(done)

    def _done(self, line: str, cell: str | None, *, silent: bool) -> Question | Result:
        """What there is to show already, or the question to ask."""
        try:
            squid = shared()
        except ConfigError as error:
            mended = commands.read_without_settings(line, Context(door="magic"), error)
            if mended is None:
                raise
            return mended
        done = self._read(squid, line, cell, silent=silent)
        if isinstance(done, Question) and done.dry_run:
            return preview_result(squid.preview(done.prompt, **done.options))
        return done

    def _read(self, squid: Squid, line: str, cell: str | None, *, silent: bool) -> Question | Result:
        context = Context(
            door="magic",
            namespace=own_names(self.shell),
            provenance=here("magic"),
            progress=progress_for(self.shell, silent=silent),
        )
        if line.lstrip().startswith("/") or (cell is None and not line.strip()):
            return self._command(squid, line, cell, context)
        taken, rest = leading_options(line, OPTIONS)
        if set(taken) & set(_HELP):
            return commands.read(squid, "help ask", context)
        if cell is None:
            text = rest
        elif rest.strip():
            raise InvalidInput(
                f"{rest.strip()[:60]!r} is not an option of %%squid.", "The question goes into the lines below it."
            )
        else:
            # IPython ends every cell with a line break that nobody typed.
            text = cell.removesuffix("\n")
        arguments = parse_arguments(verb_named("ask", door="magic"), taken, context)
        return commands.question_from(squid, text, arguments, context)

    def _command(self, squid: Squid, line: str, cell: str | None, context: Context) -> Question | Result:
        """Run a verb; the lines of a cell are its text, byte for byte."""
        words = [line] if cell is None else split(line)
        verb = words[0].strip().removeprefix("/")
        if cell is not None and not verb_named(verb, door="magic").verbatim:
            raise InvalidInput(f"/{verb} takes no lines below it.", f"Write it in one line: %squid {line.strip()}")
        try:
            return commands.read(squid, line if cell is None else [*words, "--", cell.removesuffix("\n")], context)
        except KeyboardInterrupt:
            raise Stopped("Stopped.") from None

    def _shown(self, result: Result) -> Any:
        """What the cell's output shows of a verb: a DataFrame where the result is a table of history."""
        if result.frame is None or result.table is None:
            return Shown(result)
        frame = result.frame()
        if len(result.table.columns) < frame.shape[1]:
            shown_once.show_table(self.shell, result.text, frame)
        return frame

    def _ask(self, squid: Squid, question: Question, *, silent: bool) -> NotebookAnswer:
        told = Told()
        streams = question.stream and question.form in {"markdown", "text"}
        screen = screen_for(self.shell, silent=silent, stream=streams, plain=question.form == "text")
        options: Options = {**question.options, "rerun": True}
        try:
            answering = with_pauses(squid.astream(question.prompt, **options), seconds=INTERVAL_S)
            with closing(loop.iterate(answering)) as events:
                for event in events:
                    if event is not None:
                        told.take(event)
                    screen.update(told, event)
        except KeyboardInterrupt:
            told.stopped = True
        if told.started is not None:
            squid.current = told.started.session_id
        if told.stopped or told.failed is not None or told.started is None:
            screen.finish(told)
            raise _broken_off(told) from None
        value, body = _in_form(told.text, question)
        screen.finish(told, body=body)
        record = squid.answer(told.started.message_id)
        answer = NotebookAnswer(told.text, record, shown_in=self.shell.execution_count)
        if question.output is not None:
            self.shell.user_ns[question.output] = answer if value is None else value
        return answer


def _broken_off(told: Told) -> BaseException:
    if told.stopped:
        return Stopped("Stopped; what had arrived is kept." if told.text else "Stopped.")
    if told.failed is None:
        return UsageError("The answer ended before it began.")
    return _usage_error(told.failed)


def _usage_error(error: SquidError | Failed) -> UsageError:
    return UsageError(commands.spoken(f"{error.message} {error.hint}".strip(), "magic"))


def _in_form(text: str, question: Question) -> tuple[Any, Body | None]:
    """The value for `-o` and what is shown instead of the text; None for the answer itself.

    Raises
    ------
    InvalidInput
        When the answer does not have that form; it is kept in the history.
    """
    if question.form == "json":
        value = json_in(text)
        return value, Body("json", json.dumps(value, indent=2, ensure_ascii=False))
    if question.form == "code":
        code = code_in(text)
        if not code:
            raise InvalidInput("The answer holds no code.", "Ask again, or take it as text.")
        return code, Body("python", code)
    return None, None


def _help_text(arguments: Sequence[commands.Argument]) -> str:
    lines = [
        "Ask the model, or run a command.",
        "",
        "    %squid Why is my groupby slow?        ask; @name attaches a variable, @path a file",
        "    %squid /help                          run a command",
        "    answer = %squid Summarise @df         keep the answer",
        "    %%squid -m MODEL -f notes.md          ask with the lines of the cell",
        "",
        "{{name}} puts a plain value into the question; everything else is sent as it is. A ; at the end of the line",
        "shows nothing. Interrupting the kernel stops the answer and keeps what has arrived.",
        "",
        "Options:",
    ]
    width = max(len(", ".join(one.names)) for one in arguments)
    lines += [f"    {', '.join(one.names).ljust(width)}  {one.help}" for one in arguments]
    lines += ["", "Commands:"]
    lines += [f"    /{verb.name.ljust(10)} {verb.summary}" for verb in commands.verbs("magic")]
    return "\n".join(lines)


SquidMagics.squid.__doc__ = _help_text(OPTIONS)
