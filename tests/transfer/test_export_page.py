"""The exported page in a real browser: nothing leaves it, nothing hostile runs in it, and it can be searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from transfer.talks import HOSTILE, Talk, full_talk

from squid_nb.store import Store
from squid_nb.transfer.export import export

pytestmark = pytest.mark.browser

WIDTHS = (320, 1200)


class Seen:
    """What a page asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    store = Store(place / "history.duckdb")
    user = store.users.ensure("ada").id
    ids = [full_talk(user, "</title><script>window.hit = 9</script>").put(store, user)]
    hostile = Talk(HOSTILE, model=HOSTILE, system=HOSTILE, tags=(HOSTILE,))
    hostile.say("user", HOSTILE, sources=[("file", HOSTILE, HOSTILE.encode(), HOSTILE)])
    hostile.say("assistant", HOSTILE, reasoning=HOSTILE, model=HOSTILE, status="failed", error=HOSTILE, hint=HOSTILE)
    hostile.say(
        "assistant", f"```{HOSTILE.splitlines()[0]}\n{HOSTILE}\n```\n\n| a |\n| ---: |\n| {HOSTILE.splitlines()[0]} |"
    )
    hostile.say("assistant", "> " * 500 + "[" * 5000 + "*" * 5000 + "`" * 3000)
    ids.append(hostile.put(store, user))
    plain = Talk("Lisbon")
    plain.say("user", "Where to eat sardines?")
    plain.say("assistant", "In **Alfama**, at noon.")
    ids.append(plain.put(store, user))
    path = export(store, ids, "html", place / "page.html")
    store.close()
    return path


@pytest.fixture
def page(browser: Browser, exported: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    opened.goto(exported.as_uri())
    yield opened
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_leaves_the_page_and_nothing_hostile_runs(
    browser: Browser, exported: Path, scheme: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    opened = context.new_page()
    seen = Seen(opened)
    opened.goto(exported.as_uri())
    for branch in opened.locator("details").all():
        branch.evaluate("element => { element.open = true; }")
    for link in opened.locator("main a").all():
        assert re.match(r"https?://|mailto:|#m-", link.get_attribute("href") or "#m-")
    assert opened.evaluate("() => window.hit ?? null") is None
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
    assert seen.complaints == []
    assert opened.locator("main script:not([type='application/json']), main iframe, main style").count() == 0
    assert opened.locator("main [onerror], main [style]").count() == 0
    # Nothing is cut off at the side, and the colours are those that were asked for.
    assert opened.evaluate("() => document.documentElement.scrollWidth") == width
    ground = opened.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 29)"}[scheme]
    context.close()


def test_even_markup_that_slips_through_cannot_run(page: Page) -> None:
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hit = 2'>");
        }"""
    )
    assert page.evaluate("() => window.hit ?? null") is None


def test_the_search_box_shows_what_holds_every_word(page: Page) -> None:
    shown = page.locator("article.message:visible")
    everything = shown.count()
    page.keyboard.press("/")
    page.keyboard.type("alfama NOON")
    expect(page.locator("#found")).to_have_text("1 message in 1 session")
    expect(shown).to_have_count(1)
    expect(page.locator("nav a:visible")).to_have_text(["Lisbon"])
    page.get_by_role("searchbox", name="Search").fill("lisbon")
    expect(page.locator("#found")).to_have_text("2 messages in 1 session")
    page.get_by_role("searchbox", name="Search").fill("nothing holds this")
    expect(page.locator("#found")).to_have_text("0 messages in 0 sessions")
    page.get_by_role("searchbox", name="Search").fill("")
    expect(page.locator("#found")).to_be_empty()
    expect(shown).to_have_count(everything)


def test_a_search_opens_the_versions_it_finds(page: Page) -> None:
    expect(page.get_by_text("Old answer")).to_be_hidden()
    page.get_by_role("searchbox", name="Search").fill("old answer")
    expect(page.get_by_text("Old answer")).to_be_visible()
    expect(page.locator("#found")).to_have_text("1 message in 1 session")


def test_the_button_turns_light_into_dark(page: Page) -> None:
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 29)"


def test_everything_is_there_without_scripts(browser: Browser, exported: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(exported.as_uri())
    expect(opened.get_by_text("In Alfama, at noon.")).to_be_visible()
    expect(opened.get_by_role("heading", name="Lisbon")).to_be_visible()
    context.close()


def test_links_may_lead_out_but_images_are_only_named(browser: Browser, tmp_path: Path) -> None:
    store = Store(tmp_path / "history.duckdb")
    user = store.users.ensure("ada").id
    talk = Talk("Links")
    own = "data:image/png;base64,iVBORw0KGgo="
    drawing = "data:image/svg+xml;base64,PHN2Zz4="
    talk.say("assistant", f"[out](https://a.example/x) ![chart](https://b.example/y.png) ![in]({own}) ![s]({drawing})")
    path = export(store, [talk.put(store, user)], "html", tmp_path / "page.html")
    text = re.sub(r"<script.*?</script>", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert '<a href="https://a.example/x" rel="noopener noreferrer nofollow" target="_blank">out</a>' in text
    assert '<span class="image">Image from b.example: chart</span>' in text
    assert f'<img src="{own}" alt="in">' in text
    assert text.count("<img") == 1
