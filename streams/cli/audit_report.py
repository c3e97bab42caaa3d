"""What an audit found, for people and for programs."""

from dataclasses import dataclass, field
from typing import Any

from schemas.targets import Plan
from streams.audited import Compared, Difference
from streams.cli.output import note, print_rows
from streams.close import Record
from streams.drivers.audit import Recount
from streams.moments import local_text

COLUMNS = (
    "start", "program", "queue", "channel", "site", "basis", "column", "recorded", "counted", "stays",
)  # fmt: skip
SHOWN = 60


@dataclass
class Gone:
    """Intervals of the month that were not compared, for their events are no longer retained."""

    intervals: dict[str, int] = field(default_factory=dict)
    """By program."""
    since: dict[str, str] = field(default_factory=dict)
    """Per program the local moment from which on all events are there."""

    def as_json(self) -> dict[str, Any]:
        """As further fields."""
        return {"not_retained": self.intervals, "retained_since": self.since}

    def lines(self) -> list[str]:
        """A sentence for each program."""
        return [
            f"{program}: events before {self.since[program]} are no longer retained; "
            f"{count:,} recorded intervals were not compared"
            for program, count in sorted(self.intervals.items())
        ]


class Shown:
    """What an audit found, for people and for programs."""

    def __init__(
        self,
        plan: Plan,
        month: str,
        told: Compared,
        counted: Recount,
        records: list[Record],
        left: list[Difference],
        rejects: dict[str, int],
        gone: Gone | None = None,
    ) -> None:
        self._plan, self._month, self._told, self._counted = plan, month, told, counted
        self._records, self._left, self._rejects = records, left, rejects
        self._gone = gone

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        told = self._told
        return {
            "month": self._month,
            "lines": self._counted.lines,
            "intervals": told.intervals,
            "columns": told.columns,
            "waiting": len(told.waiting),
            "agrees": not self._left,
            "differing": len(told.differences),
            "restated": len(self._records),
            "differences": self._rows(self._left),
            "known_rejects": self._rejects,
            "refused_in_recount": self._counted.rejects,
        } | ({} if self._gone is None else self._gone.as_json())

    def show(self) -> None:
        """A line of counts, the differences that stand, and the rejects."""
        told = self._told
        print(
            f"{self._month}: {self._counted.lines:,} lines counted; {told.intervals:,} intervals with "
            f"{told.columns:,} columns compared, {len(told.waiting):,} not final yet"
        )
        print(
            f"{len(told.differences):,} differ, {len(self._records):,} restated, "
            f"{len(self._left):,} stay different"
        )
        for line in self._gone.lines() if self._gone else ():
            print(line)
        if rows := self._rows(self._left):
            print()
            print_rows(rows[:SHOWN], COLUMNS)
            if len(rows) > SHOWN:
                note(f"{len(rows) - SHOWN:,} more: --json has all of them")
        if self._rejects:
            print("\nKnown rejects of the month, not counted (floorwatch rejects list)")
            print_rows(
                [{"reason": name, "rejects": n} for name, n in sorted(self._rejects.items())],
                ("reason", "rejects"),
            )
        if any(not one.kept_as_is for one in self._left):
            note("hint: --restate records what was counted, as revisions that keep the old values")

    def _rows(self, differences: list[Difference]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for one in differences:
            program, queue, channel, site, bucket_ms, basis = one.key
            start = local_text(bucket_ms, self._plan.zone(program))
            of: dict[str, Any] = {
                "start": start,
                "program": program,
                "queue": queue,
                "channel": channel,
            }
            of |= {"site": site, "basis": basis}
            nothing = {"not recorded": (None, None)}
            for column, (was, now) in (one.changes or nothing).items():
                said = {"column": column, "recorded": was, "counted": now, "stays": one.kept_as_is}
                rows.append(of | said)
        return rows
