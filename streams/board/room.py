"""What of the board has room on a terminal: the queues first, then sections from the most important on."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console, Group, RenderableType


class Section(NamedTuple):
    """A part of the board below the queues; `name` is a key of words."""

    name: str
    made: Sequence[RenderableType]


class Kept(NamedTuple):
    """What is shown: sections, names of those left out, and how many queues (None: all)."""

    sections: list[Section]
    left_out: list[str]
    queues: int | None


def lines_of(made: Sequence[RenderableType], width: int) -> int:
    """Lines that these take on a terminal of `width` columns."""
    return len(Console(width=width).render_lines(Group(*made), pad=False)) if made else 0


def kept(
    sections: Sequence[Section],
    always: Sequence[RenderableType],
    left_out: RenderableType,
    queues: int,
    size: tuple[int, int],
) -> Kept:
    """What fits into (width, height) beside what is `always` there, all `queues` among it.

    A section that has no room leaves it to those behind it. `left_out`: what is said where none has.
    """
    width, height = size
    whole = lines_of(always, width)
    lines = [lines_of(one.made, width) for one in sections]
    if whole + sum(lines) <= height:
        return Kept(list(sections), [], None)
    taken = whole + lines_of([left_out], width)
    shown, gone = list[Section](), list[str]()
    for one, more in zip(sections, lines, strict=True):
        if taken + more <= height:
            shown.append(one)
            taken += more
        else:
            gone.append(one.name)
    # A line says how many queues more there are.
    return Kept(shown, gone, None if taken <= height else queues - (taken - height) - 1)
