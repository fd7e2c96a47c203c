"""A notebook file as readable text: cells, text outputs and errors, without images and other base64."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["notebook_text"]

_OUTPUT_LENGTH = 2000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{200,}")


def notebook_text(name: str, text: str) -> str:
    """Cells in order, each with what it printed; a damaged notebook comes back as its text, with a note."""
    try:
        document = json.loads(text)
        cells = _cells(document)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        body = _BASE64.sub("[base64 left out]", text)
        return f"[{name} is not a valid notebook ({reason}); its text follows as it is.]\n\n{body}"
    language = _language(document)
    parts = [f"Notebook {name}, {len(cells)} cells, {language}"]
    for number, cell in enumerate(cells, start=1):
        parts.extend(_cell_text(number, cell, language=language))
    return "\n\n".join(parts)


def _cells(document: Any) -> list[dict[str, Any]]:
    cells: Any
    if "worksheets" in document:
        # nbformat 3 kept its cells in worksheets and called sources of code `input`.
        cells = [cell for sheet in document["worksheets"] for cell in sheet["cells"]]
    else:
        cells = document.get("cells")
    if not (isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)):
        raise ValueError("it has no list of cells")
    return cells


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(part, dict) and isinstance(part.get(field), str):
            return str(part[field])
    return "python"


def _cell_text(number: int, cell: dict[str, Any], *, language: str) -> Iterator[str]:
    source = _join(cell.get("source", cell.get("input", "")))
    if cell.get("cell_type") != "code":
        yield f"## Cell {number} ({cell.get('cell_type', 'unknown')})\n{source}"
        return
    count = cell.get("execution_count", cell.get("prompt_number"))
    ran = f", run as [{count}]" if count else ""
    yield f"## Cell {number} (code{ran})\n```{language}\n{source}\n```"
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        shown = _output_text(output) if isinstance(output, dict) else ""
        if shown:
            yield shown


def _output_text(output: dict[str, Any]) -> str:
    kind = output.get("output_type")
    if kind in {"error", "pyerr"}:
        trace = _ANSI.sub("", "\n".join(_strings(output.get("traceback"))))
        return f"Error: {output.get('ename')}: {output.get('evalue')}\n{_cut(trace)}".rstrip()
    if kind == "stream":
        return f"Output:\n{_cut(_ANSI.sub('', _join(output.get('text', ''))))}"
    data = output.get("data", output)
    if not isinstance(data, dict):
        return ""
    for key in ("text/markdown", "text/plain", "text"):
        if data.get(key):
            return f"Output:\n{_cut(_ANSI.sub('', _join(data[key])))}"
    return f"Output: [{', '.join(sorted(key for key in data if '/' in key))}]" if data else ""


def _join(source: Any) -> str:
    """Sources and texts are a string or a list of strings."""
    return source if isinstance(source, str) else "".join(_strings(source))


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _cut(text: str) -> str:
    text = _BASE64.sub("[base64 left out]", text).rstrip()
    if len(text) <= _OUTPUT_LENGTH:
        return text
    half = _OUTPUT_LENGTH // 2
    return f"{text[:half]}\n… [{len(text) - _OUTPUT_LENGTH:,} characters left out] …\n{text[-half:]}"
