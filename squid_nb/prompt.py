"""What a typed question means: `@name` and `@path` attach, `{{name}}` puts in a plain value, all else is literal.

Nothing is evaluated: no attributes, no calls. Text without `{{` comes back byte for byte, which keeps JSON, LaTeX,
f-strings and templates what they are.
"""

from __future__ import annotations

import bisect
import datetime
import decimal
import difflib
import pathlib
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InvalidInput

__all__ = ["Prompt", "mention_at", "parse"]

_ITEMS = 50
_LENGTH = 4000
_DEPTH = 3

# After a letter or a digit it is an e-mail address or a product; after a dot or a slash, part of a path or a URL.
_MENTION = re.compile(r"(?<![\w.@/\\`])@(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)'|(?P<bare>[^\s@\"'`<>|]+))")
_NAME = re.compile(r"[^\W\d]\w*")
_VALUE = re.compile(r"(?<!\{)\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}(?!\})")
_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)[^\n]+?(?<!`)\1(?!`)")
# A run is read once, whatever follows it: looking ahead from each of its lines would take the square of its length.
_DECORATORS = re.compile(r"^(?:[ \t]*@[^\n]*\n)+", re.MULTILINE)
_DEFINITION = re.compile(r"[ \t]*(?:async[ \t]+def|def|class)[ \t]")
_FILE = re.compile(
    r"[^\s@]+\.(?:csv|env|html|ini|ipynb|jpe?g|jsonl?|log|md|parquet|pdf|png|py|rst|sql|tex|toml|tsv|txt|xlsx|xml|ya?ml)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}'\"…"

_PLAIN = (str, int, float, bool, complex, type(None), decimal.Decimal, uuid.UUID)
_TIMES = (datetime.date, datetime.time, datetime.timedelta)
_PLAIN_MODULES = {"builtins", "datetime", "decimal", "uuid", "pathlib", "numpy", "pandas"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text that is sent, and what is attached to it."""

    text: str
    variables: tuple[str, ...] = ()
    """Names of kernel variables, in the order in which they were mentioned."""
    paths: tuple[Path, ...] = ()
    notices: tuple[str, ...] = ()
    """A sentence for each mention that looks like a slip, and was left as text."""


def parse(text: str, namespace: Mapping[str, Any] | None, *, cwd: Path | None = None) -> Prompt:
    """Read a typed question.

    Parameters
    ----------
    text
        What was typed. Mentions stay in it as they are.
    namespace
        The kernel's variables; None where there is no kernel, so that `{{name}}` is text like any other.
    cwd
        Where relative paths begin; the working directory when None.

    Raises
    ------
    InvalidInput
        When `{{name}}` names no variable, or one whose value is not plain.
    """
    code = _code_spans(text)
    variables: dict[str, None] = {}
    paths: dict[Path, None] = {}
    notices: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        if _inside(match.start(), code):
            continue
        found = _resolve(match, namespace or {}, cwd or Path.cwd())
        if found is None and (slip := _slip(match, namespace or {}, cwd or Path.cwd())):
            notices[slip] = None
        elif isinstance(found, Path):
            paths[found] = None
        elif found is not None:
            variables[found] = None
    filled = text if namespace is None else _fill(text, namespace, code)
    return Prompt(filled, tuple(variables), tuple(paths), tuple(notices))


def mention_at(text: str, cursor: int) -> tuple[int, str] | None:
    """Where the mention under the cursor begins (after its `@`) and what of it is typed; for completion."""
    typed = re.search(r"(?<![\w.@/\\`])@(\"[^\"\n]*|'[^'\n]*|[^\s@\"'`<>|]*)$", text[:cursor])
    return (typed.start(1), typed.group(1)) if typed else None


def _resolve(match: re.Match[str], namespace: Mapping[str, Any], cwd: Path) -> Path | str | None:
    """The file or the variable that is meant; a file wins where it is the longer reading (`@df.csv`)."""
    quoted = match["double"] or match["single"]
    if quoted:
        return _file(quoted, cwd)
    token: str = match["bare"]
    name = _NAME.match(token)
    if name is not None and name.group() in namespace and name.group() == token.rstrip(_TRAILING):
        return name.group()
    while token:
        found = _file(token, cwd)
        if found is not None:
            return found
        if token[-1] not in _TRAILING:
            break
        token = token[:-1]
    return name.group() if name is not None and name.group() in namespace else None


def _file(text: str, cwd: Path) -> Path | None:
    try:
        path = cwd / Path(text).expanduser()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        # Too long for a file name, a NUL in it, or `~somebody` who does not exist: then it is text.
        return None


def _slip(match: re.Match[str], namespace: Mapping[str, Any], cwd: Path) -> str | None:
    """What to say of a mention that is text, where it was hardly meant as such; None for all other text."""
    quoted = match["double"] or match["single"]
    token = quoted or match["bare"].rstrip(_TRAILING)
    try:
        if (cwd / Path(token).expanduser()).is_dir() and token.strip("./"):
            return f"@{token} is a directory and was sent as text; attach the files in it one by one."
    except (OSError, ValueError, RuntimeError):
        return None
    if quoted or token.startswith(("./", "../", "~/")) or _FILE.fullmatch(token):
        return f"There is no file {token}, so @{token} was sent as text."
    names = [name for name in namespace if not name.startswith("_")] if _NAME.fullmatch(token) else []
    near = difflib.get_close_matches(token, names, n=1, cutoff=0.8)
    return f"There is no variable {token}, so @{token} was sent as text; did you mean @{near[0]}?" if near else None


def _fill(text: str, namespace: Mapping[str, Any], code: list[tuple[int, int]]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in namespace:
            return _plain(name, namespace[name])
        if _inside(match.start(), code):
            return match.group()
        raise _unknown(name, namespace)

    # One pass: what a value holds is not read again.
    return _VALUE.sub(value_of, text)


def _unknown(name: str, namespace: Mapping[str, Any]) -> InvalidInput:
    near = difflib.get_close_matches(name, [key for key in namespace if not key.startswith("_")], n=1)
    meant = f"Did you mean {{{{{near[0]}}}}}? " if near else ""
    return InvalidInput(
        f"There is no variable {name} for {{{{{name}}}}}.", f"{meant}To send it as it is, put it in `backticks`."
    )


def _plain(name: str, value: Any) -> str:
    shown = _show(value, 0)
    if isinstance(shown, str) and len(shown) <= _LENGTH:
        return shown
    kind = type(value).__name__
    what = "too long" if isinstance(shown, str) else f"a {kind}, which is not a plain value"
    raise InvalidInput(f"{{{{{name}}}}} is {what}.", f"Attach it with @{name} instead.")


def _show(value: Any, depth: int) -> str | None:
    """The text of a plain value; None for what is not plain. Only types whose text is known to be harmless."""
    kind = type(value)
    if kind.__module__.partition(".")[0] not in _PLAIN_MODULES:
        return None
    if kind.__module__ == "numpy" and kind.__name__ != "ndarray" and callable(getattr(value, "item", None)):
        value = value.item()
        kind = type(value)
    if kind in _PLAIN or isinstance(value, (*_TIMES, pathlib.PurePath)):
        return repr(value) if isinstance(value, str) and depth else str(value)
    if kind in {list, tuple, set, frozenset, dict} and len(value) <= _ITEMS and depth < _DEPTH:
        return _show_items(value, depth)
    return None


def _show_items(value: Any, depth: int) -> str | None:
    flat = [*value.keys(), *value.values()] if isinstance(value, dict) else list(value)
    return str(value) if all(_show(item, depth + 1) is not None for item in flat) else None


def _code_spans(text: str) -> list[tuple[int, int]]:
    """Where code is: fenced blocks, `inline code` and decorators. A mention in there is code, not a mention."""
    if "@" not in text and "{{" not in text:
        return []
    spans = list(_fenced(text))
    spans += [match.span() for match in _INLINE.finditer(text)] if "`" in text else []
    spans += [match.span() for match in _DECORATORS.finditer(text) if _DEFINITION.match(text, match.end())]
    return _merged(spans)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places in order, each in one span only."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    start, mark = 0, ""
    for match in _FENCE.finditer(text):
        if not mark:
            start, mark = match.start(), match.group(1)
        elif match.group(1).startswith(mark) and match.group().strip() == match.group(1):
            yield start, match.end()
            mark = ""
    if mark:
        yield start, len(text)


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    before = bisect.bisect_right(spans, place, key=lambda span: span[0]) - 1
    return before >= 0 and place < spans[before][1]
