"""The magics in a real kernel, run as JupyterLab runs them."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from kernels import Kernel, Ran


def displays(ran: Ran) -> list[dict[str, Any]]:
    return ran.of("display_data")


def test_an_answer_streams_into_one_display(notebook: Kernel) -> None:
    notebook.run("script('An **ans', 'wer**.', Used(3, 4))")
    ran = notebook.run("%squid --new Why is this slow?")
    assert len(displays(ran)) == 1
    assert ran.of("execute_result") == []
    assert ran.text == ""
    [shown] = ran.outputs
    assert shown["text/markdown"] == "An **answer**.\n\n*scripted-1 · 3 tokens in · 4 out · free, runs locally*"
    assert shown["text/plain"] == "An **answer**.\n\nscripted-1 · 3 tokens in · 4 out · free, runs locally"
    assert notebook.value("_") == "An **answer**."


def test_a_later_cell_shows_the_answer_again_once(notebook: Kernel) -> None:
    notebook.run("script('An **answer**. <b>raw</b> ![x](http://far.away/x.png)')")
    notebook.run("kept = %squid --new Why?")
    [shown] = notebook.run("kept").outputs
    assert set(shown) == {"text/plain", "text/markdown", "text/html"}
    assert shown["text/markdown"] == r"An **answer**. \<b>raw\</b> !\[x](http://far.away/x.png)"
    assert "<strong>answer</strong>. &lt;b&gt;raw&lt;/b&gt;" in shown["text/html"]
    assert "<img" not in shown["text/html"]
    assert len(notebook.run("same = %squid --new Why?\nsame").outputs) == 1


def test_a_display_is_updated_at_most_ten_times_a_second(notebook: Kernel) -> None:
    notebook.run("script(*['word ', 0.01] * 60)")
    ran = notebook.run("%squid --new go")
    updates = [message for message in ran.messages if message["msg_type"] == "update_display_data"]
    times = [_time(message) for message in updates[:-1]]
    assert len(updates) > 1
    assert all((later - earlier).total_seconds() > 0.09 for earlier, later in pairwise(times))
    assert ran.outputs[0]["text/plain"].startswith("word " * 60)


def _time(message: dict[str, Any]) -> datetime:
    date = message["header"]["date"]
    return date if isinstance(date, datetime) else datetime.fromisoformat(date)


def test_what_goes_on_before_the_first_word_is_replaced(notebook: Kernel) -> None:
    notebook.run("script(Progress('Loading the model', 0.25), 0.15, Reasoning('let me see'), 0.15, 'Done.')")
    ran = notebook.run("%squid --new go")
    stages = [content["data"]["text/plain"] for content in [*displays(ran), *ran.of("update_display_data")]]
    assert any("Loading the model 25%" in stage for stage in stages)
    assert any("Thinking… (3 words)" in stage for stage in stages)
    assert "Loading" not in stages[-1]
    assert "let me see" not in stages[-1]
    assert notebook.value("_.reasoning") == "let me see"


def test_without_streaming_the_answer_comes_at_once(notebook: Kernel) -> None:
    notebook.run("script('one ', 0.15, 'two ', 0.15, 'three')")
    ran = notebook.run("%squid --new --no-stream go")
    stages = [content["data"]["text/plain"] for content in [*displays(ran), *ran.of("update_display_data")]]
    assert [stage for stage in stages if "one" in stage] == [stages[-1]]


def test_text_and_code_are_shown_as_such(notebook: Kernel) -> None:
    notebook.run("script('**no** ```x```')")
    assert set(notebook.run("%squid --new --as text go").outputs[0]) == {"text/plain"}
    notebook.run("script('Well:\\n```python\\nx = 1\\n```\\nDone.')")
    shown = notebook.run("%squid --new --as code go").outputs[0]
    assert shown["text/markdown"].startswith("``````python\nx = 1\n``````\n")
    assert "Well" not in shown["text/plain"]


def test_an_interrupt_stops_the_answer_and_keeps_the_partial_text(notebook: Kernel) -> None:
    notebook.run("import threading; script('Half an ans', threading.Event(), 'wer')")
    sent = notebook.start("reached = False\n%squid --new go\nreached = True")
    messages = notebook.messages(sent)
    seen = []
    for message in messages:
        seen.append(message)
        if "Half an ans" in str(message["content"].get("data", {})):
            notebook.manager.interrupt_kernel()
            break
    ran = notebook.finish(sent)
    ran.messages[:0] = seen
    assert ran.reply["status"] == "error"
    assert ran.reply["traceback"] == ["Stopped; what had arrived is kept."]
    assert ran.outputs[0]["text/plain"].startswith("Half an ans\n\nscripted-1")
    assert ran.outputs[0]["text/plain"].endswith("stopped")
    assert notebook.value("reached") is False
    last = "shared().messages(shared().current).items[-1]"
    assert notebook.value(f"({last}.content, {last}.status)") == ("Half an ans", "stopped")
    assert notebook.value("provider.closed") == 1


def test_a_failure_is_one_sentence(notebook: Kernel) -> None:
    notebook.run("script('Half', BadStream('The connection broke.', 'Ask again.'))")
    ran = notebook.run("%squid --new go", fails=True)
    assert "UsageError: The connection broke. Ask again." in ran.text
    assert ran.of("error") == []
    assert ran.outputs[0]["text/plain"].endswith("broken off")
    refused = notebook.run("%squid -f /no/such/file go", fails=True)
    assert "UsageError: There is no file" in refused.text
    assert refused.outputs == []


def test_a_cell_that_runs_again_answers_the_same_question(notebook: Kernel) -> None:
    notebook.run("script(turns=[['Q1 first'], ['Q2 first'], ['Q1 second'], ['Q3']])")
    notebook.run("%squid /new reruns")
    notebook.run("%%squid\none", cell_id="c1")
    notebook.run("%%squid\ntwo", cell_id="c2")
    notebook.run("%%squid\none", cell_id="c1")
    conversation = "[message.content for message in shared().messages(shared().current).items]"
    assert notebook.value(conversation) == ["one", "Q1 second", "two", "Q2 first"]
    notebook.run("%%squid\none, changed", cell_id="c1")
    assert notebook.value(conversation)[-2:] == ["one, changed", "Q3"]
    assert notebook.value("len(provider.requests)") == 4


def test_each_round_of_a_loop_that_runs_again_answers_its_own_question(notebook: Kernel) -> None:
    notebook.run("script(turns=[[f'answer {number}'] for number in range(10)])")
    notebook.run("%squid /new loop")
    for rounds in (3, 3, 4):
        notebook.run(f"for _ in range({rounds}):\n    %squid tell me", cell_id="loop")
    assert notebook.value("len(provider.requests)") == 10
    answers = "[message.content for message in shared().messages(shared().current).items if message.role != 'user']"
    assert notebook.value(answers) == [f"answer {number}" for number in (6, 7, 8, 9)]
    # Four questions, the first three of which were answered three times.
    assert notebook.value("shared().sessions.get(shared().current).messages") == 4 + 3 * 3 + 1


def test_a_cached_cell_calls_no_model_after_a_restart(notebook: Kernel) -> None:
    notebook.run("script('dear answer')")
    notebook.run("table = {'a': 1}")
    notebook.run("%%squid --new --cached\nlook at @table", cell_id="dear")
    assert notebook.value("len(provider.requests)") == 1
    notebook.run("script(BadStream('Nobody is there.')); table = {'a': 1}")
    ran = notebook.run("%%squid --cached\nlook at @table", cell_id="dear")
    assert "dear answer" in ran.outputs[0]["text/plain"]
    assert "stored answer" in ran.outputs[0]["text/plain"]
    notebook.run("table = {'a': 2}")
    notebook.run("%%squid --cached\nlook at @table", cell_id="dear", fails=True)


def test_provenance_is_stored_with_the_question(notebook: Kernel) -> None:
    notebook.run("script('x'); df = __import__('pandas').DataFrame({'a': [1, 2, 3]})")
    notebook.run("%%squid --new\nlook at @df", cell_id="here")
    question = "shared().messages(shared().current).items[0]"
    door, book, cell = notebook.value(f"(lambda p: (p.door, p.notebook, p.cell_id))({question}.provenance)")
    assert (door, cell) == ("magic", "here")
    assert book.endswith("work.ipynb")
    detail = notebook.value(f"{question}.sources[0].detail")
    assert (detail["type"], detail["shape"], detail["columns"]) == ("pandas.DataFrame", [3, 1], ["a"])
    assert detail["content_hash"]


def test_verbs_show_markdown_and_frames(notebook: Kernel) -> None:
    notebook.run("script('# Big <script>alert(1)</script>')")
    notebook.run("%squid --new go;")
    assert "text/markdown" in notebook.run("%squid /help").outputs[0]
    history = notebook.run("%squid /history").outputs[0]["text/markdown"]
    assert "\\<script>" in history
    assert "<table" in notebook.run("%squid /sessions").outputs[0]["text/html"]
    ran = notebook.run("%squid /nonsense", fails=True)
    assert ran.of("error") == []
    assert "UsageError: There is no command 'nonsense'." in ran.text


def test_the_database_draws_no_progress_bar_below_a_cell(notebook: Kernel) -> None:
    notebook.run("from squid_nb.squid import shared")
    setting = "connection.execute(\"select current_setting('enable_progress_bar')\").fetchone()[0]"
    assert notebook.run(f"with shared().store.database.lease() as connection: print({setting})").text == "False\n"


def test_fix_sends_the_failing_cell(notebook: Kernel) -> None:
    notebook.run("script('Divide by something else.')")
    notebook.run("depth = 0\n11 / depth", fails=True)
    notebook.run("%squid /fix --new")
    sent = notebook.value("provider.requests[-1].turns[-1].content")
    assert "ZeroDivisionError" in sent
    assert "depth = 0\n11 / depth" in sent
    assert "interactiveshell" not in sent


@pytest.mark.parametrize(
    ("code", "matches"),
    [
        ("%squid /ses", ["/sessions "]),
        ("%%squid --no-h", ["--no-history "]),
        ("%%squid\nplease see @pathl", ["pathlib"]),
        ("x = %squid /usage --by mo", ["model ", "month "]),
    ],
)
def test_tab_completes(notebook: Kernel, code: str, matches: list[str]) -> None:
    reply = notebook.client.complete(code, len(code), reply=True, timeout=30)["content"]
    assert reply["matches"] == matches
    assert code[: reply["cursor_start"]] + matches[0] == code[: reply["cursor_start"]] + reply["matches"][0]
    assert reply["cursor_end"] == len(code)


def test_a_sql_cell_shows_and_keeps_a_frame_with_bound_values_and_own_frames(notebook: Kernel) -> None:
    notebook.run("script('An answer.', Used(30, 4711))\n%squid Hello;")
    notebook.run("import pandas as pd\nteams = pd.DataFrame({'model': ['scripted-1'], 'team': ['blue']})\nleast = 4711")
    ran = notebook.run(
        "%%squid /sql -o found\n-- who spends what\nfrom teams join v_usage using (model)\n"
        "select team, output_tokens where output_tokens >= {{least}}"
    )
    assert "<table" in ran.outputs[0]["text/html"]
    assert notebook.value("found.to_dict('list')") == {"team": ["blue"], "output_tokens": [4711]}
    refused = notebook.run("%%squid /sql\nselect nothing", fails=True).reply
    assert refused["ename"] == "UsageError"
    assert refused["evalue"].startswith("The query was refused: Binder Error")
    refused = notebook.run("%%squid /usage\nby model", fails=True).reply
    assert refused["evalue"].startswith("/usage takes no lines below it.")


def test_a_long_query_can_be_interrupted(notebook: Kernel) -> None:
    notebook.run("script('An answer.', Used(3, 4))")
    began = notebook.start(
        "import threading, time\n"
        "def tell():\n"
        "    while not any(thread.name == 'squid-sql' for thread in threading.enumerate()):\n"
        "        time.sleep(0.01)\n"
        "    print('the query runs', flush=True)\n"
        "threading.Thread(target=tell).start()\n"
        "get_ipython().run_line_magic('squid', '/sql select count(*) from range(1000000000) a, range(1000000000) b')"
    )
    for message in notebook.messages(began):
        if message["msg_type"] == "stream":
            break
    notebook.manager.interrupt_kernel()
    ran = notebook.finish(began)
    assert ran.reply["status"] == "error"
    assert ran.reply["evalue"] == "Stopped."
    assert notebook.value("shared().history.sql('select 1 as one')['one'].tolist()") == [1]


def test_a_loop_of_ten_thousand_questions_stops_at_the_cap_and_says_so(notebook: Kernel) -> None:
    notebook.run("script('An answer.', Used(3, 4))\nshared().configure('budget.hard_session_tokens', 35)")
    ran = notebook.run("%squid /new\nfor number in range(10_000):\n    %squid Question {{number}};", fails=True)
    assert ran.reply["ename"] == "UsageError"
    assert ran.reply["evalue"] == (
        "The question was not sent, because this session's hard cap of 35 tokens is reached: 35 tokens are used. "
        "Raise budget.hard_session_tokens, or start a new session."
    )
    assert notebook.value("len(provider.requests)") == 5
