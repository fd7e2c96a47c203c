"""Why a query may have found nothing: words that look like filters and are none, and tags that nobody uses."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .query import DATES, HAS, KINDS, ROLES, parse, pieces

__all__ = ["doubts"]

_DATE_FORMS = "a date such as 2026-01-31, 2026-01, yesterday or 7d"
_EXPECTED = {
    "role": f"one of {', '.join(ROLES)}",
    "has": f"one of {', '.join(HAS)}",
    "in": f"one of {', '.join(f'{kind}s' for kind in KINDS)}",
    "is": "archived or active",
    "model": "a part of a model's name",
    "tag": "a tag",
    **dict.fromkeys(DATES, _DATE_FORMS),
}


def doubts(text: str, tags: Sequence[str]) -> list[str]:
    """A sentence for each filter that was probably meant in another way.

    Parameters
    ----------
    tags
        Those in use.
    """
    found = []
    for key, typed in pieces(text):
        if key in _EXPECTED:
            found.append(f"{typed} was searched as words: after {key}: comes {_EXPECTED[key]}.")
        elif near := difflib.get_close_matches(key, _EXPECTED, n=1, cutoff=0.8):
            found.append(f"{typed} was searched as words: there is no filter {key}:. Did you mean {near[0]}:?")
    known = {tag.casefold(): tag for tag in tags}
    for tag in parse(text).filters.tags:
        if tag.casefold() not in known:
            near = difflib.get_close_matches(tag.casefold(), known, n=1)
            found.append(f"No session has the tag {tag}." + (f" Did you mean {known[near[0]]}?" if near else ""))
    return found
