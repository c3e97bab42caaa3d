"""The plan as a store knows it: every version of its figures and schedules, without a run.

What `run` has taken in is in the snapshot, for 40 days; what was imported is in the log beside the
store for ever. Both are the same facts, and facts told twice count once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from kernels.columns import STAFF_ROW
from schemas.actions import Action
from schemas.targets import Plan
from streams import staff
from streams.errors import UserError
from streams.planning.book import Book
from streams.planning.day import day_plan, day_plan_as_of, left_out_around
from streams.planning.scheduled import customer_work
from streams.settings import Settings
from streams.shard import Shard
from streams.view import CellKey, DayPlan, QueueKey, View

BATCH = 5_000
SCHEDULED = ("sched_ms", "sched_work_ms", "req_fte_ms")


class _Row(msgspec.Struct):
    end: int


_ROW = msgspec.json.Decoder(_Row).decode


class Versions:
    """Every version there is. Raises UserError for a snapshot or a file that cannot be read."""

    def __init__(
        self,
        plan: Plan,
        snapshot: bytes | None,
        log: Path | None = None,
        files: Sequence[Path] = (),
        settings: Settings | None = None,
        schedules_from_ms: float = 0,
    ) -> None:
        """`log` may be missing and hold what was rejected; `files` are events without an error.

        Schedules that ended two days before `schedules_from_ms` or earlier are not read again: the ledger
        has them, and a state keeps so many of a person only.
        """
        self._ended_ms = schedules_from_ms - 2 * 86_400_000
        of = settings or Settings()
        self._shard = Shard(plan, of.limits, of.sources, privacy=of.staff)
        self._as_of: dict[tuple[int, int], DayPlan] = {}
        if snapshot is not None:
            self._shard.restore(snapshot, counting=False)
        if log is not None and log.exists():
            self._take(log)
        for path in files:
            self._shard.rejects.clear()
            self._take(path)
            for refused in self._shard.rejects:
                raise UserError(
                    f"{path}: {refused.reason}: {refused.detail}",
                    "name files of events, as `plan import --out` writes them",
                )

    def _take(self, path: Path) -> None:
        shard = self._shard
        for batch in _batches(path):
            lines = [line for line in batch if not self._is_past(line)]
            first = shard.positions.get("plan", 0)
            shard.fold("plan", first, range(first, first + len(lines)), lines)

    def _is_past(self, line: bytes) -> bool:
        if b'"scheduled"' not in line:
            return False
        try:
            return _ROW(line).end < self._ended_ms
        except msgspec.MsgspecError:
            return False  # it becomes a reject

    def view(self, actions: Iterable[Action] = ()) -> View:
        """What was live at the newest checkpoint, against the plan as it is known now; `actions` may
        leave ranges out."""
        left_out = left_out_around(actions, self.known_ms)
        return replace(self._shard.view(self.known_ms), left_out=left_out)

    @property
    def known_ms(self) -> int:
        """How far the feeds had told at the newest checkpoint; 0 without one."""
        return max(0, *self._shard.feeds.watermarks().values(), 0)

    @property
    def book(self) -> Book:
        """The figures, of the queues and groups of `queues`."""
        return self._shard.forecasts

    @property
    def queues(self) -> Sequence[QueueKey]:
        """Keys by the codes of the book."""
        return self._shard.names.queues

    @property
    def sites(self) -> Sequence[str]:
        """Names by the codes of the book."""
        return self._shard.names.sites

    def as_of(self, moment_ms: int, as_of_ms: int) -> DayPlan:
        """The plan of the local day that holds a moment, of the versions published up to another one."""
        found = self._as_of.get((moment_ms, as_of_ms))
        if found is None:
            found = day_plan_as_of(self._shard, moment_ms, as_of_ms)
            self._as_of[moment_ms, as_of_ms] = found
        return found

    def day(self, moment_ms: int) -> DayPlan:
        """The plan of the local day that holds a moment."""
        return day_plan(self._shard, moment_ms)

    def scheduled(self, until_ms: int) -> dict[CellKey, dict[str, int]]:
        """Scheduled time and FTE asked of each group, site and bucket up to `until_ms`, staff columns.

        Time at work is that on contacts from the checkpoint on. Buckets that have left the state (6 h
        behind the feeds, as a rule) are in the ledger.
        """
        shard = self._shard
        until = np.full(len(shard.names.programs), until_ms, np.int64)
        cells = staff.with_open(shard, until)
        used = int(cells.used[0])
        places = [STAFF_ROW.index(name) for name in SCHEDULED]
        keys, rows = shard.names.cell_keys(cells.keys[:used]), cells.columns[:used, places].tolist()
        found: dict[CellKey, dict[str, int]] = {
            key: dict(zip(SCHEDULED, row, strict=True)) for key, row in zip(keys, rows, strict=True)
        }
        begins = min((key.start_ms for key in found), default=until_ms)
        off = customer_work(shard, max(begins, self.known_ms), until_ms)
        for at, ms in off.items():
            if (of := found.get(at)) is not None:
                of["sched_work_ms"] -= ms
        # No column says whether anybody was planned: 0 of what nobody planned is not known.
        return {key: {n: v for n, v in sums.items() if v} for key, sums in found.items()}


def _batches(path: Path) -> Iterator[list[bytes]]:
    try:
        with path.open("rb") as lines:
            while batch := [line for line in islice(lines, BATCH) if line.strip()]:
                yield batch
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "check the name") from None
