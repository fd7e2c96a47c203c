"""The model in this process: answers with no key, no server and nothing leaving the machine.

The engine does the work on its own thread; this file turns a request into a job and its chunks into events.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import ModelNotFound, ProviderError, ProviderMissing
from ..events import Progress
from ..records import ModelInfo
from . import tokens, weights
from .answer import AnswerReader
from .engine import Job, Status, get_engine, loaded_model
from .llama import Llama, ModelFile
from .provider import ChatRequest, ProviderEvent
from .refusals import refusal

__all__ = ["EmbeddedProvider"]

_HOST = "in process"
_MEGABYTE = 1_000_000
_LONG_PROMPT_TOKENS = 512
_ANSWER_TOKENS = 1024


class EmbeddedProvider:
    """Streams answers from llama.cpp in this process; all of them share one loaded model.

    Parameters
    ----------
    config
        Its `embedded` section.
    """

    name = "embedded"
    host = _HOST

    def __init__(self, config: Config) -> None:
        self._config = config.embedded
        path = config.embedded.model_path
        self.default_model = path.stem if path is not None else weights.DEFAULT.model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        """Yield the answer as it comes; the first one loads the model, and fetches it if need be."""
        self._require(request.model)
        engine = get_engine()
        if engine.busy:
            yield Progress("Waiting for the answer before this one")
        job = Job(self._find, _body(request, {} if self._config.model_path else weights.DEFAULT.sampling))
        reader = AnswerReader(self.default_model, self.host)
        engine.put(job)
        async with aclosing(job.items()) as items:
            async for item in items:
                if isinstance(item, Status):
                    yield Progress(item.text, item.fraction)
                    continue
                if error := item.get("error"):
                    raise self._failure(error)
                if status := _reading(item):
                    yield status
                for event in reader.read(item):
                    yield event
        for event in reader.end():
            yield event

    async def models(self) -> list[ModelInfo]:
        """The one model that the settings name."""
        loaded = self._loaded() is not None
        return [ModelInfo(self.default_model, self.name, self.host, self._config.context_tokens, loaded)]

    def count_tokens(self, text: str) -> int:
        """Exact once the model is loaded, an estimate before."""
        llama = self._loaded()
        count = llama.count_tokens(text) if llama is not None else None
        return tokens.estimate(text) if count is None else count

    async def aclose(self) -> None:
        """Nothing to release: the model stays loaded for the next question of this process."""

    def _require(self, model: str) -> None:
        if model and model.lower() != self.default_model.lower():
            raise ModelNotFound(
                f"The embedded model is {self.default_model}; {model!r} is not in this process.",
                "Leave the name out (-m, model.name), or set model.base_url to the endpoint that offers it.",
            )
        if importlib.util.find_spec("xllamacpp") is None:
            raise ProviderMissing(
                "The embedded model needs the package xllamacpp, which is not installed.",
                "Install with `pip install 'squid-nb[local]'`, or set model.base_url to an endpoint.",
            )

    def _find(self, report: Callable[[Status], None]) -> ModelFile:
        """The model's file; runs on the engine's thread, because the default weights may have to come first."""
        if self._config.model_path is not None:
            return self._file(self._config.model_path)

        def progress(done: int, total: int | None) -> None:
            of = f" of {total // _MEGABYTE}" if total else ""
            text = f"Fetching the weights of {self.default_model}: {done // _MEGABYTE}{of} MB"
            report(Status(text, done / total if total else None))

        return self._file(weights.ensure(progress))

    def _file(self, path: Path) -> ModelFile:
        return ModelFile(path, self.default_model, self._config.context_tokens, self._config.threads)

    def _loaded(self) -> Llama | None:
        llama = loaded_model()
        if llama is None:
            return None
        path = self._config.model_path or weights.cached()
        return llama if path is not None and llama.file == self._file(path) else None

    def _failure(self, error: Any) -> ProviderError:
        status = error.get("code") if isinstance(error, dict) else None
        return refusal(
            status if isinstance(status, int) else 400,
            json.dumps({"error": error}),
            host="The embedded model",
            model=self.default_model,
            has_key=False,
        )


def _body(request: ChatRequest, sampling: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        # A chunk for each batch of the prompt: progress, and the chance to stop before the first token.
        "return_progress": True,
    }
    body |= sampling
    if request.temperature is not None:
        body["temperature"] = request.temperature
    # A small model can repeat itself until its context is full; what the window keeps free for an answer is enough.
    body["max_tokens"] = request.max_tokens or _ANSWER_TOKENS
    if request.response_format == "json":
        body["response_format"] = {"type": "json_object"}
    return body


def _reading(chunk: dict[str, Any]) -> Progress | None:
    """How much of a long prompt has been read."""
    progress = chunk.get("prompt_progress")
    if not progress or not _LONG_PROMPT_TOKENS <= progress["total"] > progress["processed"]:
        return None
    return Progress("Reading the question", progress["processed"] / progress["total"])
