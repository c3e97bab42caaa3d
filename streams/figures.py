"""Reading the ledger: intervals, days and months of queues, programs and the network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.close import Record

Span = Literal["15min", "30min", "60min", "day", "month"]
Level = Literal["queue", "program", "network"]
STATES = ("OPEN", "PROVISIONAL", "FINAL", "RESTATED")


class FigureKey(NamedTuple):
    """What a figure is of. `start_ms`: start of the local interval, day or month, ms UTC."""

    start_ms: int
    program: str
    queue: str
    site: str


@dataclass
class Figure:
    """Pooled columns of one key, with the least state and greatest revision that went in."""

    columns: dict[str, int] = field(default_factory=dict)
    wait_hist: dict[int, int] = field(default_factory=dict)
    by_queue: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """Columns per (queue, bucket start ms), so that each is read against its own T."""
    state: str = "RESTATED"
    revision: int = 0
    completeness: float | None = None
    intervals: int = 0

    def add(self, record: Record) -> None:
        """Pool one ledger record."""
        for name, value in record.columns.items():
            self.columns[name] = self.columns.get(name, 0) + value
        for edge, count in record.wait_hist.items():
            self.wait_hist[edge] = self.wait_hist.get(edge, 0) + count
        cell = self.by_queue.setdefault((record.queue, record.bucket_ms), {})
        for name, value in record.columns.items():
            cell[name] = cell.get(name, 0) + value
        self.state = self._least(record.state)
        self.revision = max(self.revision, record.revision)
        self.intervals += record.basis == "arrival"
        if record.completeness is not None:
            known = 1.0 if self.completeness is None else self.completeness
            self.completeness = min(known, record.completeness)

    def _least(self, state: str) -> str:
        if {self.state, state} == {"FINAL", "RESTATED"}:
            return "RESTATED" if self.intervals else state
        return min(self.state, state, key=STATES.index) if self.intervals else state


def figures(
    records: Iterable[Record], plan: Plan, span: Span, level: Level, sites: bool = False
) -> Iterator[tuple[FigureKey, Figure]]:
    """Pool ledger records (newest revisions, in time order) to a span and a level.

    Spans are local to each program; the network's are the programs' taken together. With `sites`,
    end-based and clipped columns stand by site, arrivals at site "" (definitions 6.5).
    """
    pooled: dict[FigureKey, Figure] = {}
    starts: dict[tuple[str, int], int] = {}
    for record in records:
        at = (record.program, record.bucket_ms)
        if at not in starts:
            starts[at] = span_start(plan, record.program, record.bucket_ms, span)
        key = FigureKey(
            starts[at],
            "" if level == "network" else record.program,
            record.queue if level == "queue" else "",
            record.site if sites else "",
        )
        pooled.setdefault(key, Figure()).add(record)
    yield from sorted(pooled.items())


def span_start(plan: Plan, program: str, moment_ms: int, span: Span) -> int:
    """Start of the program's local interval, day or month that holds a moment, ms UTC."""
    zone = plan.zone(program)
    local = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone)
    if span in ("day", "month"):
        day = 1 if span == "month" else local.day
        start = local.replace(day=day, hour=0, minute=0, second=0, microsecond=0, fold=0)
        return round(start.timestamp() * 1000) // BUCKET_MS * BUCKET_MS
    minutes = int(span.removesuffix("min"))
    return moment_ms - (local.minute % minutes * 60_000 + moment_ms % 60_000)
