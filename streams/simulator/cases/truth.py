"""Ground truth of deferred work: what happened to each case, when it happened.

Nothing here is read back from events. Meanings: definitions 5 D1 and D2, `kernels/CASES.md`.
"""

from dataclasses import dataclass
from typing import Any

from schemas.deferred import DEFERRED_CHANNEL
from streams.simulator.sums import Cell, Sums, cell


@dataclass(slots=True, eq=False)
class Case:
    """What a customer waits for. Times in ms UTC; `closed_ms`: when it was done or withdrawn."""

    name: str
    program: str
    queue: str
    due_ms: int
    closed_ms: int | None = None
    done: bool = False

    def at(self, time_ms: int) -> Cell:
        """Where something of it counts."""
        return cell(self.program, self.queue, DEFERRED_CHANNEL, time_ms)


class CaseTruth:
    """Sums of what customers asked for and got."""

    def __init__(self) -> None:
        self._sums = Sums()
        self._cases: list[Case] = []

    def received(self, case: Case, now_ms: int) -> None:
        """A customer asked for something."""
        self._cases.append(case)
        self._sums.add(case.at(now_ms), "case_received")

    def closed(self, case: Case, now_ms: int, done: bool) -> None:
        """The customer has it, or does not want it any more."""
        case.closed_ms, case.done = now_ms, done
        self._sums.add(case.at(now_ms), "done_n" if done else "withdrawn_n")
        self._sums.add(case.at(now_ms), "done_ontime_n", done and now_ms <= case.due_ms)

    def reopened(self, case: Case, now_ms: int) -> None:
        """It was not done after all."""
        case.closed_ms, case.done = None, False
        self._sums.add(case.at(now_ms), "reopened_n")

    def day_ended(self, midnight_ms: int) -> None:
        """Count what is there at the end of a local day."""
        for case in self._cases:
            if case.closed_ms is not None:
                continue
            at = case.at(midnight_ms - 1)
            self._sums.add(at, "snap_open_n")
            if case.due_ms < midnight_ms:
                self._sums.add(at, "snap_late_n")
                self._sums.add(at, "snap_late_ms", midnight_ms - case.due_ms)

    def rows(self, now_ms: int) -> list[dict[str, Any]]:
        """Columns that are not 0, sorted by key; what will fall due counts as pending.

        `[{program, queue, channel, site, bucket_ms, columns}]`.
        """
        sums = self._sums.copy()
        for case in self._cases:
            at = case.at(case.due_ms)
            in_time = case.closed_ms is not None and case.closed_ms <= case.due_ms
            if in_time and not case.done:
                continue  # withdrawn
            if now_ms < case.due_ms:
                sums.add(at, "due_pending_n")
            else:
                sums.add(at, "due_n")
                sums.add(at, "due_ontime_n", in_time)
        return sums.listed()
