"""What one model call took: tokens, cost and times, measured where the provider counts and estimated where not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from .events import Delta, Reasoning, Used
from .providers.prices import cost
from .providers.provider import ChatRequest, Provider, ProviderEvent
from .records import Message, Usage

__all__ = ["Meter"]


class Meter:
    """Watches one call from the request to its last event."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._request: ChatRequest | None = None
        self._began = time.perf_counter()
        self._first_token: float | None = None
        self._ended: float | None = None
        self._window_tokens = 0
        self.used: Used | None = None

    def began(self, request: ChatRequest, window_tokens: int) -> None:
        """The request is about to be sent."""
        self._request = request
        self._window_tokens = window_tokens
        self._began = time.perf_counter()

    def saw(self, event: ProviderEvent) -> None:
        """Note the first token's time and the provider's own count."""
        if isinstance(event, Used):
            self.used = event
        elif self._first_token is None and isinstance(event, (Delta, Reasoning)):
            self._first_token = time.perf_counter()

    def ended(self, text: str) -> Used | None:
        """Close the call; estimates from `text` what the provider did not count.

        Returns
        -------
        Used or None
            The estimate, when one had to be made; None when the provider counted or nothing was generated.
        """
        self._ended = time.perf_counter()
        if self.used is not None or self._first_token is None or self._request is None:
            return None
        inputs, outputs = self._window_tokens, self._provider.count_tokens(text)
        price = cost(self._request.model, self._provider.host, input_tokens=inputs, output_tokens=outputs)
        self.used = Used(inputs, outputs, cost_usd=price, method="estimated")
        return self.used

    @property
    def model(self) -> str | None:
        """The model that was asked; None before the request was made."""
        return self._request.model if self._request else None

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds from the request to the first token; None when none came."""
        return None if self._first_token is None else (self._first_token - self._began) * 1000

    @property
    def duration_ms(self) -> float | None:
        """Milliseconds from the request to the end."""
        return None if self._ended is None else (self._ended - self._began) * 1000

    def row(self, answer: Message, *, user_id: str, usage_id: str) -> Usage | None:
        """The ledger's row; None when no model worked, so that there is nothing to account for."""
        if self.used is None:
            return None
        return Usage(
            id=usage_id,
            session_id=answer.session_id,
            message_id=answer.id,
            user_id=user_id,
            provider=self._provider.name,
            model=self.model or "",
            host=self._provider.host,
            door=answer.provenance.door,
            input_tokens=self.used.input_tokens,
            output_tokens=self.used.output_tokens,
            reasoning_tokens=self.used.reasoning_tokens,
            cached_tokens=self.used.cached_tokens,
            cost_usd=self.used.cost_usd,
            method=self.used.method,
            first_token_ms=self.first_token_ms,
            duration_ms=self.duration_ms,
            created_at=datetime.now(UTC),
        )

    def silently_cut(self) -> str | None:
        """A warning when the endpoint counted far fewer prompt tokens than were sent.

        Ollama cuts prompts to its own `num_ctx` without a word (jupyter-ai#1004).
        """
        if self.used is None or self.used.method != "measured" or not self.used.input_tokens:
            return None
        if self._window_tokens < 2048 or self.used.input_tokens > self._window_tokens // 2:
            return None
        return (
            f"The model read {self.used.input_tokens:,} of about {self._window_tokens:,} tokens: the endpoint seems to "
            "cut long prompts. Raise its context size, or lower context.max_tokens."
        )
