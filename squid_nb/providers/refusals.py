"""What an endpoint's refusal means: a status and an untrusted body become one error with one clear sentence.

Bodies are shortened, stripped of markup and control characters, and keys in them are blacked out: some endpoints
repeat the key they refuse.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from ..errors import ContextExceeded, KeyRefused, ModelNotFound, ProviderError, RateLimited, Unreachable

__all__ = ["clean", "detail_of", "is_final", "names_the_model", "refusal"]

_LONGEST = 240
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|hf|key)[-_][\w*.-]{6,}|(?<=Bearer )\S+", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|exceed_context|too many tokens|prompt is too long",
    re.IGNORECASE,
)
_NO_QUOTA = re.compile(r"insufficient_quota|insufficient (?:balance|credits)|billing|exceeded your current quota", re.I)


def clean(text: str, *, secret: str | None = None) -> str:
    """Untrusted text as one short line, safe to show: no markup, no control characters, no keys."""
    if secret:
        text = text.replace(secret, "…")
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1\s*>", " ", text[:20_000])
    text = html.unescape(re.sub(r"(?s)<[^>]{0,2000}>", " ", text))
    text = "".join(character if character.isprintable() else " " for character in text)
    text = _KEY_LIKE.sub("…", " ".join(text.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def detail_of(body: str, *, secret: str | None = None) -> str:
    """The sentence inside an error body, whatever shape it has."""
    try:
        found = _message(json.loads(body))
    except ValueError:
        found = body
    return clean(found or "", secret=secret)


def names_the_model(detail: str) -> bool:
    """Whether a 404 speaks of the model rather than of the path."""
    return "model" in detail.lower()


def is_final(body: str) -> bool:
    """Whether waiting does not help: the account has no credit left."""
    return _NO_QUOTA.search(body[:20_000]) is not None


def refusal(
    status: int, body: str, *, host: str, model: str, has_key: bool, secret: str | None = None
) -> ProviderError:
    """The error for an answer that is no answer.

    Parameters
    ----------
    status
        The HTTP status; 200 with an error object inside counts as 400.
    body
        The untrusted body.
    secret
        The key that was sent, to black it out should the endpoint repeat it.
    """
    detail = detail_of(body, secret=secret)
    said = f": {detail}" if detail else ""
    said = said if said.endswith((".", "!", "?", "…")) else f"{said}."
    if status in (401, 403):
        hint = (
            "Check the key in OPENAI_API_KEY." if has_key else "Set the environment variable OPENAI_API_KEY to a key."
        )
        return KeyRefused(f"{host} {'refused the key' if has_key else 'wants a key'} ({status}){said}", hint)
    if status == 413 or (400 <= status < 500 and _TOO_LONG.search(body[:20_000])):
        return ContextExceeded(
            f"The question and its attachments do not fit the context of {model}{said}",
            "Attach less, start a new session, or lower context.max_tokens.",
        )
    if status == 402 or (status == 429 and is_final(body)):
        return RateLimited(
            f"{host} says that the account has no credit left ({status}){said}", "Check its billing page."
        )
    if status == 429:
        return RateLimited(f"{host} is limiting requests (429){said}", "Wait a moment, then ask again.")
    if status == 404 or (
        status == 400 and re.search(r"model.{0,80}(not found|not exist|unknown)|invalid model", detail, re.I)
    ):
        return ModelNotFound(f"{host} does not offer {model!r}{said}", "Choose one of those that `/models` lists.")
    if status >= 500:
        return Unreachable(f"{host} failed to answer ({status}){said}", "Ask again in a moment; its log may say more.")
    return ProviderError(
        f"{host} did not accept the request ({status}){said}", "Check model.name and the model settings."
    )


def _message(found: Any) -> str | None:
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        return next((text for item in found if (text := _message(item))), None)
    if isinstance(found, Mapping):
        for name in ("error", "message", "msg", "detail", "errors", "error_message", "type"):
            if text := _message(found.get(name)):
                return text
    return None
