"""Turns as they come become a tree: one of each key, parents first, no circles, nothing cut off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .conversation import Turn

__all__ = ["mend"]


def mend(turns: Iterable[Turn]) -> tuple[list[Turn], list[str]]:
    """The turns in an order in which every parent comes before its children, and what had to be mended.

    A turn whose parent is lost, or that hangs on itself through a circle, follows the turn before it in the file: a
    bad link must not cut the rest of a conversation off. Of turns with the same key the first is kept.
    """
    unique: dict[str, Turn] = {}
    repeated = 0
    for turn in turns:
        if turn.key in unique:
            repeated += 1
        else:
            unique[turn.key] = turn
    placed: dict[str, Turn] = {}
    lost = 0
    for turn in unique.values():
        branch = _climb(turn, unique, placed)
        if not branch:
            continue
        top = branch[-1]
        if top.parent is not None and top.parent not in placed:
            lost += 1
            branch[-1] = replace(top, parent=next(reversed(placed), None))
        placed.update((item.key, item) for item in reversed(branch))
    return list(placed.values()), _notes(repeated, lost)


def _climb(turn: Turn, unique: dict[str, Turn], placed: dict[str, Turn]) -> list[Turn]:
    """The turns from this one upwards that have no place yet; stops at a circle and at a lost parent."""
    branch: dict[str, Turn] = {}
    step: Turn | None = turn
    while step is not None and step.key not in placed and step.key not in branch:
        branch[step.key] = step
        step = unique.get(step.parent) if step.parent is not None else None
    return list(branch.values())


def _notes(repeated: int, lost: int) -> list[str]:
    notes = []
    if repeated:
        notes.append(f"{repeated} {'messages repeat' if repeated > 1 else 'message repeats'} the id of another.")
    if lost:
        who = f"{lost} messages had lost their parents and follow" if lost > 1 else "1 message had lost its parent"
        notes.append(f"{who} the message before it." if lost > 1 else f"{who} and follows the message before it.")
    return notes
