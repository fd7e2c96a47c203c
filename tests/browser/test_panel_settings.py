"""Settings of the JupyterLab extension, as a person meets them: in the settings editor, and by what they do."""

from __future__ import annotations

import re
import threading

import pytest
from playwright.sync_api import expect

from .panel import PLUGIN, SHORTCUTS, Panel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

DARK = "rgb(27, 28, 29)"
# axe-core does not judge words whose backgrounds are laid over each other.
CONTRAST = """(code) => {
    const context = document.createElement('canvas').getContext('2d');
    const light = () => {
        const linear = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => (
            value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const paint = (colour) => { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); };
    const around = [];
    for (let element = code; element !== null; element = element.parentElement) around.unshift(element);
    for (const element of around) paint(getComputedStyle(element).backgroundColor);
    const behind = light();
    paint(getComputedStyle(code).color);
    const text = light();
    return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
}"""
BACKGROUND = "(panel) => getComputedStyle(panel).backgroundColor"


@pytest.mark.every_lab
def test_send_key_is_swapped(panel: Panel) -> None:
    panel.open()
    panel.lab.set_settings(PLUGIN, sendKey="shift-enter")
    panel.show()
    panel.box.fill("One line")
    panel.box.press("Enter")
    assert panel.box.input_value() == "One line\n"
    panel.box.press("Shift+Enter")
    panel.lab.wait_for_answer()


def test_panel_moves_to_the_other_side_and_works_there(panel: Panel) -> None:
    panel.open()
    panel.lab.set_settings(PLUGIN, position="right")
    panel.page.locator("#jp-right-stack #squid-nb-panel").wait_for(state="attached")
    panel.show()
    panel.ask("From the right")
    panel.picture("right")
    panel.lab.set_settings(PLUGIN, position="left")
    panel.page.locator("#jp-left-stack #squid-nb-panel").wait_for(state="attached")


def test_panel_that_is_open_moves_as_it_is(panel: Panel) -> None:
    panel.open()
    panel.ask("A long one", "\n\n".join(f"Line {number}" for number in range(200)))
    held = threading.Event()
    panel.endpoint.steps = ("Not yet ", held, "but now.")
    panel.lab.ask("And while it moves?", panel.chat)
    panel.lab.answers(panel.chat).nth(1).get_by_text("Not yet").wait_for()
    panel.box.fill("Half a question")
    log = panel.chat.get_by_role("log")
    log.evaluate("(log) => { log.scrollTop = 300; }")
    panel.chat.get_by_role("button", name=re.compile("Jump to latest")).wait_for()
    for position in ("right", "left"):
        panel.lab.command("settingeditor:open", {"query": "Squid"})
        choice = panel.page.locator(".jp-SettingsForm", has_text="Send key").locator("select[id$=_position]")
        choice.focus()
        choice.select_option(position)
        panel.page.locator(f"#jp-{position}-stack #squid-nb-panel").wait_for()
        expect(panel.box).to_be_visible()
        expect(panel.box).to_have_value("Half a question")
        expect(choice).to_be_focused()
        assert log.evaluate("(log) => log.scrollTop") == 300
    held.set()
    panel.lab.wait_for_answer(2, panel.chat).get_by_text("Not yet but now.").wait_for()
    panel.picture("moved")


def test_what_is_read_stays_in_view_when_the_panel_was_hidden(panel: Panel) -> None:
    panel.open()
    panel.ask("A long one", "\n\n".join(f"Line {number}" for number in range(200)))
    log = panel.chat.get_by_role("log")
    log.evaluate("(log) => { log.scrollTop = 300; }")
    panel.chat.get_by_role("button", name=re.compile("Jump to latest")).wait_for()
    panel.lab.command("application:toggle-left-area")
    expect(panel.box).to_be_hidden()
    panel.lab.wait_until_quiet()
    panel.lab.command("application:toggle-left-area")
    expect(panel.box).to_be_visible()
    panel.lab.wait_until_quiet()
    assert log.evaluate("(log) => log.scrollTop") == 300


def test_new_chats_begin_with_the_default_model(panel: Panel) -> None:
    panel.open()
    panel.lab.set_settings(PLUGIN, defaultModel="served-2")
    panel.show()
    model = panel.chat.get_by_role("combobox", name="Model")
    expect(model.locator("option:checked")).to_have_text("served-2")
    panel.ask("Who are you?")
    assert panel.endpoint.requests[0]["model"] == "served-2"
    model.select_option("served-1")
    panel.ask("And now?")
    assert {one["model"] for one in panel.endpoint.requests if "And now?" in str(one["messages"][-1])} == {"served-1"}
    panel.button("New chat").click()
    expect(model.locator("option:checked")).to_have_text("served-2")


def test_a_default_model_that_nobody_offers_changes_nothing(panel: Panel) -> None:
    panel.open()
    panel.lab.set_settings(PLUGIN, defaultModel="never-heard-of")
    panel.show()
    panel.ask("Who are you?")
    assert panel.endpoint.requests[0]["model"] == "served-1"


def test_ask_at_once_sends_explain_and_fix(panel: Panel) -> None:
    panel.open("value = 1", "value / 0")
    panel.lab.set_settings(PLUGIN, askAtOnce=True)
    panel.show()
    panel.lab.run_cells(2)
    panel.lab.output(1).get_by_role("button", name="Fix with Squid").click()
    panel.lab.wait_for_answer()
    assert panel.lab.said(panel.chat) == ["Fix this error. Show the whole corrected cell."]
    assert "ZeroDivisionError" in panel.sent()
    assert panel.box.input_value() == ""


def test_ask_at_once_also_opens_the_panel_first(panel: Panel) -> None:
    panel.lab.open("value = 1")
    panel.lab.set_settings(PLUGIN, askAtOnce=True)
    panel.lab.select_cell(0)
    panel.lab.command("squid:explain-cell")
    panel.lab.answers(panel.chat).filter(has_text="Squid is here.").wait_for()
    assert panel.lab.said(panel.chat) == ["Explain this cell."]


def test_theme_follows_jupyterlab(panel: Panel) -> None:
    panel.open()
    light = panel.root.evaluate(BACKGROUND)
    panel.lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    panel.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    panel.page.wait_for_function(
        "(light) => getComputedStyle(document.querySelector('#squid-nb-panel')).backgroundColor !== light", arg=light
    )
    lab_background = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color1')"
    assert panel.page.evaluate(
        f"""() => {{
            const probe = document.createElement('div');
            probe.style.backgroundColor = {lab_background};
            document.body.append(probe);
            const expected = getComputedStyle(probe).backgroundColor;
            probe.remove();
            return expected === getComputedStyle(document.querySelector('#squid-nb-panel')).backgroundColor;
        }}"""
    )


@pytest.mark.parametrize(("theme", "dark"), [("dark", False), ("light", True)], ids=["dark-in-light", "light-in-dark"])
def test_theme_of_its_own_is_readable_in_any_jupyterlab(panel: Panel, theme: str, dark: bool) -> None:
    panel.open("value = 1")
    panel.lab.set_settings(PLUGIN, theme=theme)
    panel.lab.visit(dark=dark)
    panel.show()
    panel.ask("Show me", "A **list**:\n\n- `one`\n\n```python\nx = [1]  # a comment\n```\n")
    panel.lab.select_cell(0)
    panel.lab.command("squid:explain-cell")
    expect(panel.chips).to_have_count(1)
    assert (panel.root.evaluate(BACKGROUND) == DARK) is (theme == "dark")
    state = f"own-theme-{theme}"
    assert panel.chat.locator(".squid-code code").evaluate(CONTRAST) > 4.5
    panel.scan(state)
    panel.picture(state)
    panel.tab("Sessions").click()
    panel.sessions.get_by_role("listitem").first.wait_for()
    panel.scan(f"{state}-sessions")
    panel.picture(f"{state}-sessions")


@pytest.mark.every_lab
def test_settings_editor_shows_them_and_they_act_at_once(panel: Panel) -> None:
    panel.open()
    panel.lab.command("settingeditor:open", {"query": "Squid"})
    form = panel.page.locator(".jp-SettingsForm", has_text="Send key")
    form.wait_for()
    for title in ("Send key", "Default model", "Position", "Theme", "Ask at once"):
        form.get_by_text(title, exact=True).first.wait_for()
    form.locator("select[id$=_sendKey]").select_option("shift-enter")
    form.locator("select[id$=_theme]").select_option("dark")
    panel.page.locator("body[data-squid-theme=dark]").wait_for(state="attached")
    form.locator("select[id$=_position]").select_option("right")
    panel.page.locator("#jp-right-stack #squid-nb-panel").wait_for(state="attached")
    expect(panel.box).to_be_visible()
    panel.picture("settings")
    panel.box.fill("Sent by another key")
    panel.box.press("Shift+Enter")
    panel.lab.wait_for_answer(1, panel.chat)


def test_shortcuts_can_be_changed(panel: Panel) -> None:
    panel.lab.open("1 + 1")
    panel.page.keyboard.press("Control+Shift+Space")
    panel.box.wait_for()
    expect(panel.box).to_be_focused()
    usual = {"command": "squid:focus-composer", "keys": ["Accel Shift Space"], "selector": "body"}
    own = {**usual, "keys": ["Accel Alt J"]}
    panel.lab.set_settings(SHORTCUTS, shortcuts=[{**usual, "disabled": True}, own])
    keys = panel.page.evaluate(
        """() => window.jupyterapp.commands.keyBindings
            .filter(({ command }) => command === 'squid:focus-composer').map(({ keys }) => keys.join(' '))"""
    )
    assert keys == ["Ctrl Alt J"] or keys == ["Accel Alt J"]
    panel.lab.select_cell(0)
    panel.page.keyboard.press("Control+Alt+J")
    panel.box.wait_for()
    expect(panel.box).to_be_focused()
