"""A kernel variable becomes a source: what it is and what is in it, within a token budget.

Plugins of the entry-point group `squid_nb.context` come first. The person's own classes run in here (`__repr__`, a
subclass of a DataFrame), so nothing they raise may keep a question from being asked.
"""

from __future__ import annotations

import hashlib
import types
from typing import Any

from ..records import NewSource
from .code import describe_code, describe_figure, describe_module
from .files import clean_name
from .frames import Description, describe_frame
from .kinds import figure_kind, frame_kind, type_name
from .plugins import describe_with_plugins
from .reprs import bounded_repr, cut_middle
from .secrets import HIDDEN, is_secret, mask

__all__ = ["from_value"]

_CHARACTERS_A_TOKEN = 3
_FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type,
)
_UNITS: tuple[tuple[Any, str], ...] = (
    (str, "characters"),
    (bytes, "bytes"),
    (bytearray, "bytes"),
    *((kind, "items") for kind in (list, tuple, dict, set, frozenset)),
)


def from_value(name: str, value: Any, *, token_budget: int = 1500) -> NewSource:
    """Describe a value in about `token_budget` tokens.

    A DataFrame becomes shape, dtypes, nulls, summary and first rows, never the whole data; functions and classes
    come with their source; everything else is a bounded `repr`. Keys and passwords are left out.
    """
    name = clean_name(name, keep_folders=True)
    length = max(200, token_budget * _CHARACTERS_A_TOKEN)
    description = _describe(name, value, length=length, token_budget=token_budget)
    text = description.text.encode("utf-8", "replace").decode("utf-8")
    detail = {"type": type_name(value), **description.detail}
    if "content_hash" not in detail:
        detail["content_hash"] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return NewSource(kind="variable", name=name, mime_type="text/plain", data=text.encode(), text=text, detail=detail)


def _describe(name: str, value: Any, *, length: int, token_budget: int) -> Description:
    if is_secret(name, value):
        return Description(f"{name}: {type_name(value)}, {HIDDEN}, because its name speaks of a secret")
    theirs = describe_with_plugins(value, token_budget=token_budget)
    if theirs is not None:
        return Description(cut_middle(theirs, length))
    try:
        ours = _describe_known(name, value, length=length)
    except Exception as error:  # noqa: BLE001 - code of the value's class may raise anything
        # A half-built or overridden frame: its own methods raised, and a bounded repr is still worth sending.
        note = f"{name}: {type_name(value)}, which could not be described ({type(error).__name__})"
        return Description(f"{note}\n{bounded_repr(value, length=length - len(note) - 1)}")
    return ours or _describe_other(name, value, length=length)


def _describe_known(name: str, value: Any, *, length: int) -> Description | None:
    frame = frame_kind(value)
    if frame is not None:
        return describe_frame(name, value, frame, length=length)
    if figure_kind(value) is not None:
        return Description(describe_figure(name, value, length=length))
    if isinstance(value, types.ModuleType):
        return Description(describe_module(name, value, length=length))
    if isinstance(value, _FUNCTIONS):
        return Description(describe_code(name, value, length=length))
    return None


def _describe_other(name: str, value: Any, *, length: int) -> Description:
    detail: dict[str, Any] = {}
    title = f"{name}: {type_name(value)}"
    for kind, unit in _UNITS:
        if isinstance(value, kind):
            # The builtin's own length: a subclass may do anything in its `__len__`.
            detail["shape"] = [kind.__len__(value)]
            title += f", {kind.__len__(value):,} {unit}"
    room = max(100, length - len(title) - 1)
    # Text is cut before it is masked, so that a gigabyte is not searched for keys.
    body = mask(cut_middle(value, room)) if isinstance(value, str) else bounded_repr(value, length=room)
    return Description(f"{title}\n{body}", detail)
