"""Tables of the terminal board as cells of text and tone, for a reader that draws them itself."""

from typing import NamedTuple

from rich.table import Table
from rich.text import Text

TONES = {"green": "good", "bold red": "bad", "yellow": "unknown", "dim": "quiet"}
"""What a style of the terminal says, in a word."""
NO_LIMIT = 10_000
"""Columns of a terminal on which nothing is left out."""


class Cell(NamedTuple):
    """A text and its tone: good, bad, unknown, quiet, or none."""

    text: str
    tone: str = ""


class Told(NamedTuple):
    """Headings, which of them stand over numbers, rows."""

    heads: list[str]
    right: list[bool]
    rows: list[list[Cell]]


def cells(table: Table) -> Told:
    """The cells of a table. Errors: AssertionError, something in it is no text."""
    columns = [[_cell(one) for one in column.cells] for column in table.columns]
    return Told(
        [_cell(column.header).text for column in table.columns],
        [column.justify == "right" for column in table.columns],
        [list(row) for row in zip(*columns, strict=True)],
    )


def _cell(shown: object) -> Cell:
    assert isinstance(shown, str | Text), shown
    if isinstance(shown, str):
        return Cell(shown)
    return Cell(shown.plain, TONES.get(str(shown.style), ""))
