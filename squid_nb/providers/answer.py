"""Reads one completion, chunk by chunk, in OpenAI's shape and the dialects of it: text, reasoning, usage, the end.

Transport is not known here: the chunks are dicts, from server-sent events or from llama.cpp in this process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..endpoint import is_loopback
from ..events import Delta, Notice, Reasoning, Used
from .prices import cost
from .provider import ProviderEvent
from .refusals import clean
from .think import ThinkSplitter

__all__ = ["AnswerReader"]

# Below this an endpoint's template and our estimate differ too much to accuse it of cutting anything.
_CUT_MIN_TOKENS = 2000
_CUT_SHARE = 0.6


class AnswerReader:
    """Turns chunks into events and remembers how the answer ended.

    Parameters
    ----------
    model, host
        What was asked and where; prices depend on both.
    sent_tokens
        An estimate of what was sent, to notice an endpoint that silently cut it.
    """

    def __init__(self, model: str, host: str, *, sent_tokens: int = 0) -> None:
        self._model = model
        self._host = host
        self._sent_tokens = sent_tokens
        self._think = ThinkSplitter()
        self._usage: Mapping[str, Any] | None = None
        self.finish_reason: str | None = None
        self.chunks = 0
        self._answered_by = model

    def read(self, chunk: Mapping[str, Any]) -> list[ProviderEvent]:
        """The events of one chunk, or of a whole completion."""
        self.chunks += 1
        if isinstance(usage := chunk.get("usage"), Mapping):
            self._usage = usage  # in several chunks it is cumulative: the last one counts
        if isinstance(model := chunk.get("model"), str) and model:
            self._answered_by = model
        choices = chunk.get("choices")
        if not isinstance(choices, Sequence) or not choices or not isinstance(choices[0], Mapping):
            return []
        choice = choices[0]
        if isinstance(reason := choice.get("finish_reason"), str):
            self.finish_reason = reason
        part = choice.get("delta") or choice.get("message")
        return self._pieces(part) if isinstance(part, Mapping) else []

    def held(self) -> list[ProviderEvent]:
        """Text that waited for the rest of a tag: what had arrived when an answer breaks off."""
        return [*self._think.end()]

    def end(self) -> list[ProviderEvent]:
        """What is left when no more chunks come: held text, what is worth knowing, the usage."""
        events = self.held()
        if self.finish_reason == "length":
            events.append(
                Notice("The answer was cut off at the token limit; ask to continue, or raise model.max_tokens.")
            )
        if self.finish_reason == "content_filter":
            events.append(Notice("The endpoint's content filter ended the answer."))
        if not _same_model(self._model, self._answered_by):
            # llama.cpp's server answers with the model it has, whatever was asked for.
            events.append(Notice(f"The answer came from {clean(self._answered_by)}, not from {self._model}."))
        used = self._used()
        if used is not None:
            if self._was_cut(used):
                events.append(
                    Notice(
                        f"The model read only {used.input_tokens} of about {self._sent_tokens} tokens sent: the "
                        "endpoint cut the conversation. Raise its context size (Ollama: OLLAMA_CONTEXT_LENGTH), or "
                        "lower context.max_tokens."
                    )
                )
            events.append(used)
        return events

    def _pieces(self, part: Mapping[str, Any]) -> list[ProviderEvent]:
        events: list[ProviderEvent] = []
        for name in ("reasoning_content", "reasoning"):
            if isinstance(text := part.get(name), str) and text:
                events.append(Reasoning(text))
                break
        content = part.get("content")
        if isinstance(content, str) and content:
            events += self._think.feed(content)
        elif isinstance(content, Sequence) and not isinstance(content, str):
            for item in content:
                events += self._typed(item)
        if isinstance(refusal := part.get("refusal"), str) and refusal:
            events.append(Delta(refusal))
        return events

    def _typed(self, item: Any) -> Sequence[ProviderEvent]:
        """One entry of a content list, as Mistral sends it."""
        if not isinstance(item, Mapping):
            return []
        if item.get("type") == "thinking" and isinstance(inner := item.get("thinking"), Sequence):
            texts = [inner] if isinstance(inner, str) else [str(each.get("text") or "") for each in inner]
            return [Reasoning("".join(texts))]
        text = item.get("text")
        return self._think.feed(text) if isinstance(text, str) and text else []

    def _used(self) -> Used | None:
        if self._usage is None:
            return None
        usage = self._usage
        inputs, outputs = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
        if inputs is None and outputs is None:
            return None
        cached = _count(usage.get("prompt_tokens_details"), "cached_tokens")
        cached = _count(usage, "prompt_cache_hit_tokens") if cached is None else cached
        reasoning = _count(usage.get("completion_tokens_details"), "reasoning_tokens")
        return Used(inputs, outputs, reasoning, cached, self._cost(inputs, outputs, cached))

    def _cost(self, inputs: int | None, outputs: int | None, cached: int | None) -> float | None:
        billed = self._usage.get("cost") if self._usage else None
        if isinstance(billed, (int, float)) and not isinstance(billed, bool) and not is_loopback(self._host):
            return float(billed)  # OpenRouter says what it charged
        if inputs is None or outputs is None:
            return None
        return cost(self._model, self._host, input_tokens=inputs, output_tokens=outputs, cached_tokens=cached or 0)

    def _was_cut(self, used: Used) -> bool:
        read = (used.input_tokens or 0) + (used.cached_tokens or 0)
        return (
            bool(used.input_tokens) and self._sent_tokens >= _CUT_MIN_TOKENS and read < self._sent_tokens * _CUT_SHARE
        )


def _same_model(asked: str, answered: str) -> bool:
    """Whether the names mean the same model: endpoints add dates, tags, owners and paths."""
    one, other = asked.lower(), answered.lower()
    return one in other or other in one or other.rpartition("/")[2] in one or one.rpartition("/")[2] in other


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
