"""Functions, classes, modules and figures: what can be said of them in words and source."""

from __future__ import annotations

import inspect
import types
from typing import Any

from .kinds import figure_kind, type_name
from .reprs import cut_middle, safely
from .secrets import mask

__all__ = ["describe_code", "describe_figure", "describe_module"]


def describe_code(name: str, value: Any, *, length: int) -> str:
    """A function or class with its source, or its signature and docstring when there is no source."""
    kind = "class" if isinstance(value, type) else "function"
    title = f"{name}: {kind} {getattr(value, '__module__', '')}.{getattr(value, '__qualname__', name)}"
    try:
        source = inspect.getsource(value)
    except (OSError, TypeError):
        # Builtins, C extensions and what was made by exec have no source.
        source = _signature(name, value)
    return cut_middle(mask(f"{title}\n{source}"), length)


def describe_module(name: str, value: types.ModuleType, *, length: int) -> str:
    """A module's name, version, first line of its docstring and public names."""
    version = getattr(value, "__version__", None)
    first = (inspect.getdoc(value) or "").partition("\n")[0]
    public = [one for one in sorted(vars(value)) if not one.startswith("_")]
    lines = [f"{name}: module {value.__name__}{f' {version}' if version else ''}", first, f"Names: {', '.join(public)}"]
    return cut_middle(mask("\n".join(line for line in lines if line)), length)


def describe_figure(name: str, value: Any, *, length: int) -> str:
    """What a figure shows, in words: titles, axes, legends and how many marks; not its picture."""
    lines = _plotly_lines(value) if figure_kind(value) == "plotly" else _matplotlib_lines(value)
    return cut_middle(mask("\n".join([f"{name}: {type_name(value)}", *lines])), length)


def _signature(name: str, value: Any) -> str:
    try:
        signature = str(inspect.signature(value))
    except (ValueError, TypeError):
        signature = "(…)"
    return f"{name}{signature}\n{safely(lambda: inspect.getdoc(value) or '')}".rstrip()


def _matplotlib_lines(figure: Any) -> list[str]:
    lines = []
    for number, axes in enumerate(figure.get_axes(), start=1):
        marks = [
            f"{len(found)} {word}"
            for word, found in (
                ("lines", axes.get_lines()),
                ("collections", axes.collections),
                ("bars or patches", axes.patches),
                ("images", axes.get_images()),
            )
            if len(found)
        ]
        legend = axes.get_legend()
        labels = [text.get_text() for text in legend.get_texts()] if legend is not None else []
        lines.append(
            f"Axes {number}: title {axes.get_title()!r}, x {axes.get_xlabel()!r} {_span(axes.get_xlim())} "
            f"({axes.get_xscale()}), y {axes.get_ylabel()!r} {_span(axes.get_ylim())} ({axes.get_yscale()}); "
            f"{', '.join(marks) or 'empty'}" + (f"; legend {labels}" if labels else "")
        )
    return lines or ["No axes."]


def _plotly_lines(figure: Any) -> list[str]:
    title = figure.layout.title.text
    lines = [f"Title: {title!r}"] if title else []
    for number, trace in enumerate(figure.data, start=1):
        lines.append(f"Trace {number}: {trace.type} {trace.name or ''}".rstrip())
    return lines


def _span(limits: Any) -> str:
    return f"{float(limits[0]):.4g} to {float(limits[1]):.4g}"
