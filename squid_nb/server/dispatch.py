"""From a parsed request to a reply: its query and body checked, the route's function called, errors translated."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..defects import log_defect
from ..records import to_dict
from .downloads import Download
from .refusals import Refused, refusal, refusal_of
from .routes import Call, Query, Reply, Route

if TYPE_CHECKING:
    from .people import Person
    from .state import State

__all__ = ["Given", "answer"]

Given = Mapping[str, Sequence[str]]


async def answer(
    route: Route,
    *,
    person: Person,
    state: State,
    path: Mapping[str, str],
    query: Given,
    body: bytes,
    upload: Path | None = None,
) -> Reply | Download:
    """What a route has to say; never raises."""
    where = f"{route.method} {route.path}"
    try:
        call = Call(person, state, path, _query(route, query), await _body(route, body, state), where, upload)
        value = await route.run(call)
    except Exception as error:  # noqa: BLE001 - every error becomes an answer
        refused = refusal_of(error)
        if refused is None:
            log_defect(where, error)
        return refused or refusal(500)
    return value if isinstance(value, (Reply, Download)) else Reply(to_dict(value), route.status)


def _query(route: Route, given: Given) -> Query | None:
    model = route.query or Query
    values: dict[str, Any] = {}
    for name, sent in given.items():
        known = model.model_fields.get(name)
        if known is not None and _is_list(known.annotation):
            values[name] = list(sent)
        elif len(sent) == 1:
            values[name] = sent[0]
        else:
            raise Refused(400, f"{name} is given {len(sent)} times.", "Give it once.")
    # In lax mode, because everything in a query is text.
    return model.model_validate(values, strict=False)


def _is_list(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (list, tuple)


async def _body(route: Route, body: bytes, state: State) -> Any:
    model = route.body
    if model is None:
        return None
    # An attachment makes a body of many megabytes, which would hold up everybody else.
    return await state.pool.work(lambda: model.model_validate_json(body, strict=True))
