"""What only went on behind an answer (thoughts, tool calls and their results) becomes that answer's reasoning.

Several formats keep each of these as a message of its own. Here a message is what was said by one to the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .conversation import Attachment, Turn

__all__ = ["Node", "fold"]


@dataclass(frozen=True, slots=True)
class Node:
    """A message as a format has it: `turn` when it is said, `behind` when it only led to what was said."""

    key: str
    parent: str | None
    turn: Turn | None = None
    behind: str = ""
    made: tuple[Attachment, ...] = ()
    """Files that were written on the way to an answer."""


def fold(nodes: Iterable[Node], *, head: str | None) -> tuple[tuple[Turn, ...], str | None]:
    """The turns that were said, linked past what was not, and where the visible path then ends."""
    by_key: dict[str, Node] = {}
    for node in nodes:
        by_key.setdefault(node.key, node)
    above: dict[str, _Above] = {}
    turns = []
    for node in by_key.values():
        if node.turn is None:
            continue
        found = _above(node, by_key, above)
        turn = replace(node.turn, parent=found.parent)
        if turn.role == "assistant":
            reasoning = "\n\n".join(part for part in (found.behind, turn.reasoning) if part)
            turn = replace(turn, reasoning=reasoning, attachments=(*found.made, *turn.attachments))
        turns.append(turn)
    end = by_key.get(head) if head is not None else None
    if end is not None and end.turn is None:
        return tuple(turns), _above(end, by_key, above).parent
    return tuple(turns), head


@dataclass(frozen=True, slots=True)
class _Above:
    parent: str | None
    """Key of the nearest said turn above; a key that nothing has where the file lost it."""
    behind: str
    made: tuple[Attachment, ...] = ()


def _above(node: Node, by_key: dict[str, Node], above: dict[str, _Above]) -> _Above:
    """What lies between a node and the nearest said turn above it."""
    passed: list[Node] = []
    seen: set[str] = set()
    step = by_key.get(node.parent) if node.parent is not None else None
    end = node.parent
    found: _Above | None = None
    while step is not None and step.turn is None and step.key not in seen:
        if step.key in above:
            found = above[step.key]
            break
        seen.add(step.key)
        passed.append(step)
        end = step.parent
        step = by_key.get(end) if end is not None else None
    if found is None:
        found = _Above(end, "")
    for skipped in reversed(passed):
        behind = "\n\n".join(part for part in (found.behind, skipped.behind) if part)
        found = above[skipped.key] = _Above(found.parent, behind, (*found.made, *skipped.made))
    return found
