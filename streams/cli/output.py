"""What commands print: tables, CSV and JSON on stdout; errors on stderr."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]
DIGITS = 4
WIDEST = 100_000


class Form(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def form_of(as_json: bool = False, as_csv: bool = False) -> Form:
    """The form that the flags --json and --csv ask for."""
    if as_json:
        return Form.JSON
    return Form.CSV if as_csv else Form.TABLE


def say_error(message: str, hint: str = "") -> None:
    """Print `error: ...` and `hint: ...` to stderr."""
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")


def note(message: str) -> None:
    """Print a line for the reader, not for a program, to stderr."""
    sys.stderr.write(f"{message}\n")


def print_json(value: Any) -> None:
    """Print one JSON value; null is what has no value."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_rows(rows: Iterable[Row], columns: Sequence[str], form: Form = Form.TABLE) -> None:
    """Print rows as a table, as CSV or as a JSON array. None is empty, in JSON null."""
    if form is Form.JSON:
        print_json([{column: row.get(column) for column in columns} for row in rows])
    elif form is Form.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_plain(row.get(column)) for column in columns] for row in rows)
    else:
        _print_table(list(rows), columns)


def _print_table(rows: list[Row], columns: Sequence[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numbers = any(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(row.get(column)) for column in columns))
    # A row is one line, on a terminal as in a pipe: 1145 cut to "114" and "5" reads as 114.
    console = Console(highlight=False, markup=False, width=WIDEST)
    console = Console(highlight=False, markup=False, width=console.measure(table).maximum or 1)
    console.print(table)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{DIGITS}f}"
    return str(value)
