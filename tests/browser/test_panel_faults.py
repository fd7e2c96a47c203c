"""What goes wrong around the panel in a real JupyterLab, and what a person sees of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from holding import held
from playwright.sync_api import expect
from serving import Endpoint
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.squid import Squid

from .lab import Lab
from .lab_server import LabServer
from .panel import Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SOCKET = re.compile("/squid/api/ws")
CUT_OFF = "This answer was cut off. What had arrived is kept."
STOPPED = "You stopped this answer. What had arrived is kept."
MAGIC = '%load_ext squid_nb\nget_ipython().run_cell_magic("squid", "--session {session}", "From a cell")'


@pytest.fixture(scope="module")
def panel_server(tmp_path_factory: pytest.TempPathFactory, panel_endpoint: Endpoint) -> Iterator[LabServer]:
    """A server of its own, to be killed."""
    settings = {
        "SQUID_MODEL__BASE_URL": panel_endpoint.url,
        "SQUID_MODEL__NAME": "served-1",
        "SQUID_SESSION__REFINE_TITLES": "false",
    }
    with LabServer(tmp_path_factory.mktemp("faults"), settings=settings) as server:
        yield server


@pytest.fixture(scope="module")
def server(panel_server: LabServer) -> LabServer:
    """Of the second page."""
    return panel_server


def stored(server: LabServer, title: str) -> list[tuple[str, str]]:
    """What another process reads of a conversation."""
    with Squid(Config().replace({"database.path": server.database}), "ada") as squid:
        page = squid.messages(squid.sessions.get(title))
        return [(message.content, message.status) for message in page.items]


def session_of(server: LabServer, title: str) -> str:
    with Squid(Config().replace({"database.path": server.database}), "ada") as squid:
        return squid.sessions.get(title).id


def answer(panel: Panel, text: str) -> Any:
    return panel.lab.answers(panel.chat).filter(has_text=text)


def words(panel: Panel) -> list[str]:
    """The text of each answer."""
    found = panel.lab.answers(panel.chat).locator(".squid-prose").all_inner_texts()
    return [text.strip() for text in found]


def show(panel: Panel, session: str) -> None:
    """Open a conversation that is there."""
    panel.show()
    panel.lab.command("squid:open-session", {"session": session})


def both_show(panel: Panel, lab: Lab, server: LabServer, title: str) -> Panel:
    """A new conversation in the panel, and in that of another page."""
    panel.open()
    panel.ask(title, "First.")
    other = Panel(lab, panel.endpoint)
    other.open()
    show(other, session_of(server, title))
    answer(other, "First.").wait_for()
    return other


def test_a_server_that_is_killed_in_mid_answer_and_comes_back(panel: Panel, panel_server: LabServer) -> None:
    # JupyterLab itself says that its server is gone, in a dialog over everything.
    panel.page.add_locator_handler(
        panel.page.locator(".jp-Dialog"), lambda: panel.page.locator(".jp-Dialog .jp-mod-reject").first.click()
    )
    panel.endpoint.steps = ("The beginning ", threading.Event())
    panel.open()
    panel.lab.ask("Killed in the middle", panel.chat)
    answer(panel, "The beginning").wait_for()
    wait_until(lambda: stored(panel_server, "Killed in the middle")[-1][0] == "The beginning ")
    panel.box.fill("A draft that nobody has sent")
    panel_server.kill()
    panel.chat.get_by_text("The connection to Jupyter is lost.").wait_for()
    panel.picture("fault-server-gone")
    panel_server.start()
    panel.chat.get_by_text(CUT_OFF).wait_for()
    expect(panel.chat.get_by_text("The connection to Jupyter is lost.")).to_have_count(0)
    expect(panel.box).to_have_value("A draft that nobody has sent")
    expect(panel.button("Retry")).to_be_visible()
    panel.picture("fault-server-back")
    panel.endpoint.steps = ("and the end.",)
    panel.button("Continue").click()
    answer(panel, "The beginning and the end.").wait_for()
    panel.box.fill("")
    panel.ask("Are you there?", "I am.")
    assert panel.lab.said(panel.chat) == ["Killed in the middle", "Are you there?"]
    assert words(panel) == ["The beginning and the end.", "I am."]
    assert panel.lab.errors == []


def test_two_browsers_on_one_session(panel: Panel, second_lab: Lab, panel_server: LabServer) -> None:
    other = both_show(panel, second_lab, panel_server, "Two browsers")
    gate = threading.Event()
    for number, (asking, hearing) in enumerate(((panel, other), (other, panel))):
        gate = threading.Event()
        panel.endpoint.steps = (f"One{number} ", gate, f"two{number}")
        asking.lab.ask(f"Question {number}", asking.chat)
        for one in (asking, hearing):
            answer(one, f"One{number}").wait_for()
            expect(one.button("Stop")).to_be_visible()
        gate.set()
        for one in (asking, hearing):
            answer(one, f"One{number} two{number}").wait_for()
            one.button("Send").wait_for()
    for one in (panel, other):
        assert one.lab.said(one.chat) == ["Two browsers", "Question 0", "Question 1"]
        assert words(one) == ["First.", "One0 two0", "One1 two1"]
        assert one.lab.errors == []


def test_stop_in_the_other_browser_stops_for_both(panel: Panel, second_lab: Lab, panel_server: LabServer) -> None:
    other = both_show(panel, second_lab, panel_server, "Stopped by another")
    panel.endpoint.steps = ("Half ", threading.Event())
    panel.lab.ask("Go on", panel.chat)
    answer(other, "Half").wait_for()
    other.button("Stop").click()
    for one in (panel, other):
        one.chat.get_by_text(STOPPED).wait_for()
        assert words(one) == ["First.", "Half"]


def test_an_endpoint_that_hangs_is_stopped_at_once(panel: Panel) -> None:
    panel.open()
    panel.endpoint.steps = (threading.Event(),)
    panel.lab.ask("Does it hang?", panel.chat)
    panel.chat.get_by_role("img", name="Squid is thinking").wait_for()
    host = panel.endpoint.url.split("/")[2]
    panel.chat.get_by_text(re.compile(f"Nothing from {host} for 1[0-9]")).wait_for()
    panel.picture("fault-hanging")
    panel.button("Stop").click()
    panel.chat.get_by_text(STOPPED).wait_for()
    panel.button("Send").wait_for()
    assert panel.ask("And now?", "Now it works.").inner_text().count("Now it works.") == 1


def test_a_database_that_another_process_has_is_waited_for(panel: Panel, panel_server: LabServer) -> None:
    panel.open()
    panel.ask("Held by another", "First.")
    panel.box.fill("While it is held")
    with held(panel_server.database) as holder:
        panel.box.press("Enter")
        panel.chat.get_by_text(f"(process {holder.pid}). Squid waits for its turn.").wait_for()
        panel.box.fill("A draft for later")
        panel.picture("fault-database-held")
    panel.lab.wait_for_answer(2, panel.chat)
    expect(panel.chat.get_by_text("Squid waits for its turn.")).to_have_count(0)
    expect(panel.box).to_have_value("A draft for later")
    assert panel.lab.said(panel.chat) == ["Held by another", "While it is held"]
    assert panel.lab.errors == []


def test_a_socket_that_is_cut_in_mid_answer_loses_and_doubles_nothing(panel: Panel) -> None:
    gates = [threading.Event() for _ in range(3)]
    panel.endpoint.steps = ("1 ", gates[0], "2 3 ", gates[1], "4 5 ", gates[2], "6")
    panel.lab.keep_sockets()
    panel.open()
    panel.lab.ask("Count", panel.chat)
    answer(panel, "1").wait_for()
    for gate, seen in zip(gates, ("1 2 3", "1 2 3 4 5", "1 2 3 4 5 6"), strict=True):
        panel.lab.cut_sockets("squid/api/ws")
        gate.set()
        answer(panel, seen).wait_for()
    panel.button("Send").wait_for()
    assert words(panel) == ["1 2 3 4 5 6"]
    assert panel.lab.said(panel.chat) == ["Count"]


def test_an_answer_of_a_cell_streams_into_the_panel_and_is_stopped_there(panel: Panel, panel_server: LabServer) -> None:
    panel.open()
    panel.ask("For a cell", "First.")
    session = session_of(panel_server, "For a cell")
    gate = threading.Event()
    panel.endpoint.steps = ("From ", gate, "the kernel", threading.Event())
    panel.lab.open(MAGIC.format(session=session))
    show(panel, session)
    answer(panel, "First.").wait_for()
    panel.lab.run_cell(0, wait=False)
    answer(panel, "From").wait_for()
    gate.set()
    answer(panel, "From the kernel").wait_for()
    panel.button("Stop").click()
    panel.chat.get_by_text(STOPPED).wait_for()
    panel.lab.wait_for_prompts()
    assert panel.lab.said(panel.chat) == ["For a cell", "From a cell"]
    assert words(panel) == ["First.", "From the kernel"]


def test_a_server_without_squid_is_named(panel: Panel) -> None:
    panel.page.route("**/squid/api/health*", lambda route: route.fulfill(status=404, body="{}"))
    panel.page.route_web_socket(SOCKET, lambda socket: socket.close())
    panel.lab.open("1 + 1")
    panel.lab.command("squid:open-panel")
    said = "This Jupyter server does not know Squid. Install squid_nb where the server runs"
    expect(panel.chat.get_by_role("status").filter(has_text=said)).to_be_visible()
    panel.picture("fault-no-squid")
    panel.scan("no-squid")
    panel.tab("Sessions").click()
    expect(panel.sessions.get_by_role("status").filter(has_text=said)).to_be_visible()


def test_a_server_of_another_version_is_named(panel: Panel) -> None:
    def newer(socket: Any) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(message.replace('"version": "0.', '"version": "7.')))

    panel.page.route_web_socket(SOCKET, newer)
    panel.open()
    toast = panel.page.locator(".Toastify__toast", has_text="but the server has 7.")
    expect(toast).to_be_visible()
    with panel.page.expect_navigation():
        toast.get_by_role("button", name="Reload").click()
