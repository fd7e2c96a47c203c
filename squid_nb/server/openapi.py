"""The OpenAPI 3.1 description, made from the routes: there is no second place where they are written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from .._version import __version__
from .refusals import Problem
from .routes import PATTERNS, Route

__all__ = ["describe"]

_REFERENCE = "#/components/schemas/{model}"
_ALWAYS = {
    400: "What was sent cannot be used.",
    403: "Not signed in, or not allowed.",
    413: "The body is too large.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "A defect.",
    503: "The database is held by another process, or the model cannot be loaded; try again.",
}
_SOMETIMES = {
    402: "A hard cap of `[budget]` is reached; nothing was sent.",
    404: "It does not exist.",
    416: "The file has no such part.",
    502: "The model's endpoint failed.",
    507: "The server has no room for the file.",
}
_NOT_MODIFIED = {"description": "You have this already (`If-None-Match`)."}


def describe(routes: Sequence[Route], *, base_url: str) -> dict[str, Any]:
    """The description of these routes under a server's base URL."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    _schema(Problem, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Squid for notebooks",
            "version": __version__,
            "description": "Chat sessions with language models, kept in DuckDB, behind a Jupyter server.",
        },
        "servers": [{"url": f"{base_url.rstrip('/')}/squid/api"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The server's token; a browser has its cookie and sends `X-XSRFToken`.",
                }
            },
        },
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.run.__name__.strip("_") + "_" + route.path.split("/")[0].replace(".", "_"),
        "summary": route.summary,
        "description": (route.run.__doc__ or "").strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        content = {"application/json": {"schema": _schema(route.body, schemas)}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.takes == "upload":
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}
        for name, pattern in PATTERNS.items()
        if f"{{{name}}}" in route.path
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    return [
        _query_parameter(name, field, required=name in schema.get("required", ()))
        for name, field in schema["properties"].items()
    ]


def _query_parameter(name: str, field: dict[str, Any], *, required: bool) -> dict[str, Any]:
    words = field.pop("description", "")
    schema = _without_null(field)
    # What a type says of itself, where it is used in several routes.
    words = words or schema.pop("description", "")
    return {"name": name, "in": "query", "required": required, "description": words, "schema": schema}


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """What is left out of a query is null; nobody can send it."""
    choices = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
    kept = {key: value for key, value in field.items() if key not in ("anyOf", "title", "default")}
    default = {} if field.get("default") is None else {"default": field["default"]}
    return {**kept, **(choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}), **default}


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    fine: dict[str, Any] = {"description": route.summary}
    if route.reply is not None:
        fine["content"] = {route.media: {"schema": _schema(route.reply, schemas)}}
    elif route.status != 204:
        fine["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    responses = {str(route.status): fine}
    if route.method == "GET":
        responses["304"] = _NOT_MODIFIED
    if 416 in route.fails:
        responses["206"] = {**fine, "description": "A part of it."}
    problem = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    for status, words in sorted({**_ALWAYS, **{one: _SOMETIMES[one] for one in route.fails}}.items()):
        responses[str(status)] = {"description": words, "content": problem}
    return responses


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; what it is made of goes to the components."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        _, made = models_json_schema([(kind, "validation")], ref_template=_REFERENCE)
        schemas.update(made.get("$defs", {}))
        return {"$ref": _REFERENCE.format(model=_name(kind, made))}
    # As part of a list, a record gets a name of its own among the definitions.
    made = TypeAdapter(list[kind]).json_schema(mode="serialization", ref_template=_REFERENCE)
    schemas.update(made.get("$defs", {}))
    items: dict[str, Any] = made["items"]
    return items


def _name(kind: type[BaseModel], made: dict[str, Any]) -> str:
    # `Listed[Session]` is `Listed_Session_` among the definitions.
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in kind.__name__)
    return safe if safe in made["$defs"] else kind.__name__
