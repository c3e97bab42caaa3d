"""Reading the ledger: intervals, days and months of queues, programs and the network."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kernels.columns import STAFF_ROW, WAIT_BINS
from schemas.bots import BOT_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.outbound import WORK_CHANNELS
from schemas.targets import Plan
from streams.attainment import filled
from streams.close import Record
from streams.kpis import Histograms, Parts, Pooled, Reading, of_groups
from streams.selection import SELECTED, Tells, tells_of
from streams.view import STAFF_CHANNEL, QueueKey

Span = Literal["15min", "30min", "60min", "day", "month", "quarter"]
CALENDAR = ("day", "month", "quarter")
Level = Literal["queue", "program", "network"]
K = TypeVar("K")
STATES = ("OPEN", "PROVISIONAL", "FINAL", "RESTATED")


class FigureKey(NamedTuple):
    """What a figure is of. `start_ms`: start of the local interval, day or month, ms UTC."""

    start_ms: int
    program: str
    queue: str
    site: str
    group: str = ""
    """Of a staffing group; a queue may have the same name."""


class GroupDay(NamedTuple):
    """A local day, 2026-01-31, of a staffing group at a site."""

    program: str
    group: str
    site: str
    day: str


@dataclass
class Figure:
    """Pooled columns of one key, with the least state and greatest revision that went in."""

    span_ms: int
    """Length of the interval, day or month: what load is averaged over."""
    columns: dict[str, int] = field(default_factory=dict)
    wait_hist: dict[int, int] = field(default_factory=dict)
    resp_hist: dict[int, int] = field(default_factory=dict)
    by_channel: dict[str, dict[str, int]] = field(default_factory=dict)
    """What each channel has of the columns: some KPIs are of one channel only."""
    by_target: dict[tuple[int, ...], dict[str, int]] = field(default_factory=dict)
    """Arrival columns per set of T (ms), so that each contact is read against its own."""
    latency_hist: dict[int, int] = field(default_factory=dict)
    by_owner: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """Per program and channel: columns of KPIs that are read from certain rows, or reported by some."""
    tells: Tells = field(default_factory=dict)
    """What the sources of each program are said to report."""
    whole: bool = True
    """Of a program or more: KPIs of programs can be read."""
    state: str = "RESTATED"
    revision: int = 0
    covered: float = 0.0
    """Sum over arrival records of the share of each interval that its feeds covered."""
    records: int = 0
    intervals: set[int] = field(default_factory=set)
    """Starts of the buckets that went in, ms UTC."""
    staffed: set[GroupDay] = field(default_factory=set)
    """Of a day or month: groups with paid or logged-in time, by local day."""

    def add(self, record: Record, thresholds_ms: tuple[int, ...]) -> None:
        """Pool one ledger record counted with these T."""
        _sum_into(self.columns, record.columns)
        _sum_into(self.by_channel.setdefault(record.channel, {}), record.columns)
        hist = self.resp_hist if record.basis == "receipt" else self.wait_hist
        hist = self.latency_hist if record.channel == BOT_CHANNEL else hist
        _sum_into(hist, record.wait_hist)
        parts = {name: n for name, n in record.columns.items() if name in SELECTED}
        if parts:
            owner = (record.program, record.channel)
            _sum_into(self.by_owner.setdefault(owner, {}), parts)
        if record.basis == "arrival":
            _sum_into(self.by_target.setdefault(thresholds_ms, {}), record.columns)
            known = _known(record.columns)
            self.records += 1
            self.covered += (record.completeness or 0.0) / known if known else 1.0
        elif record.channel == STAFF_CHANNEL:
            self.records += 1
            self.covered += record.completeness or 0.0
        self.state = self._least(record.state)
        self.intervals.add(record.bucket_ms)
        self.revision = max(self.revision, record.revision)

    def join(self, other: "Figure") -> None:
        """Pool another figure of the same span: of another queue or group."""
        for name in ("columns", "wait_hist", "resp_hist", "latency_hist"):
            _sum_into(getattr(self, name), getattr(other, name))
        for name in ("by_channel", "by_target", "by_owner"):
            for part, columns in getattr(other, name).items():
                _sum_into(getattr(self, name).setdefault(part, {}), columns)
        if other.tells != self.tells:
            self.tells = {**self.tells, **other.tells}
        self.covered += other.covered
        self.records += other.records
        self.state = self._least(other.state)
        self.intervals |= other.intervals
        self.staffed |= other.staffed
        self.revision = max(self.revision, other.revision)

    @property
    def completeness(self) -> float | None:
        """Mean cover of the intervals by their feeds x share of contacts with known outcome."""
        return self.covered / self.records * _known(self.columns) if self.records else None

    def kpis(self) -> dict[str, Reading]:
        """Every KPI of the catalogue, read from the pooled columns."""
        waits = _bins(self.wait_hist)
        groups = {t: Pooled(columns, waits) for t, columns in self.by_target.items()}
        hists = Histograms(waits, _bins(self.resp_hist), _bins(self.latency_hist))
        sorts = Parts(self.by_channel, self.by_owner, self.tells)
        found = of_groups(self.columns, groups, hists, self.span_ms, sorts)
        return found if self.whole else {k: v for k, v in found.items() if not _of_program(k)}

    def _least(self, state: str) -> str:
        if {self.state, state} == {"FINAL", "RESTATED"}:
            return "RESTATED" if self.intervals else state
        return min(self.state, state, key=STATES.index) if self.intervals else state


def _of_program(key: str) -> bool:
    return KPIS[key].program_wide


def _bins(counts: Mapping[int, int]) -> NDArray[np.int64]:
    hist = np.zeros(WAIT_BINS, np.int64)
    for edge, count in counts.items():
        hist[edge] = count
    return hist


_KNOWN = {"offered": "outcome_unknown", "conv_start": "conv_unknown"}
_KNOWN |= {"migrated_start": "migrated_unknown", "ivr_ans": "ivr_unknown"}
_KNOWN |= dict.fromkeys(("case_received", "case_carried", "rec_listed", "rec_carried"), "")
"""Counts of contacts and conversations, with the part of which the outcome is unknown; what becomes of
cases and records is always known."""


def _known(columns: Mapping[str, int]) -> float:
    all_told = sum(columns.get(name, 0) for name in _KNOWN)
    of = all_told + columns.get("orphan", 0) + columns.get("ivr_orphan", 0)
    unknown = sum(columns.get(name, 0) for name in _KNOWN.values())
    return (all_told - unknown) / of if of else 1.0


def _sum_into(total: dict[K, int], part: Mapping[K, int]) -> None:
    for name, value in part.items():
        total[name] = total.get(name, 0) + value


def figures(
    records: Iterable[Record], plan: Plan, span: Span, level: Level, sites: bool = False
) -> Iterator[tuple[FigureKey, Figure]]:
    """Pool ledger records (newest revisions, in time order) to a span and a level.

    Spans are local to each program; the network's are the programs' taken together. With `sites`,
    end-based and clipped columns stand by site, arrivals at site "" (definitions 6.5).
    """
    pooled: dict[FigureKey, Figure] = {}
    starts: dict[tuple[str, int], int] = {}
    days: dict[tuple[str, int], str] = {}
    whole_days = span in CALENDAR
    told = dict[str, Collection[str]]()
    for record in attained(plan, records):
        at = (record.program, record.bucket_ms)
        if at not in starts:
            starts[at] = span_start(plan, record.program, record.bucket_ms, span)
            told |= {} if record.program in told else tells_of(plan, [record.program])
        key = FigureKey(
            starts[at],
            "" if level == "network" else record.program,
            record.queue if level == "queue" and record.channel != STAFF_CHANNEL else "",
            record.site if sites else "",
            record.queue if level == "queue" and record.channel == STAFF_CHANNEL else "",
        )
        target = plan.target_at(record.queue, record.bucket_ms).thresholds_ms
        if key not in pooled:
            end = span_end(plan, record.program, starts[at], span)
            pooled[key] = Figure(end - starts[at], whole=level != "queue", tells=told)
        of_queue = record.queue and record.channel not in _WITHOUT_T
        pooled[key].add(record, target if of_queue else ())
        if whole_days and not record.columns.keys().isdisjoint(_PAID_FOR):
            if at not in days:
                days[at] = _local_day(plan, *at)
            pooled[key].staffed.add(GroupDay(record.program, record.queue, record.site, days[at]))
    yield from sorted(pooled.items())


_WITHOUT_T = frozenset((*TECHNOLOGY_CHANNELS, *WORK_CHANNELS))
_PAID_FOR = {"paid_ms", "logged_in_ms"}


def _local_day(plan: Plan, program: str, moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, plan.zone(program)).date().isoformat()


def attained(plan: Plan, records: Iterable[Record]) -> Iterator[Record]:
    """The same records, those of staffing groups with the attainment columns, contacts' first."""
    people = []
    for record in records:
        if record.channel == STAFF_CHANNEL:
            people.append(record)
        else:
            yield record
    if not people:
        return
    keys = list(dict.fromkeys(QueueKey(r.program, r.queue, r.channel) for r in people))
    sites = list(dict.fromkeys(r.site for r in people))
    code = {key: number for number, key in enumerate(keys)}
    at_site = {site: number for number, site in enumerate(sites)}
    columns = np.array([[r.columns.get(name, 0) for name in STAFF_ROW] for r in people], np.int64)
    queue = np.array([code[QueueKey(r.program, r.queue, r.channel)] for r in people], np.int64)
    site = np.array([at_site[r.site] for r in people], np.int64)
    bucket = np.array([r.bucket_ms // BUCKET_MS for r in people], np.int64)
    rows = filled(plan, keys, queue, site, bucket, columns).tolist()
    for record, row in zip(people, rows, strict=True):
        yield record._replace(columns={n: v for n, v in zip(STAFF_ROW, row, strict=True) if v})


def span_start(plan: Plan, program: str, moment_ms: int, span: Span) -> int:
    """Start of the program's local interval, day or month that holds a moment, ms UTC."""
    zone = plan.zone(program)
    local = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone)
    if span in CALENDAR:
        day = local.day if span == "day" else 1
        month = local.month if span != "quarter" else (local.month - 1) // 3 * 3 + 1
        start = local.replace(
            month=month, day=day, hour=0, minute=0, second=0, microsecond=0, fold=0
        )
        return round(start.timestamp() * 1000) // BUCKET_MS * BUCKET_MS
    minutes = int(span.removesuffix("min"))
    return moment_ms - (local.minute % minutes * 60_000 + moment_ms % 60_000)


def span_end(plan: Plan, program: str, start_ms: int, span: Span) -> int:
    """End of the interval, day or month that begins at `start_ms`, ms UTC."""
    if span not in CALENDAR:
        return start_ms + int(span.removesuffix("min")) * 60_000
    # 36 h past the start lies in the next day, 40 days in the next month, 100 in the next quarter.
    ahead = {"day": 36, "month": 40 * 24, "quarter": 100 * 24}[span]
    return span_start(plan, program, start_ms + ahead * 3_600_000, span)
