"""From what a view sends to what is asked: the typed text read, files and notebook cells made sources.

An attachment is `{name, mime_type}` and bytes. With a `kind` of `variable`, `cell` or `page` it is text that the view
has taken from a notebook, and its `detail` says where; without one it is an upload.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import attach, prompt
from ..errors import InvalidInput
from ..records import NewSource, Provenance, SourceKind

if TYPE_CHECKING:
    from ..config import Config
    from .bridge import Bridge

__all__ = ["Question", "read", "source_of"]

_KINDS: Final[dict[str, SourceKind]] = {"variable": "variable", "cell": "cell", "page": "page"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    text: str
    sources: tuple[NewSource, ...]
    provenance: Provenance
    notices: tuple[str, ...] = ()
    """What was left as text, though it was hardly meant so."""


def read(bridge: Bridge, args: Mapping[str, Any], buffers: Sequence[bytes]) -> Question:
    """The question in the arguments of an `ask`; empty when a stored one is asked again.

    Raises
    ------
    InvalidInput
        When there is nothing to ask.
    SourceError
        When something cannot be attached.
    """
    provenance = _provenance(bridge, args)
    if args.get("again") or args.get("go_on"):
        return Question("", (), provenance)
    typed = args.get("prompt")
    if not isinstance(typed, str) or not typed.strip():
        raise InvalidInput("The message is empty.", "Type a question first.")
    config, namespace = bridge.squid.config, bridge.namespace
    found = prompt.parse(typed, namespace, cwd=bridge.directory)
    sources = [attach.from_value(name, (namespace or {})[name]) for name in found.variables]
    notices = list(found.notices)
    for path in found.paths:
        if _inside(path, bridge.directory):
            sources.append(attach.from_path(path, config=config))
        else:
            notices.append(f"{path.name} lies outside of the notebooks' directory, so its name was sent as text.")
    for upload, data in zip(args.get("attachments") or [], buffers, strict=False):
        sources.append(source_of(upload, data, config=config))
    sources += _kept(bridge, args, besides={source.name for source in sources})
    return Question(found.text, tuple(sources), provenance, tuple(notices))


def _kept(bridge: Bridge, args: Mapping[str, Any], *, besides: Collection[str]) -> list[NewSource]:
    """What an edited question was given before and keeps, all of it unless `keep` names some; `besides` is newer."""
    edited, keep = args.get("edit"), args.get("keep")
    if not isinstance(edited, str):
        return []
    kept = []
    for source in bridge.squid.sessions.message(edited).sources:
        if source.name in besides or (isinstance(keep, list) and source.id not in keep):
            continue
        file = bridge.squid.file(source.sha256, data=True)
        kept.append(
            NewSource(source.kind, source.name, source.mime_type, file.data or b"", file.text, dict(source.detail))
        )
    return kept


def source_of(upload: Mapping[str, Any], data: bytes, *, config: Config) -> NewSource:
    """An attachment as a source.

    Raises
    ------
    SourceError
        When it is too large or of a kind that no model can read.
    """
    name, kind = str(upload.get("name") or "attachment"), _KINDS.get(str(upload.get("kind")))
    uploaded = attach.from_bytes(name, data, config=config)
    if kind is None:
        return uploaded
    detail = upload.get("detail")
    return replace(
        uploaded,
        kind=kind,
        name=name[:200],
        mime_type="text/plain",
        text=data.decode("utf-8", "replace"),
        detail=dict(detail) if isinstance(detail, Mapping) else {},
    )


def _provenance(bridge: Bridge, args: Mapping[str, Any]) -> Provenance:
    """Where a question comes from: the view's place, or the notebook that it names."""
    notebook = args.get("notebook")
    if not isinstance(notebook, str) or not notebook:
        return bridge.provenance
    return replace(bridge.provenance, notebook=_as_kernels_say(notebook[:1000], bridge.directory))


def _as_kernels_say(notebook: str, directory: Path | None) -> str:
    """The whole path of a notebook that is served: its kernel names it so, and both are to be found together."""
    path = None if directory is None else directory / notebook
    return str(path) if path is not None and _inside(path, directory) and path.is_file() else notebook


def _inside(path: Path, directory: Path | None) -> bool:
    return directory is None or path.resolve().is_relative_to(directory.resolve())
