"""What a view says about a question beside its words: another model for once, and the notebook beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted
from serving import Endpoint
from speaking import Browser

from squid_nb import parts
from squid_nb.config import Config
from squid_nb.records import ModelInfo, Provenance
from squid_nb.squid import Squid
from squid_nb.store import Store

Open = Callable[..., Browser]


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Open]:
    store = Store(tmp_path / "squid.duckdb")
    provider = Scripted.turns(["first"], ["second"], ["third"])

    def open_browser(**more: Any) -> Browser:
        return Browser(Squid(Config(), "ada", store=store, provider=provider), **more)

    yield open_browser
    store.close()


def shown(browser: Browser) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = browser.call("hello")["result"]["page"]["items"]
    return items


def test_another_model_of_the_same_host_answers_once(open_browser: Open) -> None:
    browser = open_browser()
    started = browser.ask("Hi")[0]
    again = browser.ask("", again=started["question_id"], model="another", host="in process")
    assert again[0]["model"] == "another"
    assert [(item["content"], item["model"]) for item in shown(browser)] == [("Hi", None), ("second", "another")]
    assert browser.call("hello")["result"]["model"] == "scripted-1"
    assert browser.ask("And now?")[0]["model"] == "scripted-1"


def test_a_model_that_was_found_on_another_host_answers_once(
    open_browser: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint("from elsewhere") as endpoint:
        host = endpoint.url.removesuffix("/v1")

        async def discover() -> list[ModelInfo]:
            return [ModelInfo("served-1", "openai", host)]

        monkeypatch.setattr(parts, "discover", discover)
        browser = open_browser()
        started = browser.ask("Hi")[0]
        browser.call("models")
        again = browser.ask("", again=started["question_id"], model="served-1", host=host)
        assert (again[0]["host"], again[0]["model"]) == (host, "served-1")
        assert shown(browser)[-1]["content"] == "from elsewhere"
        asked = len(endpoint.requests)
        after = browser.ask("And now?")[0]
        assert (after["host"], after["model"]) == ("in process", "scripted-1")
        assert len(endpoint.requests) == asked == 1
    assert browser.call("hello")["result"]["host"] == "in process"


def test_a_host_that_nobody_found_is_not_asked(open_browser: Open) -> None:
    browser = open_browser()
    started = browser.ask("Hi")[0]
    (failed,) = browser.ask("", again=started["question_id"], model="m", host="https://evil.example")
    assert failed["type"] == "failed"
    assert "https://evil.example" in failed["message"]
    assert [item["content"] for item in shown(browser)] == ["Hi", "first"]


def test_a_host_without_a_model_means_nothing(open_browser: Open) -> None:
    assert open_browser().ask("Hi", host="https://evil.example")[0]["host"] == "in process"


@pytest.mark.parametrize(
    ("named", "stored"),
    [
        ("work/a.ipynb", "{served}/work/a.ipynb"),
        ("elsewhere.ipynb", "elsewhere.ipynb"),
        ("../outside.ipynb", "../outside.ipynb"),
        (7, "the view's own"),
    ],
)
def test_the_notebook_beside_a_question_is_named_as_its_kernel_names_it(
    open_browser: Open, tmp_path: Path, named: object, stored: str
) -> None:
    served = tmp_path / "served"
    (served / "work").mkdir(parents=True)
    (served / "work" / "a.ipynb").write_text("{}")
    (tmp_path / "outside.ipynb").write_text("{}")
    browser = open_browser(directory=served)
    browser.bridge.provenance = Provenance("server", "the view's own")
    browser.ask("Hi", notebook=named)
    (question, _) = shown(browser)
    assert question["provenance"]["notebook"] == stored.format(served=served)


def test_what_is_asked_beside_a_notebook_is_not_what_its_cells_go_on_with(open_browser: Open, tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    browser = open_browser(directory=tmp_path)
    browser.bridge.provenance = Provenance("server")
    browser.ask("Hi", notebook="a.ipynb")
    squid = browser.bridge.squid
    assert squid.session_for(str(tmp_path / "a.ipynb")) is None
    cell = Provenance("magic", str(tmp_path / "a.ipynb"), "cell-1")
    asked = squid.ask("From a cell", provenance=cell)
    found = squid.session_for(str(tmp_path / "a.ipynb"))
    assert found is not None
    assert found.id == asked.session_id


def test_what_was_hardly_meant_as_text_is_told_with_the_answer(open_browser: Open, tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    (tmp_path / "outside.md").write_text("secret")
    browser = open_browser(directory=served)
    events = browser.ask("Compare @nots.md with @../outside.md")
    assert [event["text"] for event in events if event["type"] == "notice"] == [
        "There is no file nots.md, so @nots.md was sent as text.",
        "outside.md lies outside of the notebooks' directory, so its name was sent as text.",
    ]
