"""What the verbs do and show."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr
from scripted import Scripted

from squid_nb import commands
from squid_nb.commands import Context, Question, code_in, escape, json_in
from squid_nb.errors import ConfigError, InvalidInput, ModelNotFound, NotFound, SourceError
from squid_nb.magics.magic import Stopped
from squid_nb.records import NewSource
from squid_nb.squid import Squid


def say(squid: Squid, line: str, context: Context | None = None) -> str:
    return commands.run(squid, line, context).text


@pytest.fixture
def talk(squid: Squid) -> Squid:
    say(squid, "/ask Why is the sky blue?")
    return squid


def test_new_begins_a_session_and_the_next_question_goes_there(talk: Squid) -> None:
    first = talk.current
    assert "'Ink'" in say(talk, "/new Ink")
    assert talk.current not in {None, first}
    say(talk, "/ask What is ink?")
    assert talk.current is not None
    assert talk.messages(talk.current).items[0].content == "What is ink?"
    assert talk.sessions.get(talk.current).title == "Ink"


def test_open_takes_an_id_a_beginning_of_it_a_title_or_words_of_it(talk: Squid) -> None:
    session = talk.current
    assert session is not None
    for ref in (session, session[:13], "Why is the sky blue?", '"Why is the sky blue?"', "sky", "why is"):
        say(talk, "/new Other")
        shown = say(talk, f"/open {ref}")
        assert talk.current == session
        assert "You: Why is the sky blue?" in shown
        assert "Squid: An **answer**." in shown


def test_open_of_what_is_not_there_names_the_nearest(talk: Squid) -> None:
    with pytest.raises(NotFound, match=r"Did you mean 'Why is the sky blue\?'"):
        say(talk, "/open Why is the sea blue?")
    say(talk, "/new sky watch")
    with pytest.raises(NotFound, match="Several sessions fit 'sky'"):
        say(talk, "/open sky")


def test_sessions_lists_marks_the_current_one_and_is_a_frame(talk: Squid) -> None:
    result = commands.run(talk, "/sessions")
    assert result.table is not None
    assert [row[0] for row in result.table.rows] == ["▸"]
    assert result.table.rows[0][2:6] == ("Why is the sky blue?", "2", "7", "free")
    assert result.frame is not None
    assert list(result.frame()["title"]) == ["Why is the sky blue?"]
    assert say(talk, "/sessions nothing like it") == "No session fits."
    say(talk, "/new b")
    assert "There are more; show them with /sessions --limit 4." in say(talk, "/sessions --limit 1")


def test_the_frame_of_sessions_holds_those_that_are_listed_in_their_order(squid: Squid) -> None:
    for title in ("Blue ink", "Red ink", "Sky"):
        squid.sessions.create(title)
    squid.sessions.pin("Blue ink")
    for line, titles in (
        ("/sessions", ["Blue ink", "Sky", "Red ink"]),
        ("/sessions ink", ["Blue ink", "Red ink"]),
        ("/sessions --limit 2 --sort title", ["Blue ink", "Red ink"]),
    ):
        result = commands.run(squid, line)
        assert result.frame is not None
        assert list(result.frame()["title"]) == titles
        assert next(iter(result.frame().columns)) == "session_id"


def test_sessions_of_nobody_says_what_to_do(squid: Squid) -> None:
    assert say(squid, "/sessions") == "There are no sessions yet; ask something."


def test_history_shows_the_current_conversation(talk: Squid) -> None:
    result = commands.run(talk, "/history")
    assert re.search(r"You · .*\nWhy is the sky blue\?\n\nSquid · scripted-1 · .*\nAn \*\*answer\*\*\.$", result.text)
    assert result.frame is not None
    assert list(result.frame()["role"]) == ["user", "assistant"]
    assert "Earlier messages are not shown." in say(talk, "/history --limit 1")
    assert say(talk, "/history Why is the sky blue? --limit 2") == result.text


def test_a_title_cannot_bring_markup_into_markdown(talk: Squid) -> None:
    say(talk, "/rename <img src=x> ![a](http://b) | [c](d)")
    for line in ("/history", "/sessions"):
        markdown = commands.run(talk, line).markdown
        assert "<img" not in markdown.replace("\\<", "")
        assert "![a]" not in markdown
        assert "](d)" not in markdown.replace("\\]", "")


def test_rename_changes_the_current_session_or_the_one_named(talk: Squid) -> None:
    say(talk, "/rename It's blue")
    session = talk.current
    assert session is not None
    assert talk.sessions.get(session).title == "It's blue"
    say(talk, "/new")
    say(talk, f"/rename -s {session} Blue sky")
    assert talk.sessions.get(session).title == "Blue sky"


def test_delete_asks_first(talk: Squid) -> None:
    session = talk.current
    assert session is not None
    result = commands.run(talk, "/delete")
    assert result.failed
    assert f"/delete {session[:13]} --yes" in result.text
    asked: list[str] = []
    refused = Context(confirm=lambda question: bool(asked.append(question)))
    assert commands.run(talk, "/delete", refused).failed
    assert "'Why is the sky blue?'" in asked[0]
    assert "2 messages" in asked[0]
    assert talk.sessions.get(session).messages == 2
    commands.run(talk, "/delete", Context(confirm=lambda question: True))
    assert talk.current is None
    with pytest.raises(NotFound):
        talk.sessions.get(session)


def test_delete_with_yes_deletes_the_one_named_and_keeps_the_ledger(talk: Squid) -> None:
    say(talk, "/new Other")
    other = talk.current
    say(talk, "/delete Why is the sky blue? --yes")
    assert talk.current == other
    assert commands.run(talk, "/usage --by model").table is not None


def test_a_deletion_can_be_undone(talk: Squid) -> None:
    session = talk.current
    assert session is not None
    with pytest.raises(NotFound, match="No deleted session"):
        say(talk, "/delete --undo")
    for undo in ("/delete --undo", f"/delete --undo {session[:13]}", "/delete --undo Why is the sky blue?"):
        assert f"/delete --undo {session[:13]}" in say(talk, f"/delete {session} --yes")
        with pytest.raises(NotFound):
            talk.sessions.get(session)
        assert "Restored 'Why is the sky blue?'" in say(talk, undo)
        assert talk.current == session
        assert talk.sessions.get(session).messages == 2


@pytest.mark.parametrize("line", ["/history", "/rename x", "/delete --yes"])
def test_without_a_session_a_verb_says_so(squid: Squid, line: str) -> None:
    with pytest.raises(InvalidInput, match="No session is open"):
        say(squid, line)


@pytest.mark.parametrize("by", ["day", "session", "model", "door"])
def test_usage_groups_and_marks_the_unknown(talk: Squid, by: str) -> None:
    result = commands.run(talk, f"/usage --by {by}")
    assert result.table is not None
    assert result.table.columns[0] == by
    assert len(result.table.rows) == 1  # a single row is its own total
    assert result.table.rows[0][1:] == ("1", "3", "4", "–", "0")  # noqa: RUF001
    assert result.frame is not None
    assert list(result.frame()["input_tokens"]) == [3]


def test_usage_names_sessions_and_adds_up_what_can_be_added(talk: Squid) -> None:
    say(talk, "/new Other")
    say(talk, "/ask Again?")
    say(talk, "/tag work travel")
    by_session = commands.run(talk, "/usage --by session").table
    assert by_session is not None
    assert [row[0].partition(" ")[2] for row in by_session.rows[:2]] == ["Why is the sky blue?", "Other"]
    assert by_session.rows[-1][:4] == ("total", "2", "6", "8")
    by_tag = commands.run(talk, "/usage --by tag").table
    assert by_tag is not None
    assert [row[:2] for row in by_tag.rows] == [("travel", "1"), ("work", "1")]
    assert "none" in say(talk, "/usage --by notebook")


def test_usage_of_a_time(talk: Squid) -> None:
    assert commands.run(talk, "/usage --since today --until today").table is not None
    assert say(talk, "/usage --until 2020") == "No model was called in that time."
    with pytest.raises(InvalidInput, match="'someday' is no date"):
        say(talk, "/usage --since someday")


def test_usage_before_the_first_call(squid: Squid) -> None:
    assert say(squid, "/usage") == "No model has been called yet."
    assert say(squid, "/usage --by tag") == "No session with a tag has called a model yet."


def test_config_shows_sets_and_says_where_from(squid: Squid) -> None:
    assert say(squid, "/config context.max_tokens 4096") == "context.max_tokens is now 4096 in this process."
    assert squid.config.context.max_tokens == 4096
    shown = say(squid, "/config context --show-origin")
    assert re.search(r"context\.max_tokens +4096 +/config", shown)
    assert re.search(r"context\.keep_recent_messages +10 +default", shown)
    assert "context.max_tokens" in say(squid, "/config")


def test_what_was_set_for_the_process_can_be_taken_back(squid: Squid) -> None:
    say(squid, "/config model.base_url http://127.0.0.1:9/v1")
    say(squid, "/config model.base_url http://127.0.0.1:8/v1")
    say(squid, "/config context.max_tokens 4096")
    assert squid.config.model.provider == "openai"
    assert say(squid, '/config model.base_url ""') == "model.base_url is not set again (default)."
    assert (squid.config.model.base_url, squid.config.model.provider) == (None, "embedded")
    assert say(squid, "/config context.max_tokens ''") == "context.max_tokens is 8192 again (default)."
    with pytest.raises(ConfigError, match=r"model\.name"):
        say(squid, '/config model.nmae ""')


def test_config_names_the_nearest_key_and_the_bad_value(squid: Squid) -> None:
    for line in ("/config model.nam", "/config model.nam x"):
        with pytest.raises(ConfigError, match=r"model\.name"):
            say(squid, line)
    with pytest.raises(ConfigError, match=r"context\.max_tokens"):
        say(squid, "/config context.max_tokens few")


def test_a_key_is_neither_set_nor_shown(squid: Squid) -> None:
    with pytest.raises(InvalidInput, match="is not set here"):
        say(squid, "/config model.api_key sk-123")
    squid.configure("model.api_key", SecretStr("sk-456"))
    assert "sk-456" not in say(squid, "/config --show-origin")


def test_trust_needs_a_project_file(squid: Squid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"no squid\.toml"):
        say(squid, "/config --trust")
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "config"))
    (tmp_path / "squid.toml").write_text('[model]\nname = "x"\n', encoding="utf-8")
    assert "squid.toml may now use your key" in say(squid, "/config --trust")


def test_a_model_that_is_not_there_is_not_chosen(squid: Squid, provider: Scripted) -> None:
    provider.name = "embedded"
    with pytest.raises(ModelNotFound, match="There is no model 'qwen3'") as caught:
        commands.run(squid, "/models qwen3")
    assert "/models lists" in caught.value.hint
    assert squid.config.model.name is None


def test_models_lists_and_chooses(squid: Squid) -> None:
    table = commands.run(squid, "/models").table
    assert table is not None
    assert ("▸", "scripted-1", "scripted", "in process", "") in table.rows
    assert "The endpoint does not list it" in say(squid, "/models other")
    assert squid.config.model.name == "other"


def test_sources_of_a_question_are_files_and_variables(squid: Squid, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A", encoding="utf-8")
    (tmp_path / "b.txt").write_text("B", encoding="utf-8")
    context = Context(namespace={"n": 3, "word": "hi"}, cwd=tmp_path)
    question = commands.read(squid, "/ask -f a.txt say {{word}} to @n and @b.txt", context)
    assert isinstance(question, Question)
    assert question.prompt == "say hi to @n and @b.txt"
    assert question.options["sources"] == [tmp_path / "a.txt", tmp_path / "b.txt", ("n", 3)]
    commands.run(squid, "/ask -f a.txt see @n", context)
    assert squid.current is not None
    sources = squid.messages(squid.current).items[0].sources
    assert [(source.kind, source.name) for source in sources] == [("file", "a.txt"), ("variable", "n")]


def test_a_missing_file_is_a_sentence(squid: Squid) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        say(squid, "/ask -f nothing.txt why")


def test_cached_asks_nobody(talk: Squid, provider: Scripted) -> None:
    assert say(talk, "/ask --cached --new Why is the sky blue?") == "An **answer**."
    assert len(provider.requests) == 1


def test_fix_sends_the_traceback_and_the_failing_cell(squid: Squid, monkeypatch: pytest.MonkeyPatch) -> None:
    import linecache

    name = "/tmp/ipykernel_12345/678.py"
    source = "token = 'ghp_0123456789abcdef0123456789'\n1 / 0\n"
    monkeypatch.setitem(linecache.cache, name, (len(source), None, source.splitlines(keepends=True), name))
    try:
        exec(compile(source, name, "exec"), {})
    except ZeroDivisionError as error:
        monkeypatch.setattr(sys, "last_value", error, raising=False)
        monkeypatch.setattr(sys, "last_exc", error, raising=False)
        before = traceback.format_exception(error)
    question = commands.read(squid, "/fix it was fine yesterday")
    assert isinstance(question, Question)
    assert question.prompt.startswith("My code raised ZeroDivisionError.")
    assert question.prompt.endswith("it was fine yesterday")
    trace, cell = question.options["sources"]
    assert isinstance(trace, NewSource)
    assert "test_verbs.py" not in str(trace.text)
    assert "ZeroDivisionError: division by zero" in str(trace.text)
    assert cell.text == "token = '[hidden]'\n1 / 0\n"
    assert traceback.format_exception(sys.last_value) == before


@pytest.mark.parametrize("last", [None, Stopped("Stopped.")], ids=["nothing", "a stopped answer"])
def test_fix_without_an_exception_says_so(
    squid: Squid, last: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "last_value", last, raising=False)
    monkeypatch.setattr(sys, "last_exc", last, raising=False)
    with pytest.raises(InvalidInput, match="No exception has been raised"):
        say(squid, "/fix")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n```python\nx = 1\n```\nb\n~~~\ny\n~~~\n", "x = 1\n\ny"),
        ("````\n```\nin\n```\n````", "```\nin\n```"),
        ("```\ncut off", "cut off"),
        ("no code", ""),
        ("use `x` here", ""),
    ],
)
def test_the_code_of_an_answer(text: str, code: str) -> None:
    assert code_in(text) == code


def test_the_json_of_an_answer() -> None:
    assert json_in('{"a": [1]}') == {"a": [1]}
    assert json_in('Here:\n```json\n{"a": null}\n```') == {"a": None}
    with pytest.raises(InvalidInput, match="not JSON"):
        json_in("sorry")


def test_escaped_text_is_one_line_without_markup() -> None:
    assert escape("a\n<b> [c](d) *e*") == r"a \<b\> \[c\](d) \*e\*"
