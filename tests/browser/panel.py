"""The panel of the JupyterLab extension as a test sees it, and the model behind it."""

from __future__ import annotations

import json
import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from serving import Endpoint, ServedStep

from .lab import ARTEFACTS, Lab

PLUGIN = "squid-nb:plugin"
SHORTCUTS = "@jupyterlab/shortcuts-extension:shortcuts"
SETTINGS = ("squid-nb", "@jupyterlab/shortcuts-extension")
"""Extensions whose settings the tests change."""

CODE = "Here:\n\n```python\nleaked = 1\n```\n"


def asks(endpoint: Endpoint) -> dict[str, str]:
    """The settings of a server that asks this endpoint; titles stay what was asked."""
    return {
        "SQUID_MODEL__BASE_URL": endpoint.url,
        "SQUID_MODEL__NAME": "served-1",
        "SQUID_SESSION__REFINE_TITLES": "false",
    }


class Panel:
    """The side panel in a page with a notebook."""

    def __init__(self, lab: Lab, endpoint: Endpoint) -> None:
        self.lab, self.page, self.endpoint = lab, lab.page, endpoint
        self.root = lab.page.locator("#squid-nb-panel")
        self.chat = self.root.get_by_role("region", name="Squid chat")
        self.sessions = self.root.get_by_role("region", name="Squid sessions")
        self.box = lab.message_box(self.chat)
        endpoint.steps = ("Squid is here.",)
        endpoint.counts_tokens = True
        endpoint.requests.clear()

    def open(self, *cells: str, dark: bool = False) -> None:
        """Open a notebook with these cells, and the panel beside it."""
        self.lab.open(*(cells or ("1 + 1",)), dark=dark)
        self.show()

    def show(self) -> None:
        """Open the panel, with an empty chat."""
        self.lab.command("squid:open-panel")
        self.box.wait_for()

    def ask(self, question: str, *answer: ServedStep) -> Any:
        """Ask, and wait for the answer; the endpoint says these words."""
        if answer:
            self.endpoint.steps = answer
        count = self.lab.answers(self.chat).count()
        self.lab.ask(question, self.chat)
        return self.lab.wait_for_answer(count + 1, self.chat)

    def tab(self, name: str) -> Any:
        """`Chat` or `Sessions`, above the view."""
        return self.root.get_by_role("tab", name=name)

    def button(self, name: str) -> Any:
        return self.chat.get_by_role("button", name=name, exact=True)

    @property
    def chips(self) -> Any:
        """The files of the next question."""
        return self.chat.get_by_role("list", name="Files to send").get_by_role("listitem")

    def attached(self) -> list[str]:
        """The names on the chips."""
        names: list[str] = self.chips.locator(".squid-attachment-name").all_inner_texts()
        return names

    def sources(self) -> list[str]:
        """The sources of the cells in the notebook model, which is what would be saved."""
        found: list[str] = self.page.evaluate(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget;
                return panel.content.model.sharedModel.cells.map((cell) => cell.getSource());
            }"""
        )
        return found

    def executed(self) -> int:
        """How many cells have run."""
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        return sum(re.match(r"\[\d+\]", prompt) is not None for prompt in prompts)

    def sent(self) -> str:
        """What the model was given; a title may have been asked for behind the answer."""
        return json.dumps(self.endpoint.requests)

    def choose(self, *names: str) -> None:
        """Choose in the menu that is open, one level after the other."""
        for name in names:
            self.page.locator(".lm-Menu-item", has_text=name).first.click()

    def scan(self, state: str, *, within: str = "#squid-nb-panel") -> None:
        """Fail on what axe-core finds wrong in the panel."""
        results = Axe().run(self.page, context=within)
        found = [f"{one['id']}: {one['help']}" for one in results.response["violations"]]
        assert not found, f"{state}: {found}"

    def picture(self, state: str) -> None:
        """Keep a picture of the whole page."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"panel-{state}.png")
