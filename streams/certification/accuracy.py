"""Months of M6 to M8, pooled from the days that were scored and kept (`plan accuracy --keep`)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from schemas.accuracy import DayScored
from schemas.catalog import KPIS
from schemas.kpi import Kpi
from schemas.pst import MonthValue
from schemas.targets import Plan
from streams.certification.months import Owner, bounds, open_buckets
from streams.kpis import value

OF_PLAN = tuple(kpi for kpi in KPIS.values() if kpi.of_plan)


def days_of(scored: Iterable[DayScored], owner: Owner, month: str) -> list[DayScored]:
    """Days of an owner's month (2026-03), newest revisions or every one as they are given."""
    return [
        one
        for one in scored
        if (one.program, one.queue) == owner[:2] and one.day.startswith(month) and not owner.group
    ]


def rows(
    scored: Sequence[DayScored], plan: Plan, month: str, known_ms: int, program: str = ""
) -> Iterator[MonthValue]:
    """A month's M6 to M8 of each queue and program; `known_ms`: how far the ledger goes."""
    owners = {
        Owner(one.program, one.queue)
        for one in scored
        if one.day.startswith(month) and program in ("", one.program)
    }
    for owner in sorted(owners):
        days = days_of(scored, owner, month)
        for kpi in OF_PLAN:
            yield _row(kpi, owner, month, days, plan, known_ms)


def is_known(kpi: Kpi, day: DayScored) -> bool:
    """Whether a day has the metric."""
    return any(day.columns.get(term.column, 0) for term in kpi.denominator)


def _row(
    kpi: Kpi, owner: Owner, month: str, days: Sequence[DayScored], plan: Plan, known_ms: int
) -> MonthValue:
    sums: Counter[str] = Counter()
    for day in days:
        sums.update(day.columns)
    found = value(kpi, dict(sums))
    known = {day.day for day in days if is_known(kpi, day)}
    due = _open_days(plan, owner, month) | known
    over = known_ms >= bounds(plan, owner.program, month)[1]
    revision = max(day.revision for day in days)
    of = sum(sums[term.column] for term in kpi.denominator)
    place = kpi.certification
    return MonthValue(
        month=month,
        **owner._asdict(),
        kpi=kpi.key,
        item=place.item if place else "",
        type=place.type if place else "",
        unit=kpi.unit.value,
        value=found,
        known=found is not None,
        n=len(known) if kpi.id == "M6" else of,
        completeness=len(known) / len(due) if due else None,
        state="OPEN" if not over else "RESTATED" if revision > 1 else "FINAL",
        revision=revision,
    )


def _open_days(plan: Plan, owner: Owner, month: str) -> set[str]:
    """Local days on which the queue, or a queue of the program, takes contacts."""
    zone, edges = plan.zone(owner.program), bounds(plan, owner.program, month)
    queues = [
        queue
        for name, queue in plan.queues.items()
        if queue.program == owner.program and owner.queue in ("", name)
    ]
    buckets = {bucket for queue in queues for bucket in open_buckets(queue, zone, *edges)}
    return {datetime.fromtimestamp(ms / 1000, zone).date().isoformat() for ms in buckets}
