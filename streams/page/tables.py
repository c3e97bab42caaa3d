"""Tables of the terminal board as cells of text and tone, for a reader that draws them itself."""

from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from streams.board.meanings import meanings
from streams.board.words import Language

TONES = {"green": "good", "bold red": "bad", "yellow": "unknown", "dim": "quiet"}
"""What a style of the terminal says, in a word."""
NO_LIMIT = 10_000
"""Columns of a terminal on which nothing is left out."""


class Cell(NamedTuple):
    """A text and its tone: good, bad, unknown, quiet, or none."""

    text: str
    tone: str = ""


class Told(NamedTuple):
    """Headings, which of them stand over numbers, rows, and what the columns say."""

    heads: list[str]
    right: list[bool]
    rows: list[list[Cell]]
    means: list[str]


def cells(table: Table, name: str, lang: Language) -> Told:
    """The cells of a table, and what it says of its columns under its name in board.meanings.

    Errors: AssertionError, something in it is no text; KeyError, nothing is said under this name.
    """
    columns = [[_cell(one) for one in column.cells] for column in table.columns]
    heads = [_cell(column.header).text for column in table.columns]
    return Told(
        heads,
        [column.justify == "right" for column in table.columns],
        [list(row) for row in zip(*columns, strict=True)],
        meanings(name, heads, lang),
    )


def _cell(shown: object) -> Cell:
    assert isinstance(shown, str | Text), shown
    if isinstance(shown, str):
        return Cell(shown)
    return Cell(shown.plain, TONES.get(str(shown.style), ""))
