"""The month as it will stand tonight: the ledger's closed days and today as it is going to end."""

from collections.abc import Iterable
from math import isnan
from typing import NamedTuple

from schemas.targets import Plan
from streams.close import Record
from streams.days import local_day_start
from streams.view import CellKey


class Month(NamedTuple):
    """Service level of the month up to tonight; None where a day of it, or today's end, is unknown."""

    recorded: int
    past: int
    """Days before today: in the ledger, and in all."""
    low: float | None
    high: float | None


def month_end(
    plan: Plan, key: CellKey, month_ms: int, midnight_ms: int, closed: Iterable[Record],
    today: tuple[float, float, float],
) -> Month:  # fmt: skip
    """`closed`: arrival records of the queue from `month_ms` up to `midnight_ms` (today's begin).

    `today`: contacts of the whole day, and those in T of them at worst and at best; NaN: unknown. A
    day counts as recorded with one record: a listed queue has one for each interval, also without
    contacts.
    """
    offered = in_t = 0
    days = set[int]()
    for record in closed:
        days.add(local_day_start(plan, key.program, record.bucket_ms))
        offered += record.columns.get("offered", 0)
        in_t += record.columns.get("ans_in_T1", 0)
    past = _days(plan, key.program, month_ms, midnight_ms)
    whole, low, high = today
    total = offered + whole
    if len(days) < past or not total > 0:
        return Month(len(days), past, None, None)
    ends = ((in_t + part) / total for part in (low, high))
    low_end, high_end = (None if isnan(end) else end for end in ends)
    return Month(len(days), past, low_end, high_end)


def _days(plan: Plan, program: str, month_ms: int, midnight_ms: int) -> int:
    count, day = 0, month_ms
    while day < midnight_ms:
        count, day = count + 1, local_day_start(plan, program, day + 36 * 3_600_000)
    return count
