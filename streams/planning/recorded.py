"""Planning intervals of a queue: what was planned beside what the ledger holds (M5; definitions 6.2).

What was not recorded, or not planned, is None and not 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from schemas.chats import CHANNELS
from schemas.groups import StaffingGroup
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Target
from streams.close import Record
from streams.figures import STATES, span_start
from streams.planning.staffing import Load
from streams.view import STAFF_CHANNEL, CellKey, Curve, Planned

REQUIRED, REQUESTED, SCHEDULED = "required", "requested", "scheduled"
SOURCES = (REQUIRED, REQUESTED, SCHEDULED)
"""Where planned staff may come from, the first that there is counts unless one is named. Scheduled is
time at work, of intervals to come that on contacts; HEADS counts breaks, meals, training and meetings of the schedule too."""
HEADS = "heads"
Columns = Mapping[str, int]


class Totals(NamedTuple):
    """Ledger records by bucket of a queue, all sites together (site ""), or of a group and site."""

    columns: dict[CellKey, dict[str, int]]
    state: dict[CellKey, str]
    """The least state of what went in."""
    completeness: dict[CellKey, float]
    """The least there is."""
    arrived: dict[CellKey, set[int]]
    """Starts of a queue's buckets of which arrivals are recorded, be it none; of others only handling
    may be."""


class Interval(NamedTuple):
    """A planning interval of a queue. None: not recorded, or not planned."""

    start_ms: int
    end_ms: int
    target: Target
    planned: Load | None
    """Of the forecast, without a patience."""
    planned_staff: dict[str, float | None]
    """FTE by where they come from (SOURCES, HEADS)."""
    offered: int | None
    in_time: int
    """Answered within the first T."""
    abandoned: int
    answered: int
    waited_ms: tuple[int, int]
    """By those answered, by those who left."""
    aht_s: float | None
    """On the forecast's basis; without a forecast, of handling that ended."""
    staff: float | None
    """FTE that were there."""
    state: str
    completeness: float | None
    concurrency: float | None = None
    """Chats that people hold at once: as the settings say, else as measured in it (R10), of one to come in
    all that is recorded; of calls None."""
    shrinkage: float | None = None
    """Share of scheduled time that the forecast takes for lost; None: it says nothing."""

    @property
    def seconds(self) -> float:
        """Length, s."""
        return (self.end_ms - self.start_ms) / 1000


def totals(records: Iterable[Record]) -> Totals:
    """Sums of the newest revisions of records."""
    found = Totals({}, {}, {}, {})
    for record in records:
        site = record.site if record.channel == STAFF_CHANNEL else ""
        key = CellKey(record.program, record.queue, record.channel, site, record.bucket_ms)
        columns = found.columns.setdefault(key, {})
        for name, value in record.columns.items():
            columns[name] = columns.get(name, 0) + value
        before = found.state.get(key, record.state)
        found.state[key] = min(before, record.state, key=STATES.index)
        share = 1.0 if record.completeness is None else record.completeness
        if record.basis == "arrival":
            found.arrived.setdefault(key._replace(start_ms=0), set()).add(key.start_ms)
        found.completeness[key] = min(found.completeness.get(key, share), share)
    return found


class _Serving:
    """The groups and sites of a queue: those that the plan says serve it, or its program's where the
    plan says nothing of the program."""

    def __init__(self, plan: Plan, groups: Iterable[CellKey]) -> None:
        self._groups = sorted(groups)
        self._told = {one.program for one in plan.groups}
        self._queues = {queue for one in plan.groups for queue in one.queues}
        entries: dict[tuple[str, str], list[StaffingGroup]] = {}
        for one in plan.groups:
            entries.setdefault((one.program, one.group), []).append(one)
        self.entries = {key: _entries(entries.get(key[:2], []), key) for key in self._groups}

    def __call__(self, queue: CellKey) -> list[CellKey]:
        if queue.program not in self._told and queue.queue not in self._queues:
            return [group for group in self._groups if group.program == queue.program]
        return [
            group
            for group, of in self.entries.items()
            if of and all(queue.queue in one.queues for one in of)
        ]


def _entries(of_group: list[StaffingGroup], group: CellKey) -> list[StaffingGroup]:
    """What the plan says of a group at a site; of no site (""): at all of its sites."""
    there = [one for one in of_group if not one.sites or group.site in one.sites]
    return there if group.site or there else of_group


class Floor:
    """Whom queues have: each group's time parted as the plan says, or by its queues' planned work.

    By planned work on both sides, so that one queue's surge does not read as another's lack of people.
    """

    def __init__(
        self, plan: Plan, curves: Mapping[CellKey, Curve], asked: Mapping[CellKey, Curve],
        kept: Totals, coming: Mapping[CellKey, Columns] | None = None,
    ) -> None:  # fmt: skip
        """`curves` of queues, `asked` of groups (FTE), of all days together; `coming` what is scheduled
        and requested in buckets that the ledger does not have yet, staff columns by group and site."""
        people = {key for key in kept.columns if key.channel == STAFF_CHANNEL}
        self._coming = coming or {}
        groups = {key._replace(start_ms=0) for key in (*people, *asked, *self._coming)}
        queues = {key._replace(start_ms=0) for key in (*kept.columns, *curves)}
        queues = {key for key in queues if key.channel != STAFF_CHANNEL and key.queue}
        serving = _Serving(plan, groups)
        self._serving = {key: serving(key) for key in queues}
        self._served: dict[CellKey, list[CellKey]] = {}
        for queue, by in self._serving.items():
            for group in by:
                self._served.setdefault(group, []).append(queue)
        self._parts = {
            (group, queue): one.shares[queue.queue]
            for queue, by in self._serving.items()
            for group in by
            for one in serving.entries[group]
            if queue.queue in one.shares
        }
        self._work = _by_bucket(curves)
        self._planned = {key for key, curve in curves.items() if curve}
        self._asked: dict[CellKey, float] = {}
        for key, curve in asked.items():
            for planned in curve:
                for start in range(planned.start_ms, planned.end_ms, BUCKET_MS):
                    at = key._replace(start_ms=start)
                    self._asked[at] = self._asked.get(at, 0.0) + planned.amount
        self._told_at_once = {name: of.concurrency for name, of in plan.queues.items()}
        self._lends = {
            group for group, of in self._served.items() if any(q[0] != group[0] for q in of)
        }
        self._undivided: CellKey | None = None
        recorded = [key.start_ms for key in kept.columns]
        self._recorded = min(recorded, default=0), max(recorded, default=-BUCKET_MS) + BUCKET_MS
        self._kept = kept

    def groups(self, queue: CellKey) -> list[CellKey]:
        """The groups and sites that serve a queue; keys without a start."""
        return self._serving.get(queue, [])

    def sharers(self, queue: CellKey) -> list[CellKey]:
        """Other queues that the queue's people serve, too."""
        others = {one for group in self.groups(queue) for one in self._served[group]}
        return sorted(others - {queue})

    def pool(self, queue: CellKey) -> list[CellKey]:
        """Other queues whose contacts are anybody's who takes the queue's: [] unless all these queues have
        the same people and nothing parts them."""
        groups, others = self.groups(queue), self.sharers(queue)
        same = all(self.groups(one) == groups for one in others)
        parted = any((group, one) in self._parts for group in groups for one in (queue, *others))
        return others if same and not parted else []

    def undivided(self, queue: CellKey) -> "Floor":
        """This floor with all the people of the queue's groups counted as its own."""
        found = copy(self)
        found._undivided = queue
        return found

    def _share(self, group: CellKey, queue: CellKey, start_ms: int) -> float | None:
        """Share of a group that a queue has: as the plan says, else by planned work.

        None: several share it, and no forecast says how much. A queue without any forecast has no part
        of what is shared: its own people are unknown.
        """
        served, told = self._served[group], self._parts.get((group, queue))
        if queue == self._undivided:
            return 1.0
        if told is not None:
            return told
        if len(served) == 1:
            return 1.0
        if queue not in self._planned:
            return None
        parts = {one: self._work.get(one._replace(start_ms=start_ms), 0.0) for one in served}
        total = sum(parts.values())
        return parts[queue] / total if total > 0 else None

    def fte(self, queue: CellKey, start_ms: int, end_ms: int, source: str) -> float | None:
        """Mean FTE of an interval: available (source ""), or of one of SOURCES, or HEADS.

        None: no group of the queue has a figure in some bucket of it.
        """
        total, starts = 0.0, range(start_ms, end_ms, BUCKET_MS)
        for start in starts:
            known = False
            for group in self.groups(queue):
                amount = self._amount(group._replace(start_ms=start), source)
                part = None if amount is None else self._share(group, queue, start)
                if amount is not None and part is not None:
                    total, known = total + amount * part, True
            if not known:
                return None
        return total / len(starts)

    def concurrency(self, queue: CellKey, start_ms: int, end_ms: int) -> float | None:
        """Chats that the queue's people hold at once while they hold any: as the settings say, or as
        measured in [start, end) ms; None: of calls, or unknown."""
        if queue.channel not in CHANNELS:
            return None
        if told := self._told_at_once.get(queue.queue):
            return told
        held = busy = 0
        for group in self.groups(queue):
            for start in range(start_ms, end_ms, BUCKET_MS):
                columns = self._kept.columns.get(group._replace(start_ms=start), {})
                held += columns.get("sess_ms", 0)
                busy += columns.get("chat_busy_union_ms", 0)
        return max(1.0, held / busy) if busy else None

    def usual_concurrency(self, queue: CellKey) -> float | None:
        """The same over all that is recorded."""
        return self.concurrency(queue, *self._recorded)

    def _amount(self, at: CellKey, source: str) -> float | None:
        if source == REQUIRED:
            return self._asked.get(at)
        columns: Columns | None = self._kept.columns.get(at)
        if columns is None and source:
            columns = self._coming.get(at)
        if columns is None:
            return None
        if source == REQUESTED:
            asked = columns.get("req_fte_ms")
            return None if asked is None else asked / BUCKET_MS
        if source == HEADS:
            return columns["sched_ms"] / BUCKET_MS if columns.get("sched_ms") else None
        if source == SCHEDULED:
            work = columns.get("sched_work_ms", 0)
            return work / BUCKET_MS if work or columns.get("sched_ms") else None
        # Work for another program is what a group is there for where the plan says that it serves it.
        lent = 0 if at._replace(start_ms=0) in self._lends else columns.get("lent_ms", 0)
        return (columns.get("staffed_ms", 0) - lent) / BUCKET_MS


def _by_bucket(curves: Mapping[CellKey, Curve]) -> dict[CellKey, float]:
    """Planned work of each queue and bucket, s."""
    found = {}
    for key, curve in curves.items():
        for planned in curve:
            starts = range(planned.start_ms, planned.end_ms, BUCKET_MS)
            work = planned.amount * (planned.aht_s or 0.0) / planned.concurrency / len(starts)
            found.update({key._replace(start_ms=start): work for start in starts})
    return found


def intervals(
    plan: Plan, queue: CellKey, curve: Sequence[Planned], floor: Floor, kept: Totals,
    since_ms: int, until_ms: int,
) -> list[Interval]:  # fmt: skip
    """A queue's intervals that begin in [since, until) ms: the forecast's, and where there is none the
    program's planning intervals of which something was recorded."""
    spans = {
        one.start_ms: (one.end_ms, one) for one in curve if since_ms <= one.start_ms < until_ms
    }
    covered = {s for one in curve for s in range(one.start_ms, one.end_ms, BUCKET_MS)}
    minutes = plan.program(queue.program).planning_interval_min
    found: dict[int, tuple[int, Planned | None]] = dict(spans)
    for bucket in kept.arrived.get(queue, set()) - covered:
        start = span_start(plan, queue.program, bucket, f"{minutes}min")  # type: ignore[arg-type]
        if since_ms <= start < until_ms:
            found.setdefault(start, (start + minutes * 60_000, None))
    return [
        _interval(plan, queue, floor, kept, start, *found[start]) for start in sorted(found)
    ]  # fmt: skip


def _interval(
    plan: Plan, queue: CellKey, floor: Floor, kept: Totals, start: int, end: int,
    planned: Planned | None,
) -> Interval:  # fmt: skip
    keys = [queue._replace(start_ms=at) for at in range(start, end, BUCKET_MS)]
    arrived = kept.arrived.get(queue, set())
    told = all(key.start_ms in arrived for key in keys)
    sums: dict[str, int] = {}
    for key in keys:
        for name, value in kept.columns.get(key, {}).items():
            sums[name] = sums.get(name, 0) + value
    seconds = (end - start) / 1000
    load = None
    if planned is not None and planned.aht_s is not None:
        load = Load(planned.amount, seconds, planned.aht_s, None, planned.concurrency)
    return Interval(
        start,
        end,
        plan.target_at(queue.queue, start),
        load,
        {source: floor.fte(queue, start, end, source) for source in (*SOURCES, HEADS)},
        sums.get("offered", 0) if told else None,
        sums.get("ans_in_T1", 0),
        sums.get("abn", 0),
        sums.get("ans", 0),
        (sums.get("wait_ans_ms", 0), sums.get("wait_abn_ms", 0)),
        handle_time(sums, planned.basis if planned is not None else "end") if told else None,
        floor.fte(queue, start, end, ""),
        min((kept.state[key] for key in keys), key=STATES.index) if told else "unknown",
        min(kept.completeness[key] for key in keys) if told else None,
        floor.concurrency(queue, start, end) if told else floor.usual_concurrency(queue),
        (planned.shrinkage or None) if planned is not None else None,
    )


def first_told(intervals: Sequence[Interval], sources: Sequence[str]) -> str | None:
    """The first of these sources of planned staff that says something of any interval."""
    for source in sources:
        if any(one.planned_staff.get(source) is not None for one in intervals):
            return source
    return None


def handle_time(sums: Columns, basis: str) -> float | None:
    """Mean handle time, s, on a forecast's basis; None without contacts, and for clipped time, which
    has no count of contacts."""
    if basis == "cohort":
        total, contacts = sums.get("cohort_handle_ms", 0), sums.get("cohort_handled", 0)
    else:
        total = sum(sums.get(name, 0) for name in ("talk_ms", "hold_ms", "acw_ms"))
        contacts = sums.get("handled", 0) if basis == "end" else 0
    return total / 1000 / contacts if contacts else None
