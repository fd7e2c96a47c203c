"""What a call cost in US dollars, from the bundled data of `genai-prices`; no request is made.

Unknown is None, and so is a model on this machine: electricity has no price list.
"""

from __future__ import annotations

import warnings

from ..endpoint import is_loopback

__all__ = ["cost"]


def cost(model: str, host: str, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float | None:
    """The price of one call, or None where nobody published one.

    Parameters
    ----------
    model
        The name the endpoint knows it by.
    host
        `in process` or `scheme://host:port`.
    input_tokens
        Tokens read, cached ones included.
    cached_tokens
        How many of `input_tokens` the endpoint had cached.
    """
    if "://" not in host or is_loopback(host):
        return None
    import genai_prices  # its tables take 60 ms to import

    usage = genai_prices.Usage(
        input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=min(cached_tokens, input_tokens)
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(genai_prices.calc_price(usage, model, provider_api_url=host).total_price)
    except (LookupError, ValueError):
        return None
