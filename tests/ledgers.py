"""Ledger records beside the figures of the slow twin."""

from collections.abc import Iterable, Mapping

from kernels.columns import ARRIVAL_COLUMNS, BOT_COLUMNS, CALL_COLUMNS, END_COLUMNS
from streams.close import Record
from tests.naive import Figures

Key = tuple[str, str, str, str, int, str]
"""(program, queue, channel, site, bucket_ms, basis)"""


def newest(records: Iterable[Record]) -> dict[Key, Record]:
    """The greatest revision of each interval and basis, of records in the order they were made."""
    found: dict[Key, Record] = {}
    for record in records:
        key = (*record[:5], record.basis)
        if key not in found or record.revision >= found[key].revision:
            found[key] = record
    return found


def columns(records: Iterable[Record]) -> dict[Key, dict[str, int]]:
    """Newest columns of visits' rules where there are any, without those of calls."""
    found = {key: of_visits(record.columns) for key, record in newest(records).items()}
    return {key: row for key, row in found.items() if row}


def of_visits(row: Mapping[str, int]) -> dict[str, int]:
    """Without the columns of kernels/BOTS.md, which have a twin of their own."""
    return {name: n for name, n in row.items() if name not in CALL_COLUMNS + BOT_COLUMNS}


def wait_hists(records: Iterable[Record]) -> dict[Key, dict[int, int]]:
    """Newest histograms where anyone was answered."""
    return {key: record.wait_hist for key, record in newest(records).items() if record.wait_hist}


def expected(figures: Figures) -> dict[Key, dict[str, int]]:
    """What the slow twin's figures are as columns per basis."""
    found: dict[Key, dict[str, int]] = {}
    for table, first, bases in (
        (figures.arrival, ARRIVAL_COLUMNS, ("arrival", "cohort")),
        (figures.handling, END_COLUMNS, ("end", "clipped")),
    ):
        for owner, row in table.items():
            for name, value in row.items():
                basis = bases[0] if name in first else bases[1]
                found.setdefault((*owner, basis), {})[name] = value
    return found


def total(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sum of rows, without the columns that are 0."""
    sums: dict[str, int] = {}
    for row in rows:
        for name, value in row.items():
            sums[name] = sums.get(name, 0) + value
    return {name: value for name, value in sums.items() if value}
