"""What files of the plan have in common: problems at their lines, numbers, who published them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

Row = Mapping[str, str]


class Publication(NamedTuple):
    """What is said of a version as a whole. `published_ms`: ms UTC."""

    version: int
    published_ms: int
    source: str
    author: str
    reason: str


class Problem(NamedTuple):
    """Something wrong, at a line of a file."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        """As `file:line: what`."""
        return f"{self.path}:{self.line}: {self.message}"


class Wrong(ValueError):
    """What a row says cannot be meant."""


def number(row: Row, column: str, times: int, usual: Decimal | None = None) -> int:
    """A decimal number of a column, so many times, as a whole number. Raises Wrong."""
    told = row.get(column, "")
    if not told and usual is not None:
        return int(usual * times)
    try:
        value = Decimal(told) * times
    except InvalidOperation:
        raise Wrong(f"{column}: {told!r} is no number") from None
    if not value.is_finite() or value < 0:
        raise Wrong(f"{column}: {told!r} is no number of at least 0")
    if value != int(value):
        raise Wrong(f"{column}: {told!r} is finer than 1/{times}")
    return int(value)
