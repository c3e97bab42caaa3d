"""A section of the board with one line for each owner of its figures: as a table, or for logs."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from rich.table import Table
from rich.text import Text

from streams.board.words import UNKNOWN, Language, word

Cells = Sequence[tuple[str, str]]
"""Text and style of each column."""


class Owner(Protocol):
    """What a line is about."""

    @property
    def name(self) -> str:
        """Shown first."""

    @property
    def program(self) -> str:
        """Shown where there is no table."""

    @property
    def known(self) -> bool:
        """Whether anything may be shown as a number."""


T = TypeVar("T", bound=Owner)


def section_table(
    head: str,
    columns: Sequence[str],
    shown: Sequence[T],
    cells: Callable[[T], Cells],
    lang: Language,
) -> Table:
    """One line an owner; `head` and `columns` are keys of words."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(word(head, lang), no_wrap=True, overflow="ellipsis")
    for key in columns:
        table.add_column(word(key, lang), justify="right", no_wrap=True)
    for one in shown:
        told = cells(one) if one.known else [(UNKNOWN, "yellow")] * len(columns)
        table.add_row(one.name, *(Text(text, style=style) for text, style in told))
    return table


def section_lines(
    columns: Sequence[str], shown: Sequence[T], cells: Callable[[T], Cells], lang: Language
) -> list[str]:
    """One line an owner, for logs."""
    return [f"{one.program}/{one.name}: {_said(columns, one, cells, lang)}" for one in shown]


def _said(columns: Sequence[str], one: T, cells: Callable[[T], Cells], lang: Language) -> str:
    if not one.known:
        return f"{word('unknown', lang)} {UNKNOWN}"
    told = zip(columns, cells(one), strict=True)
    return ", ".join(f"{word(key, lang)} {text or '-'}" for key, (text, _) in told)
