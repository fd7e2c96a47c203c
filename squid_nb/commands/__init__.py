"""One table of verbs for the magics, the composer and the terminal: what they are called, take, do and show."""

from __future__ import annotations

from .ask import ask_arguments, question_from
from .completion import complete, complete_arguments
from .forms import code_in, json_in
from .reading import add_arguments, leading_options, read, read_without_settings, run, verb_named, verbs
from .shown import Table, escape
from .verb import Argument, Completions, Context, Match, Question, Result, Verb, spoken

__all__ = [
    "Argument",
    "Completions",
    "Context",
    "Match",
    "Question",
    "Result",
    "Table",
    "Verb",
    "add_arguments",
    "ask_arguments",
    "code_in",
    "complete",
    "complete_arguments",
    "escape",
    "json_in",
    "leading_options",
    "question_from",
    "read",
    "read_without_settings",
    "run",
    "spoken",
    "verb_named",
    "verbs",
]
