"""The model in this process, with the real weights."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from squid_nb.config import Config
from squid_nb.errors import ContextExceeded, ModelNotFound, ProviderMissing, WeightsMissing
from squid_nb.events import Delta, Progress, Used
from squid_nb.providers import ChatRequest, engine, llama, open_provider
from squid_nb.providers.embedded import EmbeddedProvider
from squid_nb.providers.provider import ProviderEvent
from squid_nb.records import Turn

pytestmark = pytest.mark.usefixtures("weights")


def request(text: str = "Write a very long story.", **more: Any) -> ChatRequest:
    return ChatRequest("", (Turn("user", text),), **{"max_tokens": 8, "temperature": 0.0, **more})


def embedded(**settings: Any) -> EmbeddedProvider:
    return EmbeddedProvider(Config(embedded={"context_tokens": 2048, **settings}))


async def answer(provider: EmbeddedProvider, asked: ChatRequest | None = None) -> list[ProviderEvent]:
    return [event async for event in provider.stream(asked or request())]


def used(events: list[ProviderEvent]) -> Used:
    return next(event for event in events if isinstance(event, Used))


@pytest.mark.slow
async def test_the_small_model_does_not_repeat_a_line_until_its_context_is_full() -> None:
    asked = request("Explain ZeroDivisionError in Python.", temperature=None, max_tokens=120)
    said = "".join(event.text for event in await answer(embedded(), asked) if isinstance(event, Delta))
    lines = [line for line in said.split("\n") if len(line) > 10]
    assert lines
    assert max(lines.count(line) for line in lines) < 5


@pytest.mark.parametrize(
    ("settings", "asked", "sampling"),
    [
        ({}, None, {"temperature": 0.2, "top_p": 0.9}),
        ({}, 1.0, {"temperature": 1.0, "top_p": 0.9}),
        ({"model_path": Path("other.gguf")}, None, {}),
    ],
)
async def test_the_default_weights_are_sampled_as_suits_them(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], asked: float | None, sampling: dict[str, float]
) -> None:
    bodies: list[dict[str, Any]] = []

    class Engine:
        busy = False

        def put(self, job: engine.Job) -> None:
            bodies.append(job.body)
            job.put(None)

    monkeypatch.setattr("squid_nb.providers.embedded.get_engine", Engine)
    async with aclosing(embedded(**settings).stream(request(temperature=asked))) as events:
        async for _ in events:
            pass
    assert {name: bodies[0][name] for name in ("temperature", "top_p") if name in bodies[0]} == sampling


@pytest.fixture
def fresh_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine that has loaded nothing yet."""
    monkeypatch.setattr(engine, "_engine", None)
    yield
    if engine._engine is not None:
        engine._engine.close()


async def test_an_answer_streams_and_is_measured() -> None:
    events = await answer(embedded())
    assert len([event for event in events if isinstance(event, Delta)]) > 2
    assert used(events).method == "measured"
    assert used(events).output_tokens == 8
    assert used(events).cost_usd is None


@pytest.mark.usefixtures("fresh_engine")
async def test_concurrent_first_questions_load_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[Any] = []

    class Counted(llama.Llama):
        def __init__(self, file: llama.ModelFile, **more: Any) -> None:
            loads.append(file)
            super().__init__(file, **more)

    monkeypatch.setattr(engine, "Llama", Counted)
    several = await asyncio.gather(*(answer(embedded()) for _ in range(4)))
    assert len(loads) == 1
    assert all(used(events).output_tokens for events in several)
    assert any(isinstance(event, Progress) and "Loading" in event.text for events in several for event in events)


def test_any_thread_and_any_loop() -> None:
    answers: list[list[ProviderEvent]] = []
    provider = embedded()
    threads = [threading.Thread(target=lambda: answers.append(asyncio.run(answer(provider)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [used(events).output_tokens for events in answers] == [8, 8, 8]


async def test_stop_returns_at_once_and_frees_the_model() -> None:
    provider = embedded()
    async with aclosing(provider.stream(request(max_tokens=None))) as stream:
        async for event in stream:
            if isinstance(event, Delta):
                break
    # Were it still writing its story, the next answer would have to wait for the end of the context.
    await asyncio.to_thread(wait_until, lambda: not engine.get_engine().busy)
    assert used(await answer(provider)).output_tokens == 8


async def test_stop_while_the_prompt_is_read() -> None:
    provider = embedded()
    async with aclosing(provider.stream(request(f"{os.urandom(8).hex()} " + "word " * 1500))) as stream:
        async for event in stream:
            if isinstance(event, Progress) and "Reading" in event.text:
                break
    await asyncio.to_thread(wait_until, lambda: not engine.get_engine().busy)


async def test_a_question_that_waits_can_be_stopped() -> None:
    provider = embedded()
    async with aclosing(provider.stream(request(max_tokens=None))) as first:
        await anext(first)
        waiting = asyncio.create_task(answer(provider))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert engine.get_engine().busy  # the first one goes on


async def test_the_event_loop_goes_on_while_it_answers() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    provider = embedded()
    await answer(provider)
    counting = asyncio.create_task(count())
    await answer(provider)
    counting.cancel()
    assert turns > 10


async def test_a_question_that_does_not_fit() -> None:
    with pytest.raises(ContextExceeded) as caught:
        await answer(embedded(), request("word " * 4000))
    assert "2048" in caught.value.message
    assert used(await answer(embedded())).output_tokens == 8  # and the next one is answered


async def test_tokens_are_counted_by_the_model_once_it_is_loaded() -> None:
    provider = embedded()
    await answer(provider)
    assert provider.count_tokens("Hello world") == 2
    assert provider.count_tokens("") == 0
    assert provider.count_tokens("Grüße 🦑") > 2
    assert (await provider.models())[0].loaded is True


@pytest.mark.usefixtures("fresh_engine")
async def test_before_that_they_are_estimated() -> None:
    provider = embedded()
    assert provider.count_tokens("Hello world") >= 2
    assert (await provider.models())[0].loaded is False


async def test_only_its_own_model_is_offered() -> None:
    provider = embedded()
    assert await answer(provider, ChatRequest(provider.default_model, (Turn("user", "Hi"),), max_tokens=1))
    with pytest.raises(ModelNotFound, match="gpt-4o"):
        await answer(provider, ChatRequest("gpt-4o", (Turn("user", "Hi"),)))


async def test_json_is_json() -> None:
    events = await answer(embedded(), request("Name a colour as JSON.", response_format="json", max_tokens=60))
    assert "".join(event.text for event in events if isinstance(event, Delta)).lstrip().startswith("{")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"hello" * 100, "not a GGUF file"), (b"GGUF" + bytes(5000), "cannot load")],
    ids=["missing", "something else", "damaged"],
)
async def test_a_bad_model_file_is_one_sentence(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsMissing) as caught:
        await answer(embedded(model_path=path))
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


async def test_any_other_gguf(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").symlink_to(weights)
    provider = embedded(model_path=tmp_path / "mine.gguf")
    assert provider.default_model == "mine"
    assert used(await answer(provider)).output_tokens == 8


async def test_without_xllamacpp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ProviderMissing) as caught:
        await answer(embedded())
    assert "pip install 'squid-nb[local]'" in caught.value.hint


# Whole processes: what they print, and how they end.

PROGRAM = """
import asyncio, sys
from squid_nb import loop
from squid_nb.config import Config
from squid_nb.providers import ChatRequest, open_provider
from squid_nb.records import Turn

async def answer():
    request = ChatRequest("", (Turn("user", "Say hello"),), max_tokens=8)
    return [event async for event in open_provider(Config()).stream(request)]

async def reach(text, until):
    stream = open_provider(Config()).stream(ChatRequest("", (Turn("user", text),)))
    async for event in stream:
        if event.type == until or event.type == "progress" and event.text.startswith(until):
            return stream
"""


def run(rest: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-X", "faulthandler", "-c", PROGRAM + rest]
    return subprocess.run(command, capture_output=True, timeout=90, check=False)


@pytest.mark.parametrize(
    ("text", "until"),
    [("Write a very long story", "delta"), ("word " * 3000, "Reading"), ("Hi", "Loading")],
    ids=["answering", "reading", "loading"],
)
def test_the_process_ends_cleanly_in_the_middle(text: str, until: str) -> None:
    ended = run(f"held = loop.run(reach({text!r}, {until!r}))\nsys.exit(7)")
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, b"", b"")


def test_nothing_is_printed() -> None:
    ended = run("loop.run(answer())")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_a_forked_child_answers_too() -> None:
    ended = run(
        "import atexit, multiprocessing\n"
        "loop.run(answer())\n"
        "def child():\n"
        "    answered = loop.run(answer())\n"
        "    atexit._run_exitfuncs()\n"  # from Python 3.13 on, multiprocessing does
        "    sys.exit(3 if answered else 4)\n"
        "process = multiprocessing.get_context('fork').Process(target=child)\n"
        "process.start(); process.join(60); print(process.exitcode)"
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, b"3", b"")


def test_the_same_provider_is_opened_by_its_settings() -> None:
    assert open_provider(Config()).name == "embedded"
    assert open_provider(Config()).host == "in process"
