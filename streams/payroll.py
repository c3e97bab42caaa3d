"""Days and months read with the time that payroll paid (definitions R8)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from schemas.payroll import PaidTime
from schemas.targets import Plan
from streams.figures import Figure, FigureKey, GroupDay

PAID = "payroll_ms"


def in_force(paid: Iterable[PaidTime]) -> list[PaidTime]:
    """Of all versions what stands: a record hides those of lower versions that it overlaps.

    Of one version the one published last goes before.
    """
    standing: dict[tuple[str, str], list[PaidTime]] = {}
    for one in sorted(paid, key=lambda one: (-one.version, -one.published)):
        taken = standing.setdefault((one.program, one.group), [])
        if not any(one.overlaps(other) for other in taken):
            taken.append(one)
    return [one for taken in standing.values() for one in taken]


def with_payroll(
    pooled: Iterable[tuple[FigureKey, Figure]],
    paid: Iterable[PaidTime],
    plan: Plan,
    sites: bool = False,
) -> Iterator[tuple[FigureKey, Figure]]:
    """The same days and months, with `payroll_ms` where payroll has told of all of their people.

    That is of every group and day with scheduled or worked time; what was paid on other days counts
    too (leave). A record counts whole or not at all, so one of a month says nothing of its days. With
    `sites`, one without a site says nothing of a site. What payroll has not told stays unknown.
    """
    standing = in_force(paid)
    for key, figure in pooled:
        if figure.staffed:
            inside = [one for one in standing if _is_of(one, key, figure, plan, sites)]
            if all(_tells_of(inside, day) for day in figure.staffed):
                figure.columns[PAID] = sum(one.paid_ms for one in inside)
        yield key, figure


def _is_of(one: PaidTime, key: FigureKey, figure: Figure, plan: Plan, sites: bool) -> bool:
    programs = {day.program for day in figure.staffed}
    if one.program not in programs or key.group not in ("", one.group):
        return False
    if sites and one.site != key.site:
        return False
    zone = plan.zone(one.program)
    first, last = (
        datetime.fromtimestamp(moment / 1000, zone).date().isoformat()
        for moment in (key.start_ms, key.start_ms + figure.span_ms - 1)
    )
    return first <= one.first_day and one.last_day <= last


def _tells_of(paid: Sequence[PaidTime], day: GroupDay) -> bool:
    return any(
        (one.program, one.group) == (day.program, day.group)
        and one.site in ("", day.site)
        and one.first_day <= day.day <= one.last_day
        for one in paid
    )
