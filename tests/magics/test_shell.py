"""The magics in IPython without a front end."""

from __future__ import annotations

import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from scripted import Scripted

from squid_nb import commands
from squid_nb.errors import BadStream, ModelNotFound
from squid_nb.magics import NotebookAnswer, streaming
from squid_nb.squid import Squid, set_shared


def run(shell: InteractiveShell, cell: str) -> Any:
    """The value of a cell; what it raises is raised."""
    result = shell.run_cell(cell, store_history=True)
    result.raise_error()
    return result.result


def test_a_question_streams_to_standard_output(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(shell, "%squid Why is this slow?")
    assert answer == "An **answer**."
    shown = capsys.readouterr().out
    assert shown.count("An **answer**.") == 1
    assert "[scripted-1 · 3 tokens in · 4 out · free, runs locally]" in shown
    assert "Out[" not in shown  # with nothing behind it
    assert shell.user_ns["_"] is shell.user_ns["Out"][shell.execution_count - 1] is answer


def test_the_answer_is_a_string_that_knows_where_it_is_kept(shell: InteractiveShell, squid: Squid) -> None:
    answer = run(shell, "%squid Why?")
    assert isinstance(answer, NotebookAnswer)
    assert shell.user_ns["_"] is answer
    assert answer.text == "An **answer**."
    assert type(answer.text) is str
    assert answer.session_id == squid.current
    assert squid.answer(str(answer.message_id)).text == answer
    assert answer.usage is not None
    assert (answer.usage.output_tokens, answer.model, answer.reasoning, answer.code) == (4, "scripted-1", "", "")
    assert pickle.loads(pickle.dumps(answer)).message_id == answer.message_id
    assert NotebookAnswer("by hand").session_id is None


def test_an_answer_is_shown_again_when_a_later_cell_asks_for_it(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "kept = %squid Why?")
    assert capsys.readouterr().out.count("answer") == 1
    run(shell, "kept")
    assert capsys.readouterr().out.count("An **answer**.") == 1
    run(shell, "kept;")
    assert "answer" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "prompt"),
    [
        ("%squid Why is this slow?", "Why is this slow?"),
        ("%squid what about x.y??", "what about x.y??"),
        ("x = %squid Why?", "Why?"),
        ("x, y = 1, 2\nz = %squid Why?\nprint(z)", "Why?"),
        ("for i in [1]:\n    %squid Is it {i}?", "Is it {i}?"),
        ("%squid {a} $b ${c} 'it's'", "{a} $b ${c} 'it's'"),
        ('%squid {"a": {"b": 1}}', '{"a": {"b": 1}}'),
        (r"%squid \frac{a}{b}", r"\frac{a}{b}"),
        ("%%squid\nWhy?", "Why?"),
        ("%%squid\n\n  {a} $b\n\tx\\\n\n", "\n  {a} $b\n\tx\\\n"),
        ("%%squid\nselect 1;", "select 1;"),
        ("%%squid --new\n-m is an option", "-m is an option"),
        ("%squid -c is for a terminal", "-c is for a terminal"),
        ("%squid -m other -- -m is an option", "-m is an option"),
    ],
)
def test_a_question_is_sent_as_it_is(shell: InteractiveShell, provider: Scripted, cell: str, prompt: str) -> None:
    run(shell, "a = b = c = 'CHANGED'")
    run(shell, cell)
    assert provider.requests[-1].turns[-1].content == prompt


def test_values_and_variables_go_along(shell: InteractiveShell, provider: Scripted, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("remember the ink", encoding="utf-8")
    run(shell, "import pandas as pd; df = pd.DataFrame({'depth': [11, 22]}); name = 'Ada'")
    run(shell, "%squid {{name}} asks about @df and @notes.md")
    sent = provider.requests[-1].turns[-1].content
    assert "Ada asks about @df and @notes.md" in sent
    assert "2 rows × 1 columns" in sent
    assert "remember the ink" in sent


def test_options_of_a_cell(shell: InteractiveShell, provider: Scripted, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("file text", encoding="utf-8")
    run(shell, "%squid first")
    run(shell, '%%squid --new -m big -f "a b.txt" --system "Be brief." --temperature 0.5 -o kept\nsecond')
    request = provider.requests[-1]
    assert (request.model, request.temperature) == ("big", 0.5)
    assert request.turns[0].content == "Be brief."
    assert "file text" in request.turns[-1].content
    assert not any("first" in turn.content for turn in request.turns)
    assert shell.user_ns["kept"] == "An **answer**."
    run(shell, "%%squid --no-history\nthird")
    assert not any("second" in turn.content for turn in provider.requests[-1].turns)


def test_the_next_question_goes_on_in_the_same_session(shell: InteractiveShell, provider: Scripted) -> None:
    first = run(shell, "%squid one")
    second = run(shell, "%squid two")
    assert first.session_id == second.session_id
    assert [turn.content for turn in provider.requests[-1].turns] == ["one", "An **answer**.", "two"]
    third = run(shell, "%squid --new three")
    assert third.session_id != first.session_id
    assert run(shell, f"%squid -s {first.session_id} four").session_id == first.session_id


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("code", "Here:\n```python\nx = 1\n```\nDone.", "x = 1"),
        ("json", '```json\n{"a": [1, 2]}\n```', {"a": [1, 2]}),
        ("text", "plain <b>", "plain <b>"),
        ("markdown", "**bold**", "**bold**"),
    ],
)
def test_an_answer_can_be_taken_in_a_form(
    shell: InteractiveShell, provider: Scripted, form: str, text: str, value: Any
) -> None:
    provider.scripts = [(text,)]
    answer = run(shell, f"%squid -o kept --as {form} go")
    assert answer == text
    assert shell.user_ns["kept"] == value
    assert provider.requests[-1].response_format == ("json" if form == "json" else "text")


@pytest.mark.parametrize("form", ["code", "json"])
def test_an_answer_without_that_form_is_a_sentence_and_is_kept(
    shell: InteractiveShell, squid: Squid, form: str
) -> None:
    with pytest.raises(UsageError, match=r"The answer (holds no code|is not JSON)"):
        run(shell, f"%squid -o kept --as {form} go")
    assert "kept" not in shell.user_ns
    assert squid.current is not None
    assert squid.messages(squid.current).items[-1].content == "An **answer**."


def test_a_semicolon_silences(shell: InteractiveShell, provider: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(shell, "%squid Why?;")
    assert "answer" not in capsys.readouterr().out
    assert answer == "An **answer**."
    assert provider.requests[-1].turns[-1].content == "Why?"
    run(shell, "%%squid --new ;\nselect 1;")
    assert "answer" not in capsys.readouterr().out
    assert run(shell, "%squid /sessions;") is None


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%squid /nonsense", "There is no command 'nonsense'."),
        ("%squid --as poem go", "Argument --as: invalid choice: 'poem'"),
        ("%squid -s nowhere go", "No session"),
        ("%squid -f missing.txt go", "There is no file"),
        ("%squid {{missing}}", "There is no variable missing"),
        ("%%squid what is this\nquestion", "'what is this' is not an option of %%squid."),
        ("%%squid --new\n\n", "There is no question."),
        ("%squid -o 3x go", "'3x' is not a name for a variable."),
        ("%squid --temperature", "Argument --temperature: expected one argument."),
    ],
)
def test_an_error_is_one_sentence_without_a_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        run(shell, cell)
    assert message in str(caught.value)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert message in shown.err


def test_the_nearest_variable_is_one_of_the_persons_own(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError) as caught:
        run(shell, "%squid {{opem}}")
    assert "Did you mean" not in str(caught.value)


def test_a_failure_keeps_what_had_arrived(
    shell: InteractiveShell, provider: Scripted, squid: Squid, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.scripts = [("Half an ans", BadStream("The connection broke.", "Ask again."))]
    with pytest.raises(UsageError, match=r"The connection broke\. Ask again\."):
        run(shell, "%squid go")
    assert "Half an ans" in capsys.readouterr().out
    assert squid.current is not None
    last = squid.messages(squid.current).items[-1]
    assert (last.content, last.status) == ("Half an ans", "failed")


def test_an_interrupt_keeps_what_had_arrived_and_is_one_sentence(
    shell: InteractiveShell,
    provider: Scripted,
    squid: Squid,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = streaming._Terminal._write

    def write(self: Any, text: str) -> None:
        real(self, text)
        if text == "Half an ans":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(streaming._Terminal, "_write", write)
    provider.scripts = [("Half an ans", threading.Event(), "wer")]
    shell.user_ns["after"] = "not reached"
    with pytest.raises(KeyboardInterrupt, match=r"Stopped; what had arrived is kept\."):
        run(shell, "%squid go\nafter = 'reached'")
    shown = capsys.readouterr()
    assert "Half an ans" in shown.out
    assert "stopped]" in shown.out
    assert "Traceback" not in shown.out + shown.err
    assert shell.user_ns["after"] == "not reached"
    assert squid.current is not None
    last = squid.messages(squid.current).items[-1]
    assert (last.content, last.status) == ("Half an ans", "stopped")


def test_control_characters_of_a_model_do_not_reach_the_terminal(
    shell: InteractiveShell, provider: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.scripts = [("\x1b[2Jgone\x07\r!\n",)]
    run(shell, "x = %squid go")
    shown = capsys.readouterr().out
    assert "[2Jgone!\n" in shown
    assert not set(shown) & {"\x1b", "\x07", "\r"}
    assert shell.user_ns["x"] == "\x1b[2Jgone\x07\r!\n"


def test_verbs_show_text_and_give_frames(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    run(shell, "%squid Why?")
    capsys.readouterr()
    sessions = run(shell, "%squid /sessions")
    assert isinstance(sessions, pd.DataFrame)
    assert list(sessions["messages"]) == [2]
    # What a person wants to know of a session, where pandas would leave out its title.
    shown = capsys.readouterr().out
    assert shown.split()[:3] == ["id", "title", "messages"]
    assert "Out[" not in shown
    assert shell.user_ns["_"] is sessions
    run(shell, "_.columns")
    assert "Out[" in capsys.readouterr().out
    assert list(run(shell, "%squid /usage --by model")["calls"]) == [1]
    history = run(shell, "%squid /history")
    assert "An **answer**." in str(history)
    assert list(history.frame["role"]) == ["user", "assistant"]
    assert run(shell, "%squid /help").frame is None


def test_settings_that_are_refused_are_named_diagnosed_and_trusted(
    shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "squid.toml").write_text('[model]\nbase_url = "https://models.example/v1"\n', encoding="utf-8")
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    set_shared(None)
    with pytest.raises(UsageError, match="is not trusted yet"):
        run(shell, "%squid Hi")
    assert "✗ settings:" in str(run(shell, "%squid /doctor"))
    assert "may now use your key" in str(run(shell, "%squid /config --trust"))
    assert "https://models.example/v1" in str(run(shell, "%squid /config model.base_url"))


def test_commands_in_sentences_are_spelled_as_in_a_cell(shell: InteractiveShell, provider: Scripted) -> None:
    provider.scripts = [(ModelNotFound("It does not offer 'm'.", "Choose one of those that `/models` lists."),)]
    with pytest.raises(UsageError, match="`%squid /models` lists"):
        run(shell, "%squid Hi")


def test_every_verb_runs_from_the_magic(shell: InteractiveShell) -> None:
    for verb in commands.verbs("magic"):
        assert verb.summary in str(run(shell, f"%squid /{verb.name} --help"))
    assert "%squid /history" in str(run(shell, "%squid"))


def test_fix_explains_the_last_exception(shell: InteractiveShell, provider: Scripted) -> None:
    with pytest.raises(UsageError, match="No exception"):
        run(shell, "%squid /fix")
    with pytest.raises(ZeroDivisionError):
        run(shell, "ink = 0\n1 / ink")
    assert run(shell, "%squid /fix") == "An **answer**."
    sent = provider.requests[-1].turns[-1].content
    assert "ZeroDivisionError: division by zero" in sent
    assert "ink = 0" in sent
    assert "interactiveshell" not in sent


def test_fix_explains_a_syntax_error(shell: InteractiveShell, provider: Scripted) -> None:
    with pytest.raises(SyntaxError):
        run(shell, "def f(:\n    pass")
    run(shell, "%squid /fix")
    assert "def f(:" in provider.requests[-1].turns[-1].content


def test_dry_run_shows_what_would_be_sent_and_sends_nothing(
    shell: InteractiveShell, provider: Scripted, squid: Squid
) -> None:
    run(shell, "n = [1, 2]")
    shown = str(run(shell, "%%squid --dry-run\nlook at @n"))
    assert "scripted-1 (scripted), host: in process" in shown
    assert "attached: n" in shown
    assert "look at @n" in shown
    assert "[1, 2]" in shown
    assert provider.requests == []
    assert squid.sessions.list().items == ()


def test_cached_calls_no_model(shell: InteractiveShell, provider: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(shell, "%squid Why?")
    again = run(shell, "%%squid --cached\nWhy?")
    assert again == first
    assert again.message_id == first.message_id
    assert len(provider.requests) == 1
    assert "stored answer" in capsys.readouterr().out


def test_loading_is_silent_idempotent_and_can_be_undone(
    bare: InteractiveShell, squid: Squid, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> Any:
        return (
            set(bare.user_ns),
            {kind: set(magics) for kind, magics in bare.magics_manager.magics.items()},
            set(bare.magics_manager.registry),
            list(bare.Completer.custom_matchers),
            list(bare.input_transformer_manager.token_transformers),
            list(bare.input_transformers_cleanup),
            list(bare.input_transformers_post),
            {event: list(functions) for event, functions in bare.events.callbacks.items()},
            bare.custom_exceptions,
            bare.display_trap.hook,
            sys.excepthook,
        )

    before = state()
    bare.extension_manager.load_extension("squid_nb")
    loaded = state()
    bare.extension_manager.reload_extension("squid_nb")
    assert [len(part) for part in state()[3:5]] == [len(part) for part in loaded[3:5]]
    assert state()[0] == before[0]
    assert loaded != before
    bare.extension_manager.unload_extension("squid_nb")
    assert state() == before
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""


def test_help_of_the_magic_lists_options_and_verbs(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    run(shell, "%squid?")
    shown = capsys.readouterr().out
    for argument in commands.ask_arguments("magic"):
        assert argument.names[-1] in shown
    for verb in commands.verbs("magic"):
        assert f"/{verb.name}" in shown
    run(shell, "import math")
    run(shell, "math.pi?")
    assert "float" in capsys.readouterr().out
    assert "--continue" not in shown
