"""The session browser as a test sees it: its list in the page, and the history behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from squid_nb.config import Config
from squid_nb.squid import Squid
from squid_nb.store import Store

from .lab import ARTEFACTS, Lab

WIDGET = "from squid_nb import SessionsWidget\nwidget = SessionsWidget()\nwidget"
APP = "import squid_nb\napp = squid_nb.app()\napp"
TALKS = [
    ("Why is my groupby so slow?", "Because it walks the ducks one by one.", ["pandas", "work"]),
    ("Plan the migration", "First the ducks, then the <b>pond</b>.", ["work"]),
    ("Explain the KeyError", "The column has another name.", []),
    ("Recipe for ink pasta", "Take ink.", ["home"]),
]


class Sessions:
    """The list in the page, and the history behind it."""

    def __init__(self, lab: Lab, database: Path) -> None:
        self.lab, self.page, self.database = lab, lab.page, database
        self.setup = f"import os\nos.environ['SQUID_DATABASE__PATH'] = {str(database)!r}"
        self.root = lab.page.get_by_role("region", name="Squid sessions")
        self.list = self.root.get_by_role("list", name="Sessions")
        self.rows = self.list.get_by_role("listitem")
        self.search = self.root.get_by_role("searchbox", name="Search sessions")

    def elsewhere(self, work: Callable[[Squid], Any]) -> Any:
        """Do something to the history in another process than the kernel's."""
        store = Store(self.database)
        try:
            return work(Squid(Config.load(), "ada", store=store))
        finally:
            store.close()

    def talk(self) -> None:
        """Fill the history."""

        def fill(squid: Squid) -> None:
            from squid_nb.records import Provenance

            for question, answer, tags in TALKS:
                turn = squid.store.open_turn(
                    user_id=squid.user.id, session_id=None, question=question, title=question, model="talker-1",
                    provider="embedded", host="in process", provenance=Provenance("python"),
                )  # fmt: skip
                squid.store.close_turn(
                    turn.answer.id, content=answer, reasoning="", status="complete", usage=None, model="talker-1"
                )
                if tags:
                    squid.sessions.tag(turn.session.id, *tags)

        self.elsewhere(fill)

    def open(self, *cells: str, dark: bool = False) -> None:
        """Open a notebook whose first cells set up the history and show the list."""
        self.lab.open(self.setup, *(cells or (WIDGET,)), dark=dark)
        self.lab.run_cells(2)
        self.root.wait_for()

    def titles(self) -> list[str]:
        return [text.strip() for text in self.root.locator(".squid-session-title > span").all_inner_texts()]

    def row(self, title: str) -> Any:
        return self.rows.filter(has_text=title)

    def title(self, title: str) -> Any:
        """The button that opens a session."""
        return self.row(title).locator(".squid-session-open")

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=name, exact=True)

    def said(self, cell: int) -> str:
        """What a cell has printed."""
        return str(self.lab.output(cell).inner_text()).strip()

    def scan(self, state: str) -> None:
        results = Axe().run(self.page, context="[aria-label='Squid sessions']")
        found = [f"{one['id']}: {one['help']}" for one in results.response["violations"]]
        assert not found, f"{state}: {found}"

    def picture(self, state: str) -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.root.first.screenshot(path=ARTEFACTS / f"sessions-{state}.png")

    def width(self, pixels: int | None) -> None:
        """Give the list a side panel's width, or its own again."""
        wide = f"{pixels}px" if pixels else ""
        self.root.evaluate("(root, wide) => { root.parentElement.style.width = wide; }", wide)
