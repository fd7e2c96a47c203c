"""What a value is, told by where its class comes from, so that nothing has to be imported to ask."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

__all__ = ["FrameKind", "figure_kind", "frame_kind", "type_name"]

FrameKind: TypeAlias = Literal["pandas frame", "pandas series", "polars frame", "polars lazy", "polars series", "array"]

_FRAMES: dict[tuple[str, str], FrameKind] = {
    ("pandas", "DataFrame"): "pandas frame",
    ("pandas", "Series"): "pandas series",
    ("pandas", "Index"): "pandas series",
    ("polars", "DataFrame"): "polars frame",
    ("polars", "LazyFrame"): "polars lazy",
    ("polars", "Series"): "polars series",
    ("numpy", "ndarray"): "array",
}
_FIGURES = {("matplotlib", "Figure"): "matplotlib", ("plotly", "BaseFigure"): "plotly"}


def frame_kind(value: Any) -> FrameKind | None:
    """Which kind of table or array this is, subclasses such as a GeoDataFrame included; None for anything else."""
    return next((_FRAMES[key] for key in _origins(value) if key in _FRAMES), None)


def figure_kind(value: Any) -> str | None:
    """`matplotlib` or `plotly` for a figure, else None."""
    return next((_FIGURES[key] for key in _origins(value) if key in _FIGURES), None)


def type_name(value: Any) -> str:
    """The name by which people know a type: `pandas.DataFrame`, `collections.OrderedDict`, `list`."""
    kind = type(value)
    module = str(getattr(kind, "__module__", ""))
    if frame_kind(value) is not None:
        module = module.partition(".")[0]
    name = str(getattr(kind, "__qualname__", kind.__name__))
    return name if module in {"builtins", "__main__", ""} else f"{module}.{name}"


def _origins(value: Any) -> list[tuple[str, str]]:
    # type(value).__mro__ and not value.__class__: a proxy may lie about the latter.
    return [(str(cls.__module__).partition(".")[0], cls.__name__) for cls in type(value).__mro__]
