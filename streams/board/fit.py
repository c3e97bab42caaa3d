"""Tables that fit a terminal: what has no room is left out whole, for a number that is cut is another one."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

LEAST = 2
"""Columns that are kept whatever the width: a name and its first figure."""
LONGEST_NAME = 24
_ENDLESS = Console(width=10_000)


def fitted(table: Table, width: int) -> Table:
    """The table without those of its last columns that a terminal of `width` columns has no room for."""
    name = table.columns[0]
    name.max_width = name.max_width or LONGEST_NAME
    while len(table.columns) > LEAST:
        if Measurement.get(_ENDLESS, _ENDLESS.options, table).maximum <= width:
            break
        table.columns.pop()
    return table
