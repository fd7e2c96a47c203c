"""The estimate never promises more room than there is by much."""

from __future__ import annotations

import pytest

from squid_nb.config import Config
from squid_nb.providers.embedded import EmbeddedProvider
from squid_nb.providers.provider import ChatRequest
from squid_nb.providers.tokens import estimate
from squid_nb.records import Turn

TEXTS = {
    "prose": "The lock is held while the transaction runs, and given back as soon as it has ended. " * 20,
    "code": "def f(x: int) -> int:\n    return [i ** 2 for i in range(x) if i % 2 == 0][-1]\n" * 20,
    "table": "id,name,value\n1,alpha,0.25\n2,beta,17.5\n" * 20,
    "german": "Die Verbindung wird erst nach der Übertragung wieder freigegeben. " * 20,
}


def test_nothing_is_nothing() -> None:
    assert estimate("") == 0


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("kind", TEXTS)
async def test_it_is_near_what_a_tokenizer_counts(kind: str) -> None:
    provider = EmbeddedProvider(Config(embedded={"context_tokens": 2048}))
    async for _ in provider.stream(ChatRequest("", (Turn("user", "Hi"),), max_tokens=1)):
        pass
    counted = provider.count_tokens(TEXTS[kind])
    assert 0.4 * counted < estimate(TEXTS[kind]) < 2.5 * counted
