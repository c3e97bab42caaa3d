"""Rows of payroll files as time paid to groups: rows of people are added up and not told apart."""

from datetime import date

from schemas.payroll import PaidTime
from streams.planning.fields import Publication, Row, Wrong, number

HOUR_MS = 3_600_000
Key = tuple[str, str, str, str, str]
"""(program, group, site, first day, last day)"""


class Payroll:
    """What the rows of one import add up to."""

    def __init__(self, of: Publication) -> None:
        self._of = of
        self._sums: dict[Key, int] = {}
        self._told: dict[tuple[Key, str], str] = {}
        self._of_group: dict[tuple[str, str], list[PaidTime]] = {}
        """Without their sums: what of a group's days and sites is told of."""

    def add(self, row: Row, where: str) -> None:
        """Take a row that stands at `where`. Raises Wrong, ValidationError (pydantic)."""
        one = self._paid(row)
        key, staff = (
            (one.program, one.group, one.site, one.first_day, one.last_day),
            row.get("staff", ""),
        )
        if before := self._told.get((key, staff)):
            raise Wrong(f"tells of the same people and days as {before}")
        if key not in self._sums:
            others = self._of_group.setdefault((one.program, one.group), [])
            for other in filter(one.overlaps, others):
                days = f"{other.first_day} to {other.last_day}"
                raise Wrong(f"overlaps what is told of site {other.site!r} from {days}")
            others.append(one)
        self._told[key, staff] = where
        self._sums[key] = self._sums.get(key, 0) + one.paid_ms

    def records(self) -> list[PaidTime]:
        """One record a group, site and stretch of days."""
        return [self._record(key, paid_ms) for key, paid_ms in self._sums.items()]

    def _paid(self, row: Row) -> PaidTime:
        days = row["date"], row.get("until") or row["date"]
        for day in days:
            _must_be_a_day(day)
        key = (row["program"], row["group"], row.get("site", ""), *days)
        return self._record(key, number(row, "paid_h", HOUR_MS))

    def _record(self, key: Key, paid_ms: int) -> PaidTime:
        program, group, site, first, last = key
        of = self._of
        return PaidTime(
            program=program, group=group, site=site, first_day=first, last_day=last,
            version=of.version, paid_ms=paid_ms, published=of.published_ms, source=of.source,
            author=of.author, reason=of.reason,
        )  # fmt: skip


def _must_be_a_day(told: str) -> None:
    try:
        date.fromisoformat(told)
    except ValueError:
        raise Wrong(f"{told!r} is no day, as 2026-03-29") from None
