"""A very long answer at full speed: the page stays usable, and twice the answer costs about twice the work.

Timings are printed and never asserted; what is asserted is that everything arrives.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

WATCH = """() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
    }).observe({ entryTypes: ['longtask'] });
}"""


def scripted(tokens: int) -> str:
    """A cell whose chat streams this many tokens as fast as the kernel can."""
    return (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "from scripted import Scripted\n"
        "from squid_nb import ChatWidget, Squid\n"
        "line = 'A **bold** word, `code` and a [link](http://127.0.0.1/) to fill the line. '.split(' ')\n"
        "words = [word + ' ' if (n + 1) % 60 else word + '\\n\\n' for n, word in "
        f"enumerate((line * {tokens})[:{tokens}])]\n"
        "ChatWidget(squid=Squid(provider=Scripted(*words, 'the end')))"
    )


@pytest.mark.parametrize("tokens", [10_000, 20_000])
def test_long_answer_at_full_speed(lab: Lab, tokens: int, capsys: pytest.CaptureFixture[str]) -> None:
    lab.open(scripted(tokens))
    lab.run_all()
    lab.message_box().wait_for()
    lab.page.evaluate(WATCH)
    began: float = lab.page.evaluate("performance.now()")
    lab.ask("Go")
    lab.answers().filter(has_text="the end").wait_for()
    answer = lab.wait_for_answer()
    seconds = (lab.page.evaluate("performance.now()") - began) / 1000
    assert len(answer.inner_text().split()) > tokens * 0.9
    tasks: list[Any] = lab.page.evaluate("window.longTasks")
    with capsys.disabled():
        print(
            f"\n{tokens:,} tokens shown in {seconds:.1f} s; {len(tasks)} tasks over 50 ms, "
            f"{sum(tasks):.0f} ms in all, the longest {max(tasks, default=0):.0f} ms"
        )
