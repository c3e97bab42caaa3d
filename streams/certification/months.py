"""Months and quarters as they are certified: pooled from final intervals only (definitions 7.1).

What is not final, or was never recorded while the queue was open, lowers the completeness. Groups and
technology have no opening hours: of them days count that lie before or after all that is recorded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from kernels.columns import STAFF_ROW
from schemas.bots import TECHNOLOGY_CHANNELS
from schemas.catalog import KPIS
from schemas.columns import TEMPLATES
from schemas.deferred import DEFERRED_CHANNEL
from schemas.keys import BUCKET_MS
from schemas.kpi import Formula, Kpi
from schemas.outbound import OUTBOUND_CHANNEL
from schemas.payroll import PaidTime
from schemas.pst import Decisions, MonthValue, quarter_of
from schemas.targets import Plan, Queue
from streams.close import Record
from streams.figures import Figure, FigureKey, figures, span_end, span_start
from streams.kpis import Value, seconds_text, value
from streams.payroll import PAID, Selected, with_payroll
from streams.selection import CONTACTS, given, is_told, selected

Calendar = Literal["month", "quarter"]
FINAL = ("FINAL", "RESTATED")
_OF_MACHINES = frozenset(TECHNOLOGY_CHANNELS)
_OF_CONTACTS = frozenset(CONTACTS)
HOUR_MS = 3_600_000
SCHEDULED_PAY = ("utilization",)
"""KPIs over scheduled paid time: of a month they are provisional, payroll has the last word (R8)."""


class Owner(NamedTuple):
    """A queue (or technology) or a staffing group of a program; a program where both are ""."""

    program: str
    queue: str = ""
    group: str = ""


@dataclass
class Recorded:
    """What is final of an owner's month or quarter. `missing`: open intervals without a record."""

    figure: Figure
    missing: int = 0
    waiting: int = 0
    """Records that are not final yet."""
    recorded: float = 1.0
    """Share of the span's days that lie within what is recorded of the program, of other than queues."""
    over: bool = True

    @property
    def completeness(self) -> float | None:
        """Share of the span that is recorded, final and covered x contacts with known outcome."""
        due = self.figure.records + self.missing + self.waiting
        found = self.figure.completeness
        if found is None:
            return 0.0 if due else self.recorded
        return found * min(self.figure.records / due, self.recorded)

    @property
    def state(self) -> Literal["OPEN", "PROVISIONAL", "FINAL", "RESTATED"]:
        """OPEN until its last local day is there, PROVISIONAL while records wait to be final."""
        if not self.over:
            return "OPEN"
        if self.waiting:
            return "PROVISIONAL"
        return "RESTATED" if self.figure.state == "RESTATED" and self.figure.intervals else "FINAL"

    def join(self, other: "Recorded") -> None:
        """Pool what is recorded of another queue or group of the same span."""
        self.figure.join(other.figure)
        self.missing += other.missing
        self.waiting += other.waiting
        self.recorded = min(self.recorded, other.recorded)
        self.over = self.over and other.over


class Known(NamedTuple):
    """Of a whole ledger: by program the local days it has, as ms UTC of start and end; payroll."""

    days: Mapping[str, tuple[int, int]]
    paid: Sequence[PaidTime] = ()


Book = dict[tuple[str, Owner], Recorded]
"""By month (2026-03) or quarter (2026-Q1), and owner."""


def book(records: Iterable[Record], plan: Plan, spans: Sequence[Calendar], known: Known) -> Book:
    """Months and quarters of all owners of these newest revisions."""
    told = list(records)
    final = [record for record in told if record.state in FINAL]
    months = list(figures(final, plan, "month", "queue"))
    found: Book = {}
    for span in spans:
        waiting = _waiting(plan, told, span)
        pooled = _pooled(months, plan, span)
        for key, figure in with_payroll(pooled, known.paid, plan, Selected(known.days)):
            owner = Owner(key.program, key.queue, key.group)
            found[label(plan, key.program, key.start_ms, span), owner] = Recorded(figure)
        _note_waiting(found, plan, waiting)
        _note_missing(found, plan, span)
    ended_ms = max((end for _, end in known.days.values()), default=0)
    for (period, owner), recorded in found.items():
        start_ms, end_ms = bounds(plan, owner.program, period)
        recorded.over = ended_ms >= end_ms
        if not owner.queue or _is_of_machines(recorded.figure):
            first, end = known.days.get(owner.program, (0, 0))
            inside = min(end, end_ms) - max(first, start_ms)
            recorded.recorded = max(0, inside) / (end_ms - start_ms)
    return found


def _pooled(
    months: Sequence[tuple[FigureKey, Figure]], plan: Plan, span: Calendar
) -> Iterator[tuple[FigureKey, Figure]]:
    """Months of queues and groups as they are or as quarters, and those of their programs."""
    sums: dict[FigureKey, Figure] = {}
    for key, month in months:
        start_ms = span_start(plan, key.program, key.start_ms, span)
        for of in {key._replace(start_ms=start_ms), FigureKey(start_ms, key.program, "", "")}:
            if of not in sums:
                end_ms = span_end(plan, key.program, start_ms, span)
                sums[of] = Figure(end_ms - start_ms, whole=not (of.queue or of.group))
            sums[of].join(month)
    yield from sums.items()


def _is_of_machines(figure: Figure) -> bool:
    return not _OF_MACHINES.isdisjoint(figure.by_channel)


def label(plan: Plan, program: str, moment_ms: int, span: Calendar) -> str:
    """The local month or quarter that holds a moment."""
    local = datetime.fromtimestamp(moment_ms / 1000, plan.zone(program))
    month = local.date().isoformat()[:7]
    return month if span == "month" else quarter_of(month)


def bounds(plan: Plan, program: str, period: str) -> tuple[int, int]:
    """Start and end of a local month (2026-03) or quarter (2026-Q1), ms UTC."""
    year, _, quarter = period.partition("-Q")
    first = f"{year}-{int(quarter) * 3 - 2:02}" if quarter else period
    start = datetime.fromisoformat(f"{first}-01").replace(tzinfo=plan.zone(program))
    start_ms = round(start.timestamp() * 1000)
    return start_ms, span_end(plan, program, start_ms, "quarter" if quarter else "month")


def _waiting(plan: Plan, told: Sequence[Record], span: Calendar) -> Counter[tuple[str, Owner]]:
    counts: Counter[tuple[str, Owner]] = Counter()
    for record in told:
        if record.state not in FINAL:
            group = record.channel == "staff"
            names = ("", record.queue) if group else (record.queue, "")
            period = label(plan, record.program, record.bucket_ms, span)
            counts[period, Owner(record.program, *names)] += 1
            counts[period, Owner(record.program)] += 1
    return counts


def _note_waiting(found: Book, plan: Plan, waiting: Counter[tuple[str, Owner]]) -> None:
    for (period, owner), count in waiting.items():
        if (period, owner) not in found:
            found[period, owner] = empty(plan, owner, period)
        found[period, owner].waiting = count


def empty(plan: Plan, owner: Owner, period: str) -> Recorded:
    """Nothing recorded of a month or quarter."""
    start_ms, end_ms = bounds(plan, owner.program, period)
    return Recorded(Figure(end_ms - start_ms, whole=not (owner.queue or owner.group)))


def _note_missing(found: Book, plan: Plan, span: Calendar) -> None:
    """Open intervals that were not recorded, of each queue and of its program."""
    periods = {
        (period, owner.program)
        for period, owner in found
        if ("-Q" in period) == (span == "quarter")
    }
    for period, program in sorted(periods):
        queues = [name for name, queue in plan.queues.items() if queue.program == program]
        unlisted = [
            owner.queue
            for of, owner in found
            if (of, owner.program) == (period, program) and owner.queue
            and owner.queue not in plan.queues
            and not _is_of_machines(found[of, owner].figure)
        ]  # fmt: skip
        whole = found.setdefault((period, Owner(program)), empty(plan, Owner(program), period))
        for name in (*queues, *unlisted):
            owner = Owner(program, name)
            recorded = found.setdefault((period, owner), empty(plan, owner, period))
            queue = plan.queues.get(name, Queue(program=program))
            edges = bounds(plan, program, period)
            due = open_buckets(queue, plan.zone(program), *edges)
            recorded.missing = len(due - recorded.figure.intervals)
            whole.missing += recorded.missing


@lru_cache(maxsize=4096)
def open_buckets(queue: Queue, zone: ZoneInfo, start_ms: int, end_ms: int) -> frozenset[int]:
    """Starts (ms UTC) of the 15-minute buckets within [start, end) in which a queue is open."""
    return frozenset(
        moment
        for moment in range(start_ms, end_ms, BUCKET_MS)
        if queue.hours_at(moment).open_in(moment // BUCKET_MS, zone)
    )


def read(recorded: Recorded, kpi: Kpi, choice: str = "1") -> tuple[Value, float | None, bool]:
    """Value, what it was divided by (time in hours), and whether it is known.

    Each contact is held against its own T, that of the target in force when it came. What no source is
    said to report (`Program.tells`) is not known, however little was counted.
    """
    figure = recorded.figure
    columns = _columns(figure, kpi)
    if not figure.intervals or _is_untold(figure, kpi):
        return None, None, False
    if not is_told(kpi, figure.by_owner, figure.tells):
        return None, None, False
    n = sum(term.sign * columns.get(term.named(choice), 0) for term in kpi.denominator)
    in_hours = any(term.column.endswith("_ms") for term in kpi.denominator)
    of = None if not kpi.denominator else n / HOUR_MS if in_hours else n
    return value(kpi, columns, choice, figure.span_ms), of, True


def _is_untold(figure: Figure, kpi: Kpi) -> bool:
    """Whether it is over paid time that payroll has not told of."""
    return any(term.column == PAID for term in kpi.denominator) and PAID not in figure.columns


def _columns(figure: Figure, kpi: Kpi) -> dict[str, int]:
    if kpi.channel_sets:
        return selected(kpi, figure.by_owner)
    if not kpi.channels:
        return figure.columns
    sums: Counter[str] = Counter()
    for channel in kpi.channels:
        sums.update(figure.by_channel.get(channel, {}))
    return dict(sums)


def is_of_months(kpi: Kpi) -> bool:
    """Whether a month of it is read from a ledger: shown or certified by month, a sum of columns."""
    shown = "month" in kpi.boards or kpi.certification is not None
    return shown and not (kpi.live or kpi.of_plan or kpi.quantile or kpi.formula is Formula.LOAD)


def quarterly(kpi: Kpi) -> bool:
    """Whether it is certified by quarter."""
    return kpi.certification is not None and kpi.certification.period == "quarter"


def rows(found: Book, plan: Plan, month: str, program: str = "") -> Iterator[MonthValue]:
    """A month's values by owner, in the catalogue's order; by quarter what is certified by quarter."""
    owners = {
        owner for of, owner in found
        if of in (month, quarter_of(month)) and program in ("", owner.program)
    }  # fmt: skip
    for owner in sorted(owners):
        for kpi in filter(is_of_months, KPIS.values()):
            period = quarter_of(month) if quarterly(kpi) else month
            recorded = found.get((period, owner))
            if recorded is not None and _belongs(owner, recorded, plan, kpi):
                for choice in TEMPLATES[kpi.each] if kpi.each and not kpi.per_threshold else ("1",):
                    yield _row(period, owner, recorded, kpi, choice)


def _belongs(owner: Owner, recorded: Recorded, plan: Plan, kpi: Kpi) -> bool:
    figure = recorded.figure
    if kpi.program_wide and (owner.queue or owner.group):
        return False
    if (
        not figure.intervals
    ):  # A queue of the plan that nothing is known of: its values are unknown.
        queue = plan.queues.get(owner.queue)
        of_queue = queue is not None and not (kpi.per_group or kpi.of_technology)
        channel = queue.channel if queue is not None else ""
        of_queue = of_queue and kpi.of_cases == (channel == DEFERRED_CHANNEL)
        of_queue = of_queue and kpi.of_outbound == (channel == OUTBOUND_CHANNEL)
        return of_queue and (not kpi.channels or channel in kpi.channels)
    if kpi.channels and figure.by_channel.keys().isdisjoint(kpi.channels):
        return False
    sets = {channel for channels in kpi.channel_sets for channel in channels}
    if sets and sets.isdisjoint(figure.by_channel):
        return False
    if kpi.per_threshold and not (owner.queue or len(first_thresholds(figure)) == 1):
        return False
    of_contacts = not (
        kpi.per_group or kpi.of_technology or kpi.of_cases or kpi.of_outbound or kpi.of_plan
    )
    if of_contacts and not _OF_CONTACTS.isdisjoint(figure.by_channel):
        return True  # Nobody asked for people: that is said, not left out.
    return given(_without_people(figure) if owner.queue else figure.columns)(kpi)


def _without_people(figure: Figure) -> dict[str, int]:
    return {name: n for name, n in figure.columns.items() if name not in STAFF_ROW}


def first_thresholds(figure: Figure) -> set[int]:
    """The T of service level, ms, of all targets that were in force."""
    return {thresholds[0] for thresholds in figure.by_target if thresholds}


def _row(period: str, owner: Owner, recorded: Recorded, kpi: Kpi, choice: str) -> MonthValue:
    found, n, known = read(recorded, kpi, choice)
    place, state, complete = kpi.certification, recorded.state, recorded.completeness
    if found is None and complete is not None and complete < Decisions().completeness:
        known = False  # That there was nothing can be said of complete data only.
    thresholds = sorted(first_thresholds(recorded.figure)) if kpi.per_threshold else []
    return MonthValue(
        month=period,
        **owner._asdict(),
        kpi=kpi.key,
        each=choice if kpi.each and not kpi.per_threshold else "",
        T=", ".join(map(seconds_text, thresholds)),
        item=place.item if place else "",
        type=place.type if place else "",
        unit=kpi.unit.value,
        value=found,
        known=known,
        n=n,
        completeness=complete,
        state="PROVISIONAL" if kpi.key in SCHEDULED_PAY and state in FINAL else state,
        revision=recorded.figure.revision,
    )
