from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted, Step
from serving import Endpoint

from squid_nb import cli
from squid_nb._version import __version__
from squid_nb.commands import verbs
from squid_nb.config import Config
from squid_nb.errors import KeyRefused, ModelNotFound
from squid_nb.events import Notice, Progress, Used
from squid_nb.squid import Squid

Run = Callable[..., int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


@pytest.fixture
def provider() -> Scripted:
    return Scripted("Hello ", "**world**.", Used(3, 2))


@pytest.fixture
def run(path: Path, provider: Scripted, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, as `squid-nb` would, with a provider that replays."""
    config = Config().replace({"database.path": path, "user.name": "ada"})
    monkeypatch.setattr(cli, "open_squid", lambda: Squid(config, provider=provider))

    def call(*arguments: str, answering: tuple[Step, ...] | None = None) -> int:
        if answering is not None:
            provider.scripts = [answering]
        return cli.main(arguments)

    return call


@pytest.fixture
def remembered(path: Path, run: Run) -> Iterator[Squid]:
    """The history that the commands wrote."""
    with Squid(Config().replace({"database.path": path, "user.name": "ada"})) as squid:
        yield squid


def test_help_lists_every_verb_and_the_demo(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == cli.OK
    alone = capsys.readouterr().out
    for command in ("demo", *(verb.name for verb in verbs("cli"))):
        assert f"squid-nb {command} " in alone
    assert run("--help") == cli.OK
    assert capsys.readouterr().out == alone


@pytest.mark.parametrize("verb", [verb.name for verb in verbs("cli")])
def test_every_verb_explains_itself(verb: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("help", verb) == cli.OK
    assert f"squid-nb {verb}" in capsys.readouterr().out


def test_the_demo_explains_itself(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("help", "demo") == cli.OK
    assert "--no-browser" in capsys.readouterr().out


def test_version(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == cli.OK
    assert capsys.readouterr().out == f"squid-nb {__version__}\n"


def test_the_answer_alone_is_on_standard_output(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    answering = (Progress("Loading the model.", 0.5), Notice("The base URL was repaired."), "Hello ", "**world**.")
    assert run("ask", "Hi", answering=answering) == cli.OK
    shown = capsys.readouterr()
    assert shown.out == "Hello **world**.\n"
    assert "The base URL was repaired." in shown.err


def test_what_was_asked_is_remembered_with_its_door(run: Run, remembered: Squid) -> None:
    assert run("ask", "Hi", "there") == cli.OK
    frame = remembered.history.messages()
    assert list(frame["content"]) == ["Hi there", "Hello **world**."]
    assert set(frame["door"]) == {"cli"}


def test_json_gives_the_stored_answer(run: Run, remembered: Squid, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "Hi", "--json") == cli.OK
    answer = json.loads(capsys.readouterr().out)
    assert (answer["text"], answer["status"]) == ("Hello **world**.", "complete")
    assert remembered.answer(answer["message_id"]).session_id == answer["session_id"]


def test_a_session_goes_on_and_a_model_is_chosen(
    run: Run, provider: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    run("ask", "Hi", "--json")
    session = json.loads(capsys.readouterr().out)["session_id"]
    assert run("ask", "-s", session, "-m", "scripted-2", "And then?") == cli.OK
    assert provider.requests[-1].model == "scripted-2"
    assert [turn.content for turn in provider.requests[-1].turns][-3:] == ["Hi", "Hello **world**.", "And then?"]


def test_a_new_session_says_how_to_ask_in_it(run: Run, remembered: Squid, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", "Plans") == cli.OK
    command = re.search(r"squid-nb (ask -s \S+)", capsys.readouterr().out)
    assert command is not None
    assert run(*command[1].split(), "First?") == cli.OK
    assert [(session.title, session.messages) for session in remembered.sessions.list().items] == [("Plans", 2)]


def test_an_opened_session_says_how_to_ask_in_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("new", "Plans")
    assert run("open", "Plans") == cli.OK
    assert re.search(r"Opened 'Plans' .*\n.*squid-nb ask -s \S+ …", capsys.readouterr().out)


def test_the_session_used_last_goes_on_and_is_shown(
    run: Run, remembered: Squid, provider: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ask", "-c", "Nothing yet") == cli.ERROR
    run("ask", "Old and pinned")
    remembered.sessions.pin("Old and pinned")
    run("ask", "First")
    assert run("ask", "--continue", "Second") == cli.OK
    assert [turn.content for turn in provider.requests[-1].turns] == ["First", "Hello **world**.", "Second"]
    capsys.readouterr()
    assert run("history") == cli.OK
    assert "Second" in capsys.readouterr().out


def test_a_notice_stands_in_its_own_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run("ask", "Hi", answering=("Half a sen", Notice("Cut off."))) == cli.OK
    assert terminal.getvalue() == "Half a sen\nCut off.\n"


def test_a_file_is_attached(run: Run, provider: Scripted, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("The squid has ten arms.", encoding="utf-8")
    assert run("ask", "-f", str(tmp_path / "notes.md"), "How many?") == cli.OK
    assert "The squid has ten arms." in provider.requests[-1].turns[-1].content


def test_double_braces_are_text_where_there_is_no_kernel(run: Run, provider: Scripted) -> None:
    assert run("ask", "What does {{ name }} do in Jinja?") == cli.OK
    assert provider.requests[-1].turns[-1].content == "What does {{ name }} do in Jinja?"


def test_dry_run_shows_what_would_be_sent_and_sends_nothing(
    run: Run, provider: Scripted, remembered: Squid, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ask", "--dry-run", "Hi there") == cli.OK
    shown = capsys.readouterr().out
    assert "To scripted-1 (scripted), host: in process" in shown
    assert "[user]\nHi there" in shown
    assert provider.requests == []
    assert remembered.history.messages().empty


@pytest.mark.parametrize(
    ("form", "answer", "shown"),
    [
        ("code", "Use this:\n```python\nprint(1)\n```\n", "print(1)\n"),
        ("json", '```json\n{"a": [1]}\n```', '{\n  "a": [\n    1\n  ]\n}\n'),
        ("text", "Plain.", "Plain.\n"),
    ],
)
def test_the_answer_in_another_form(
    form: str, answer: str, shown: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ask", "--as", form, "Show me.", answering=(answer,)) == cli.OK
    assert capsys.readouterr().out == shown


def test_a_failure_is_one_sentence_and_keeps_what_had_arrived(
    run: Run, remembered: Squid, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = KeyRefused("The endpoint does not accept the key.", "Set OPENAI_API_KEY to a valid one.")
    assert run("ask", "Hi", answering=("Half an ans", refused)) == cli.ERROR
    shown = capsys.readouterr()
    assert shown.out == "Half an ans\n"
    assert shown.err == "The endpoint does not accept the key. Set OPENAI_API_KEY to a valid one.\n"
    assert list(remembered.history.messages()["status"]) == ["complete", "failed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sesions"], "squid-nb sessions"),
        (["ask"], "There is no question."),
        (["ask", "--sesion", "x", "Hi"], "squid-nb help ask"),
        (["usage", "--by", "moon"], "squid-nb help usage"),
        (["ask", "-s", "x", "--new", "Hi"], "exclude each other"),
        (["ask", "-c", "--new", "Hi"], "exclude each other"),
        (["ask", "--temperature", "9", "Hi"], "'9' is not a number from 0 to 2."),
        (["ask", "--temperature", "hot", "Hi"], "'hot' is not a number from 0 to 2."),
    ],
)
def test_wrong_usage_is_one_sentence_with_exit_code_two(
    arguments: list[str], said: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == cli.USAGE
    shown = capsys.readouterr()
    assert said in shown.err
    assert (shown.out, shown.err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    "arguments",
    [["ask", "-f", "/no/such/file", "Hi"], ["history", "nowhere"], ["ask", "-s", "nowhere", "Hi"]],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_does_not_exist_is_one_sentence_with_exit_code_one(
    arguments: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == cli.ERROR
    assert capsys.readouterr().err.count("\n") == 1


def test_tables_are_for_people_and_json_is_for_programs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("ask", "A first question")
    capsys.readouterr()
    assert run("sessions") == cli.OK
    assert "A first question" in capsys.readouterr().out
    assert run("sessions", "--json") == cli.OK
    assert [row["title"] for row in json.loads(capsys.readouterr().out)] == ["A first question"]
    assert run("usage", "--json", "--by", "model") == cli.OK
    usage = json.loads(capsys.readouterr().out)
    assert [(row["model"], row["input_tokens"], row["output_tokens"]) for row in usage] == [("scripted-1", 3, 2)]
    query = "select role, content from v_messages where role = 'user'"
    assert run("sql", query) == cli.OK
    assert capsys.readouterr().out.splitlines() == ["role  content", "user  A first question"]
    assert run("sql", "--json", *query.split()) == cli.OK
    assert json.loads(capsys.readouterr().out) == [{"role": "user", "content": "A first question"}]
    assert run("sql", "select nothing") == cli.USAGE
    assert capsys.readouterr().err.startswith("The query was refused: Binder Error")


def test_json_gives_values_and_no_signs(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(*arguments: str) -> list[dict[str, Any]]:
        run(*arguments, "--json")
        return list(json.loads(capsys.readouterr().out))

    settings = {one["setting"]: one["value"] for one in given("config")}
    assert settings["files.store_duplicates"] is False
    assert settings["model.name"] is None
    assert settings["context.max_tokens"] == 8192
    assert settings["model.api_key"] is None
    assert [one["id"] for one in given("models") if one["asked"]] == ["scripted-1"]
    assert {one["name"]: one["status"] for one in given("doctor")}["database"] == "ok"


def test_a_model_that_is_chosen_here_is_said_to_last_as_long_as_the_command(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "scripted-9") == cli.OK
    said = capsys.readouterr().out
    assert said.startswith("Questions now go to scripted-9 in this process. The endpoint does not list it.")
    assert "This only lasts for this command; put model.name into squid.toml" in said


def test_nothing_is_deleted_unasked(run: Run, remembered: Squid, capsys: pytest.CaptureFixture[str]) -> None:
    run("ask", "Keep me")
    assert run("delete", "Keep me") == cli.ERROR
    assert len(remembered.sessions.list().items) == 1
    assert run("delete", "--yes", "Keep me") == cli.OK
    assert remembered.sessions.list().items == ()


def test_escape_sequences_of_a_model_do_not_drive_the_terminal(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as at a terminal
    assert run("ask", "Hi", answering=("a\x1b]0;owned\x07b\x1b[2J",)) == cli.OK
    assert "\x1b]0;" not in capsys.readouterr().out


def test_commands_in_sentences_are_spelled_as_in_a_terminal(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    missing = ModelNotFound("It does not offer 'm'.", "Choose one of those that `/models` lists.")
    assert run("ask", "Hi", answering=(missing,)) == cli.ERROR
    assert "that `squid-nb models` lists" in capsys.readouterr().err


def test_a_piped_text_is_the_question_word_for_word(
    run: Run, provider: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text("hidden", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = "Look at @secret.txt and {{ name }}.\n"
    with piped(text, monkeypatch):
        assert run("ask") == cli.OK
    assert provider.requests[-1].turns[-1].content == text


def test_a_piped_text_goes_with_a_typed_question(
    run: Run, provider: Scripted, remembered: Squid, monkeypatch: pytest.MonkeyPatch
) -> None:
    with piped("one\ntwo\n", monkeypatch):
        assert run("ask", "How many lines?") == cli.OK
    asked = provider.requests[-1].turns[-1].content
    assert "How many lines?" in asked
    assert "one\ntwo\n" in asked
    assert list(remembered.history.files()["name"]) == ["stdin.txt"]


def piped(text: str, monkeypatch: pytest.MonkeyPatch) -> io.TextIOWrapper:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(text)
    stdin = io.TextIOWrapper(io.FileIO(reading), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    return stdin


def started(endpoint: Endpoint, path: Path, *arguments: str) -> subprocess.Popen[str]:
    """The real program, asking a served endpoint."""
    environment = {
        **os.environ,
        "SQUID_MODEL__BASE_URL": endpoint.url,
        "SQUID_DATABASE__PATH": str(path),
        "SQUID_USER__NAME": "ada",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "squid_nb", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_keeps_the_partial_answer(path: Path, remembered: Squid) -> None:
    with Endpoint("Half ", threading.Event(), "never sent") as endpoint:
        with started(endpoint, path, "ask", "Hi") as process:
            assert process.stdout is not None
            assert process.stdout.read(5) == "Half "
            process.send_signal(signal.SIGINT)
            _, said = process.communicate()
        assert process.returncode == cli.STOPPED
        assert "what had arrived is kept" in said
        assert "Traceback" not in said
        assert endpoint.wait_until_closed()
    frame = remembered.history.messages()
    assert list(frame["status"]) == ["complete", "stopped"]
    assert frame["content"].iloc[1] == "Half "


def test_a_reader_that_leaves_early_stops_the_answer_quietly(path: Path, remembered: Squid) -> None:
    with Endpoint("First line\n", *(["more\n"] * 5000)) as endpoint, started(endpoint, path, "ask", "Hi") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "First line\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait() == cli.ERROR
    assert list(remembered.history.messages()["status"]) == ["complete", "stopped"]
