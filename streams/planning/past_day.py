"""A day as the ledger tells it, as the view that deviation and outlook read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW
from schemas.actions import Action
from schemas.bots import TECHNOLOGY_CHANNELS
from schemas.keys import BUCKET_MS, Basis
from schemas.outbound import WORK_CHANNELS
from schemas.targets import Plan
from streams.close import Record
from streams.view import STAFF_CHANNEL, CellKey, Cells, DayPlan, View

OF_ARRIVAL, OF_HANDLING = (Basis.ARRIVAL, Basis.COHORT), (Basis.END, Basis.CLIPPED)
CLOSED = ("FINAL", "RESTATED")
LATEST_MS = 2**62
"""Behind every moment: of a plan that was imported late, too, the official version is told."""


class Kept(NamedTuple):
    """What a store holds of a time: newest ledger records, the plan they were counted by, forecasts."""

    records: Sequence[Record]
    plan: Plan
    planned: Callable[[int, int], DayPlan]
    """The plan of the local day that holds a moment (ms), of versions published up to another."""


def of_queues(records: Iterable[Record]) -> list[Record]:
    """Those of human queues."""
    others = (STAFF_CHANNEL, *WORK_CHANNELS, *TECHNOLOGY_CHANNELS)
    return [one for one in records if one.queue and one.channel not in others]


def view_of(
    records: Sequence[Record], plan: DayPlan, at_ms: int, left_out: tuple[Action, ...] = ()
) -> View:
    """What was known of a day at `at_ms`: intervals that were over by then, at their newest value."""
    known = [one for one in of_queues(records) if one.bucket_ms + BUCKET_MS <= at_ms]
    programs = {one.program for one in known} | {key.program for key in plan.official}
    return View(
        at_ms=at_ms,
        arrival=_cells(known, OF_ARRIVAL, ARRIVAL_ROW),
        handling=_cells(known, OF_HANDLING, HANDLING_ROW),
        day_arrival=_cells([], (), ARRIVAL_ROW),
        day_handling=_cells([], (), HANDLING_ROW),
        waiting_in_T={},
        now={},
        flow={},
        sources=(),
        watermarks=dict.fromkeys(programs, at_ms),
        queues=(),
        day_plan=plan,
        left_out=left_out,
    )


def _cells(records: Iterable[Record], bases: Collection[str], names: Sequence[str]) -> Cells:
    found: dict[CellKey, dict[str, int]] = {}
    for one in records:
        if one.basis in bases:
            key = CellKey(one.program, one.queue, one.channel, one.site, one.bucket_ms)
            found.setdefault(key, {}).update(one.columns)
    rows = [[columns.get(name, 0) for name in names] for columns in found.values()]
    shaped = np.array(rows, np.int64).reshape(len(rows), len(names))
    return Cells(tuple(found), shaped, np.zeros((len(rows), 0), np.int64))


class Closed:
    """Which intervals the ledger holds, as a rule at a value that no longer changes unsaid."""

    def __init__(
        self, records: Iterable[Record], plan: Plan, states: Collection[str] = CLOSED
    ) -> None:
        self._plan = plan
        self._queues: set[tuple[str, str, int]] = set()
        self._newest: dict[str, int] = {}
        closed = [one for one in records if one.state in states]
        for one in closed:
            self._newest[one.program] = max(self._newest.get(one.program, -1), one.bucket_ms)
        for one in of_queues(closed):
            if one.basis == Basis.ARRIVAL:
                self._queues.add((one.program, one.queue, one.bucket_ms))

    def holds(self, program: str, queue: str, start_ms: int, end_ms: int) -> bool:
        """Whether every interval of a range is closed.

        An interval in which a queue is not open, or of a queue that the plan does not list, has no
        record where nobody came: a later record of its program says that it is over.
        """
        newest = self._newest.get(program, -1)
        return all(
            (program, queue, at) in self._queues or (at <= newest and not self._open(queue, at))
            for at in range(start_ms, end_ms, BUCKET_MS)
        )

    def _open(self, queue: str, start_ms: int) -> bool:
        """Whether a queue is listed, and open at the start of an interval."""
        of = self._plan.queues.get(queue)
        zone = self._plan.zone(of.program) if of else None
        return bool(of and zone and of.opening_hours.open_in(start_ms // BUCKET_MS, zone))


def between(amounts: Mapping[tuple[int, int], float], start_ms: int, end_ms: int) -> float | None:
    """What intervals (start, end) ms have in a range, by their share of it; None where one is missing."""
    total, covered = 0.0, 0
    for (begins, ends), amount in amounts.items():
        shared = min(ends, end_ms) - max(begins, start_ms)
        if shared > 0:
            total += amount * shared / (ends - begins)
            covered += shared
    return total if covered == end_ms - start_ms else None
