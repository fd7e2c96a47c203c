"""Links to sessions and messages, clicked in everything that JupyterLab shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

from squid_nb.squid import Squid

from .panel import Panel
from .session_list import Sessions

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

TITLE = "How squids sleep"
NOBODY = "0190b0c2-7a4b-7000-8000-000000000001"


@dataclass(frozen=True)
class Talk:
    """A long conversation, and what of it is linked to."""

    session: str
    early: str
    """An answer far above what is loaded at first."""
    other: str
    """A version of the last answer that is not shown."""

    @property
    def word(self) -> str:
        """Said in the early answer, and nowhere else."""
        return f"octopus{self.session[-12:]}"


@pytest.fixture
def talk(panel: Panel) -> Talk:
    """Thirty turns, the last of them answered twice."""

    def fill(squid: Squid) -> Talk:
        session = squid.sessions.create(TITLE).id
        answers = []
        for number in range(30):
            turn = squid.store.open_turn(user_id=squid.user.id, session_id=session, question=f"Question {number}?")
            said = f"octopus{session[-12:]} " if number == 1 else ""
            close(squid, turn.answer.id, f"{said}Answer {number}. " + "It is a long one. " * 30)
            answers.append(turn)
        again = squid.store.open_turn(
            user_id=squid.user.id, session_id=session, question=None, again=answers[-1].question.id
        )
        close(squid, again.answer.id, "Said in other words.")
        return Talk(session, answers[1].answer.id, answers[-1].answer.id)

    def close(squid: Squid, answer: str, words: str) -> None:
        squid.store.close_turn(answer, content=words, reasoning="", status="complete", usage=None)

    found: Talk = Sessions(panel.lab, panel.lab.server.database).elsewhere(fill)
    return found


def visit(panel: Panel, *cells: Any) -> None:
    """Open a notebook that nobody has trusted: everything in it is sanitised."""
    document = nbformat.v4.new_notebook(cells=list(cells))
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    panel.lab.path = f"{panel.lab.name}.ipynb"
    nbformat.write(document, panel.lab.server.notebooks / panel.lab.path)
    panel.lab.visit()


def follow(panel: Panel, link: Any) -> None:
    """Click a link; the page must stay where it is."""
    before = panel.page.url
    link.click()
    panel.box.wait_for()
    assert panel.page.url == before
    assert len(panel.page.context.pages) == 1


def title(panel: Panel) -> Any:
    return panel.chat.get_by_role("button", name=f"Rename session: {TITLE}")


def new_chat(panel: Panel) -> None:
    panel.button("New chat").click()
    expect(panel.lab.answers(panel.chat)).to_have_count(0)


def article(panel: Panel, message: str) -> Any:
    return panel.chat.locator(f'[data-squid-message="{message}"]')


@pytest.mark.every_lab
def test_links_in_cells_outputs_and_files_open_their_session(panel: Panel, talk: Talk) -> None:
    output = nbformat.v4.new_output(
        "display_data",
        data={"text/markdown": f"[from Markdown](squid:session/{talk.session})", "text/plain": "x"},
    )
    shown = nbformat.v4.new_output(
        "display_data", data={"text/html": f'<a href="squid:session/{talk.session}">from HTML</a>', "text/plain": "x"}
    )
    visit(
        panel,
        nbformat.v4.new_markdown_cell(f"See [our talk](squid:session/{talk.session[:13]})."),
        nbformat.v4.new_code_cell("1 + 1", outputs=[output, shown]),
    )
    note = panel.lab.server.notebooks / f"{panel.lab.name}.md"
    note.write_text(f"[from a file](squid:session/{talk.session})\n", "utf-8")
    for words in ("our talk", "from Markdown", "from HTML"):
        link = panel.page.locator(".jp-Notebook").get_by_role("link", name=words)
        expect(link).to_have_attribute(
            "href", f"squid:session/{talk.session[:13] if words == 'our talk' else talk.session}"
        )
        follow(panel, link)
        title(panel).wait_for()
        expect(panel.box).to_be_focused()
        new_chat(panel)
    panel.lab.command("docmanager:open", {"path": note.name, "factory": "Markdown Preview"})
    panel.page.wait_for_url("**/*.md")
    follow(panel, panel.page.locator(".jp-MarkdownViewer").get_by_role("link", name="from a file"))
    title(panel).wait_for()
    assert panel.lab.errors == []


def test_link_to_a_message_shows_it_in_its_version(panel: Panel, talk: Talk) -> None:
    visit(
        panel,
        nbformat.v4.new_markdown_cell(
            f"[early](squid:message/{talk.early}) and [other words](squid:message/{talk.other})"
        ),
    )
    links = panel.page.locator(".jp-Notebook")
    follow(panel, links.get_by_role("link", name="early"))
    found = article(panel, talk.early)
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    expect(found).to_have_attribute("data-squid-linked", "")
    panel.picture("linked-message")
    panel.scan("a linked message")
    panel.page.keyboard.press("Tab")
    assert found.evaluate("(one) => one.contains(document.activeElement)")
    follow(panel, links.get_by_role("link", name="other words"))
    other = article(panel, talk.other)
    expect(other).to_be_in_viewport()
    expect(other).to_be_focused()
    expect(other).to_contain_text("Version 1/2")
    expect(panel.chat.locator("[data-squid-linked]")).to_have_count(1)


@pytest.mark.every_lab
def test_link_to_what_is_gone_says_so(panel: Panel, talk: Talk) -> None:
    visit(
        panel,
        nbformat.v4.new_markdown_cell(
            f"[here](squid:session/{talk.session}) [gone](squid:message/{NOBODY}) [odd](squid:elsewhere)"
        ),
    )
    links = panel.page.locator(".jp-Notebook")
    follow(panel, links.get_by_role("link", name="here"))
    title(panel).wait_for()
    follow(panel, links.get_by_role("link", name="gone"))
    panel.chat.get_by_text("is not in this history").wait_for()
    title(panel).wait_for()
    follow(panel, links.get_by_role("link", name="odd"))
    panel.chat.get_by_text("is no link to a conversation").wait_for()
    follow(panel, links.get_by_role("link", name="here"))
    expect(panel.chat.get_by_text("is no link to a conversation")).to_have_count(0)
    assert panel.lab.errors == []


def test_copied_links_work_where_they_are_pasted(panel: Panel, talk: Talk) -> None:
    panel.open("1 + 1")
    clipboard = "() => navigator.clipboard.readText()"
    panel.lab.command("squid:open-link", {"uri": f"squid:session/{talk.session}"})
    title(panel).wait_for()
    panel.button("Copy link to this session").click()
    panel.page.wait_for_function(f"async (wanted) => (await ({clipboard})()).includes(wanted)", arg=talk.session)
    to_session = panel.page.evaluate(clipboard)
    assert to_session == f"[{TITLE}](squid:session/{talk.session})"
    last = panel.lab.answers(panel.chat).last
    last.hover()
    last.get_by_role("button", name="Copy link").click()
    panel.page.wait_for_function(f"async () => (await ({clipboard})()).includes('squid:message/')")
    to_message = panel.page.evaluate(clipboard)
    assert to_message.startswith("[Said in other words.](squid:message/")
    panel.tab("Sessions").click()
    row = panel.sessions.get_by_role("listitem").filter(has_text=TITLE).first
    row.hover()
    row.get_by_role("button", name=f"More actions {TITLE}").click()
    panel.page.get_by_role("menuitem", name="Copy link").click()
    panel.sessions.get_by_text("Link copied.").first.wait_for()
    assert panel.page.evaluate(clipboard) == to_session

    panel.tab("Chat").click()
    new_chat(panel)
    panel.ask(f"What about {to_session}?", f"It says {to_message}.")
    follow(panel, panel.chat.get_by_role("article", name="Squid").get_by_role("link", name="Said in other words."))
    expect(panel.lab.answers(panel.chat).last).to_be_focused()
    new_chat(panel)
    panel.ask(f"And {to_session}?", "Yes.")
    follow(panel, panel.chat.get_by_role("article", name="You").get_by_role("link", name=TITLE))
    title(panel).wait_for()


def test_link_in_a_widget_opens_the_panel_and_with_ctrl_a_tab(panel: Panel, talk: Talk) -> None:
    def refer(squid: Squid) -> str:
        turn = squid.store.open_turn(user_id=squid.user.id, question=f"See [it](squid:session/{talk.session})")
        words = f"[There](squid:message/{talk.early})"
        squid.store.close_turn(turn.answer.id, content=words, reasoning="", status="complete", usage=None)
        return turn.session.id

    session = Sessions(panel.lab, panel.lab.server.database).elsewhere(refer)
    panel.lab.open(f"from squid_nb import ChatWidget\nChatWidget({session!r})")
    panel.lab.run_all()
    widget = panel.lab.output(0).get_by_role("region", name="Squid chat")
    follow(panel, widget.get_by_role("link", name="it"))
    title(panel).wait_for()
    widget.get_by_role("link", name="There").click(modifiers=["Control"])
    tab = panel.page.locator(".jp-MainAreaWidget .squid-lab")
    expect(tab.locator(f'[data-squid-message="{talk.early}"]')).to_be_in_viewport()
    assert len(panel.page.context.pages) == 1
    assert panel.lab.errors == []


def test_what_another_door_deletes_far_above_goes_from_the_open_chat(panel: Panel, talk: Talk) -> None:
    visit(panel, nbformat.v4.new_markdown_cell(f"[early](squid:message/{talk.early})"))
    follow(panel, panel.page.locator(".jp-Notebook").get_by_role("link", name="early"))
    expect(article(panel, talk.early)).to_be_in_viewport()
    elsewhere = Sessions(panel.lab, panel.lab.server.database).elsewhere
    removal = elsewhere(lambda squid: squid.sessions.remove_message(talk.early))
    expect(article(panel, talk.early)).to_have_count(0)
    expect(panel.chat.get_by_text("Question 1?", exact=True)).to_have_count(1)
    elsewhere(lambda squid: squid.sessions.restore_message(removal.id))
    expect(article(panel, talk.early)).to_have_count(1)


def test_what_a_search_finds_is_opened_where_it_is(panel: Panel, talk: Talk) -> None:
    panel.open("1 + 1")
    panel.tab("Sessions").click()
    panel.sessions.get_by_role("searchbox").fill(talk.word)
    found = panel.sessions.get_by_role("listitem").filter(has=panel.page.locator("mark"))
    found.filter(has_text=TITLE).first.click()
    expect(article(panel, talk.early)).to_be_in_viewport()
    expect(article(panel, talk.early)).to_be_focused()
