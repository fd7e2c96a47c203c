"""Values that look like keys are left out of what a model reads.

A safety net, not a guarantee: it knows names that speak of secrets and the shapes of common keys.
"""

from __future__ import annotations

import re

__all__ = ["HIDDEN", "is_secret", "is_secret_name", "mask"]

HIDDEN = "[hidden]"

_NAME = re.compile(
    r"(?:^|[_\-.\s])(?:api[_\-]?key|access[_\-]?key|private[_\-]?key|secret|token|passw(?:or)?d|passphrase|pwd"
    r"|credentials?|authorization)(?:$|[_\-.\s])",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"\b(?:sk-[A-Za-z0-9_\-]{16,}|(?:ghp|gho|ghs|ghu|github_pat)_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_\-]{16,}"
    r"|hf_[A-Za-z0-9]{20,}|xox[abprs]-[A-Za-z0-9\-]{10,}|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_\-]{30,}"
    r"|eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*)"
)
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]+):[^/\s@]+(?=@)")
_SHORTEST = 8


def is_secret_name(name: str) -> bool:
    """Whether a name speaks of a secret: `api_key`, `db.password`, `AWS_SECRET_ACCESS_KEY`, `githubToken`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _NAME.search(words) is not None


def is_secret(name: object, value: object) -> bool:
    """Whether a named value is a secret; `tokens` and the `token` column of a text corpus are not."""
    if not isinstance(name, str) or not isinstance(value, (str, bytes)) or not is_secret_name(name):
        return False
    blank = b" " if isinstance(value, bytes) else " "
    # `token: "the"` is a word; a key is long and has no blanks. A password is hidden whatever it looks like.
    return "pass" in name.lower() or (len(value) >= _SHORTEST and blank not in value)  # type: ignore[operator]


def mask(text: str) -> str:
    """The text with the shapes of common keys, and passwords in URLs, left out."""
    return _URL_PASSWORD.sub(rf"\1:{HIDDEN}", _KEYS.sub(HIDDEN, text))
