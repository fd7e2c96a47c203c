"""Lines and arguments become verbs; what is wrong is one sentence."""

from __future__ import annotations

import argparse
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb import commands
from squid_nb.commands import Context, Question, Result, leading_options
from squid_nb.errors import InvalidInput
from squid_nb.squid import Squid

EVERYWHERE = {
    "ask", "new", "open", "sessions", "search", "history", "rename", "tag", "untag", "pin", "archive", "delete",
    "export", "import", "backup", "restore",
    "models", "config", "usage", "sql", "doctor", "help",
}  # fmt: skip


def test_every_door_has_the_same_verbs_and_fix_is_for_notebooks() -> None:
    assert {verb.name for verb in commands.verbs("cli")} == EVERYWHERE
    assert {verb.name for verb in commands.verbs("magic")} == EVERYWHERE | {"fix"}
    assert {verb.name for verb in commands.verbs("composer")} == EVERYWHERE | {"fix"}


@pytest.mark.parametrize("door", ["magic", "composer", "cli"])
def test_every_verb_is_listed_and_explained(squid: Squid, door: commands.verb.Door) -> None:
    context = Context(door=door)
    listed = commands.run(squid, "help", context).text
    for verb in commands.verbs(door):
        assert context.say(verb.name) in listed
        explained = commands.run(squid, f"help {verb.name}", context).text
        assert verb.summary in explained
        for argument in verb.arguments:
            if door in argument.doors:
                assert argument.help.split(";")[0].split("\n")[0][:20] in re.sub(r"\s+", " ", explained)
        assert commands.run(squid, f"{verb.name} --help", context).text == explained
        assert commands.run(squid, [verb.name, "-h"], context).text == explained


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/sesions", "There is no command 'sesions'. Did you mean /sessions?"),
        ("/qqqq", "There is no command 'qqqq'. /help lists them."),
        ("/usage --by fortnight", "invalid choice: 'fortnight'"),
        ("/history --limit many", "Argument --limit: invalid int value: 'many'. See /help history."),
        ("/sessions --nonsense", "unrecognized arguments: --nonsense"),
        ("/ask", "There is no question."),
        ("/ask --temperature 9 hot", "Argument --temperature: '9' is not a number from 0 to 2."),
        ("/ask --new --session x why", "exclude each other"),
        ("/open", "The following arguments are required: session"),
    ],
)
def test_what_is_wrong_is_one_sentence(squid: Squid, line: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        commands.run(squid, line)
    assert message.lower().removeprefix("the ") in str(caught.value).lower()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "rest"),
    [
        ("Why?", [], "Why?"),
        ('-m gpt "Why?"  really', ["-m", "gpt"], '"Why?"  really'),
        ("--new  -s 'my talk' --temperature=0.5 go", ["--new", "-s", "my talk", "--temperature=0.5"], "go"),
        ('--system="Be brief." go', ["--system=Be brief."], "go"),
        ("-x is an option", [], "-x is an option"),
        ("-- -m is an option", [], "-m is an option"),
        ("--models are great", [], "--models are great"),
        ("  two  blanks ", [], "  two  blanks "),
        ("-m", ["-m"], ""),
        ("don't -m stop", [], "don't -m stop"),
    ],
)
def test_options_are_split_off_and_the_rest_is_left_as_it_is(text: str, options: list[str], rest: str) -> None:
    assert leading_options(text, commands.ask_arguments("cli")) == (options, rest)


@given(text=st.text().filter(lambda text: not text.lstrip().startswith("-")))
def test_a_question_without_options_is_left_byte_for_byte(text: str) -> None:
    assert leading_options(text, commands.ask_arguments("cli")) == ([], text)


@given(line=st.text(alphabet="abh/ -\"'\\\n=elp"))
def test_no_line_ends_in_anything_but_a_result_or_a_sentence(line: str) -> None:
    # Reading a line opens nothing as long as no verb runs, so that no database is needed here.
    try:
        verb = commands.verb_named(line[:3], door="magic")
        commands.reading.parse_arguments(verb, commands.reading.split(line), Context())
    except InvalidInput as error:
        assert "\n" not in error.hint  # noqa: PT017 - most lines raise


def test_a_question_is_for_the_door_to_ask(squid: Squid) -> None:
    question = commands.read(squid, '/ask -m gpt --as code say "hi"', Context(door="magic"))
    assert isinstance(question, Question)
    assert question.prompt == 'say "hi"'
    assert (question.form, question.options["model"]) == ("code", "gpt")


def test_arguments_of_a_program_are_read_as_they_come(squid: Squid) -> None:
    question = commands.read(squid, ["ask", "why", "-m", "gpt", "so slow"], Context(door="cli"))
    assert isinstance(question, Question)
    assert (question.prompt, question.options["model"]) == ("why so slow", "gpt")


def test_options_of_other_doors_are_unknown_and_have_their_defaults(squid: Squid) -> None:
    with pytest.raises(InvalidInput, match="-o"):
        commands.read(squid, ["ask", "-o", "x", "why"], Context(door="cli"))
    question = commands.read(squid, "/ask why", Context(door="composer"))
    assert isinstance(question, Question)
    assert (question.form, question.stream, question.dry_run, question.output) == ("markdown", True, False, None)


def test_run_asks_and_makes_the_session_the_current_one(squid: Squid) -> None:
    result = commands.run(squid, "/ask why?")
    assert result == Result("An **answer**.", "An **answer**.")
    assert squid.current is not None
    commands.run(squid, "/ask and then?")
    assert squid.sessions.get(squid.current).messages == 4


def test_the_table_declares_itself_to_argparse() -> None:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser, commands.verb_named("ask", door="cli").arguments[:-1], door="cli")
    parsed = parser.parse_args(["-f", "a", "-f", "b", "--as", "json"])
    assert parsed.file == ["a", "b"]
    assert vars(parsed)["as"] == "json"
    assert parsed.output is None
