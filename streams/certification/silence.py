"""Days on which nobody came, of programs that many come to: known as far as feeds tell, and to be asked of.

A source that promises to have sent everything says so of a day that it lost, too; only people know whether
the center was closed.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from schemas.targets import Plan
from streams.close import Record
from streams.moments import local_text

USUAL = 20
"""Contacts of a usual day from which on a day without any is no chance."""


class Silence(NamedTuple):
    """Local days of a program on which it was open and nobody came; contacts of a usual day."""

    program: str
    days: list[str]
    usual: float


def silences(records: Iterable[Record], plan: Plan, month: str) -> list[Silence]:
    """Of a month (2026-03), by newest records of contacts by arrival; by program."""
    days: dict[str, Counter[str]] = {}
    for one in records:
        day = local_text(one.bucket_ms, plan.zone(one.program))[:10]
        if day.startswith(month):
            days.setdefault(one.program, Counter())[day] += one.columns.get("offered", 0)
    found = []
    for program, told in sorted(days.items()):
        usual = median(told.values())
        silent = sorted(day for day, count in told.items() if not count)
        if silent and usual >= USUAL:
            found.append(Silence(program, silent, usual))
    return found
