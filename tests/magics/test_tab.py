"""Tab completion in `%squid` lines and `%%squid` cells."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from squid_nb.squid import Squid


def completions(shell: InteractiveShell, text: str) -> list[str]:
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        return [text[: found.start] + found.text for found in shell.Completer.completions(text, len(text))]


def test_tab_completes_verbs_options_sessions_models_and_names(shell: InteractiveShell, squid: Squid) -> None:
    squid.sessions.create("Blue sky")
    shell.run_cell("depth_table = 3").raise_error()
    assert completions(shell, "%squid /ses") == ["%squid /sessions "]
    assert completions(shell, "x = %squid /usage --b") == ["x = %squid /usage --by "]
    assert completions(shell, "%squid look at @dep") == ["%squid look at @depth_table"]
    assert completions(shell, "%squid -m scr") == ["%squid -m scripted-1"]
    assert completions(shell, "%squid --no-s") == ["%squid --no-stream "]
    assert completions(shell, "%squid /open bl") == ["%squid /open Blue sky"]
    assert completions(shell, "%squid -m x @dep") == ["%squid -m x @depth_table"]
    assert completions(shell, "%%squid --no-h") == ["%%squid --no-history "]
    assert completions(shell, "%%squid\nsee @dep") == ["%%squid\nsee @depth_table"]
    assert completions(shell, "%squid prin") == []
    assert completions(shell, "%squid --c") == ["%squid --cached "]
    assert completions(shell, "%%squid /sq") == ["%%squid /sql "]
    assert "%squid /help " in completions(shell, "%squid ")
    assert "depth_table" in completions(shell, "dep")
