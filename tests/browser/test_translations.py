"""A language pack reaches the panel, the widgets and the settings."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from serving import Endpoint

from .lab import ARTEFACTS, Lab
from .lab_server import LabServer
from .language_pack import Words, install

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

CHAT = "from squid_nb import ChatWidget\nChatWidget()"
FRENCH: Words = {
    "Send": "Envoyer",
    "New chat": "Nouvelle discussion",
    "Ask Squid…": "Demander à Squid…",
    "Ask Squid…  / for commands, @ for your data": "Demander à Squid…  / pour les commandes, @ pour vos données",
    "What are you working on?": "Sur quoi travaillez-vous ?",
    "Regenerate answer": "Refaire la réponse",
    "Copy code": "Copier le code",
    "Context window: %1 (%2)": "Fenêtre de contexte : %1 (%2)",
    "%1 in, %2 out": "%1 reçus, %2 écrits",
    "Chat": "Discussion",
    "Sessions": "Séances",
    "Search sessions": "Chercher une séance",
    "%1 session": ("%1 séance", "%1 séances"),
    "%1 message": ("%1 message lu", "%1 messages lus"),
    "Today": "Aujourd'hui",
    "now": "à l'instant",
    "Rename session: %1": "Renommer la séance : %1",
    "Open Squid": "Ouvrir Squid",
    ("settings", "Send key"): "Touche d'envoi",
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint("Voilà:\n\n```python\n1 + 1\n```\n") as endpoint:
        yield endpoint


@pytest.fixture
def server(tmp_path: Path, endpoint: Endpoint) -> Iterator[LabServer]:
    """A JupyterLab in French, whose own words stay English since this pack has none of them."""
    packs = tmp_path / "packs"
    install(packs, "fr_FR", FRENCH)
    home = tmp_path / "lab"
    home.mkdir()
    settings = {
        "PYTHONPATH": str(packs),
        "SQUID_MODEL__BASE_URL": endpoint.url,
        "SQUID_MODEL__NAME": "served-1",
        "SQUID_SESSION__REFINE_TITLES": "false",
    }
    lab = LabServer(home, settings=settings)
    chosen = home / "settings" / "@jupyterlab" / "translation-extension" / "plugin.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(json.dumps({"locale": "fr_FR"}), encoding="utf-8")
    with lab:
        yield lab


@pytest.fixture
def french(browser: Any, server: LabServer, request: pytest.FixtureRequest) -> Iterator[Lab]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-CA")
    lab = Lab(context.new_page(), server, name=request.node.name)
    try:
        yield lab
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        lab.page.screenshot(path=ARTEFACTS / "french.png")
        lab.shut_down_kernels()
    finally:
        context.close()


def test_a_language_pack_reaches_widget_panel_and_settings(french: Lab) -> None:
    french.open(CHAT)
    french.run_all()
    widget = french.output(0).get_by_role("region", name="Squid chat")
    is_shown(french, widget)
    ask(widget, "Bonjour")
    footer = widget.locator(".squid-footer")
    expect(footer).to_contain_text(re.compile(r"\d+ reçus, .*\d+ écrits"))
    # Numbers are those of the reader's own French.
    expect(widget.locator(".squid-context-text")).to_have_text(re.compile(r"^\d+\s%$"))
    expect(widget.get_by_role("button", name="Copier le code")).to_be_visible()

    french.command("squid:open-panel")
    panel = french.page.locator("#squid-nb-panel")
    is_shown(french, panel.get_by_role("region", name="Squid chat"))
    ask(panel, "Salut")
    expect(panel.get_by_role("button", name="Renommer la séance : Salut")).to_be_visible()
    panel.get_by_role("tab", name="Séances").click()
    expect(panel.get_by_role("searchbox", name="Chercher une séance")).to_be_visible()
    expect(panel.locator(".squid-sessions-footer")).to_contain_text("2 séances")
    first = panel.locator(".squid-session").first
    expect(first.get_by_role("heading")).to_contain_text("Aujourd'hui")
    expect(first).to_contain_text("2 messages lus")
    expect(first.locator("time")).to_have_text("à l'instant")

    label = french.page.evaluate("() => window.jupyterapp.commands.label('squid:open-panel')")
    assert label == "Ouvrir Squid"
    schema = json.loads(settings_of(french.server))["schema"]
    assert schema["properties"]["sendKey"]["title"] == "Touche d'envoi"
    assert french.errors == []


def is_shown(french: Lab, chat: Any) -> None:
    """An empty chat in French; what the pack does not have stays English."""
    expect(chat.get_by_role("button", name="Envoyer")).to_be_visible()
    expect(chat.get_by_role("heading", name="Sur quoi travaillez-vous ?")).to_be_visible()
    expect(chat.get_by_role("button", name="Nouvelle discussion")).to_be_visible()
    expect(french.message_box(chat)).to_have_attribute("placeholder", re.compile("^Demander à Squid…"))
    expect(chat.get_by_role("button", name="Attach files")).to_be_visible()


def ask(chat: Any, question: str) -> None:
    box = chat.get_by_role("textbox", name="Message")
    box.fill(question)
    box.press("Enter")
    chat.get_by_role("button", name="Refaire la réponse").wait_for(state="attached")


def settings_of(server: LabServer) -> str:
    request = urllib.request.Request(
        f"{server.url}/lab/api/settings/squid-nb:plugin", headers={"Authorization": f"token {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return str(response.read().decode())
