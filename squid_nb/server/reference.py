"""The routes as Markdown, made from the OpenAPI description.

`python -m squid_nb.server.reference docs/rest.md` makes the part below the mark anew; what is above it stays.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .openapi import describe
from .refusals import codes
from .table import ROUTES

__all__ = ["MARK", "render", "rewritten"]

MARK = "<!-- Below: made from the OpenAPI description by `python -m squid_nb.server.reference docs/rest.md`. -->"


def render() -> str:
    """All routes, all errors, all shapes."""
    made = describe(ROUTES, base_url="/")
    lines = ["## Routes", ""]
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            lines += _operation(method.upper(), path, operation)
    lines += ["## Errors", "", "| status | `code` | |", "|---|---|---|"]
    lines += [f"| {status} | `{code}` | {words} |" for status, code, words in codes()]
    lines += ["", "## Shapes", ""]
    for name, schema in made["components"]["schemas"].items():
        lines += _shape(name, schema)
    return "\n".join(lines)


def rewritten(text: str) -> str:
    """A document with the part below the mark made anew."""
    return f"{text.split(MARK)[0]}{MARK}\n\n{render().rstrip()}\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    lines = [f"### `{method} {path[1:]}`", "", operation["description"].split("\n")[0], ""]
    asked = [one for one in operation["parameters"] if one["in"] == "query"]
    if asked:
        lines += ["| parameter | type | |", "|---|---|---|"]
        for one in asked:
            needed = ["required"] if one["required"] else []
            words = " ".join([*needed, *([one["description"]] if one["description"] else [])])
            lines.append(f"| `{one['name']}` | {_type(one['schema'])} | {words} |")
        lines.append("")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        lines += [f"Body: {_type(content['schema']) if media == 'application/json' else 'the bytes of the file'}.", ""]
    for status, response in operation["responses"].items():
        if status[0] == "2":
            kinds = [_type(one["schema"]) for one in response.get("content", {}).values()]
            lines += [f"{status}: {kinds[0] if kinds else 'nothing'}.", ""]
    return lines


def _shape(name: str, schema: dict[str, Any]) -> list[str]:
    lines = [f"### {name}", "", (schema.get("description") or "").split("\n")[0], ""]
    lines += ["| field | type | |", "|---|---|---|"]
    for field, kind in schema.get("properties", {}).items():
        words = kind.get("description", "").split("\n")[0]
        lines.append(f"| `{field}` | {_type(kind)} | {words} |")
    return [*lines, ""]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    bounds = [
        f"≥ {schema['minimum']}" if "minimum" in schema else "",
        f"≤ {schema['maximum']}" if "maximum" in schema else "",
    ]
    told = [
        one
        for one in (*bounds, f"`{schema['default']}` by default" if schema.get("default") not in (None, [], "") else "")
        if one
    ]
    kind = schema.get("format") or schema.get("type") or "anything"
    return f"{kind} ({', '.join(told)})" if told else str(kind)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(rewritten(document.read_text("utf-8")), "utf-8")
