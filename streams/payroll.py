"""Days and months read with the time that payroll paid (definitions R8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

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


class Selected(NamedTuple):
    """What figures are read of: by program the moments from .. until, ms UTC; one group, or all ("")."""

    spans: Mapping[str, tuple[int, int]]
    group: str = ""
    sites: bool = False


def with_payroll(
    pooled: Iterable[tuple[FigureKey, Figure]],
    paid: Iterable[PaidTime],
    plan: Plan,
    of: Selected,
) -> Iterator[tuple[FigureKey, Figure]]:
    """The same days and months, with `payroll_ms` where payroll has told of all of their people.

    That is of every group and day with scheduled or worked time; what was paid on other days that
    were recorded counts too (leave). A record counts whole or not at all, so one of a month says
    nothing of its days, nor of a month of which only a part was recorded or is read. By site, one
    without a site says nothing of a site. What payroll has not told stays unknown.
    """
    standing = [(one, _moments(one, plan)) for one in in_force(paid)]
    for key, figure in pooled:
        if figure.staffed:
            inside = [one for one, when in standing if _is_of(one, when, key, figure, of)]
            if all(_tells_of(inside, day) for day in figure.staffed):
                figure.columns[PAID] = sum(one.paid_ms for one in inside)
        yield key, figure


def whole_days(plan: Plan, program: str, first_ms: int, last_ms: int) -> tuple[int, int]:
    """From the local day of the first moment to the end of that of the last, ms UTC."""
    days = (
        datetime.fromtimestamp(moment / 1000, plan.zone(program)).date().isoformat()
        for moment in (first_ms, last_ms)
    )
    return _span(plan, program, *days)


def _moments(one: PaidTime, plan: Plan) -> tuple[int, int]:
    return _span(plan, one.program, one.first_day, one.last_day)


def _span(plan: Plan, program: str, first_day: str, last_day: str) -> tuple[int, int]:
    zone = plan.zone(program)
    first = datetime.fromisoformat(first_day).replace(tzinfo=zone)
    after = (datetime.fromisoformat(last_day) + timedelta(days=1)).replace(tzinfo=zone)
    return round(first.timestamp() * 1000), round(after.timestamp() * 1000)


def _is_of(
    one: PaidTime, when: tuple[int, int], key: FigureKey, figure: Figure, of: Selected
) -> bool:
    programs = {day.program for day in figure.staffed}
    if one.program not in programs or key.group not in ("", one.group):
        return False
    if of.group not in ("", one.group) or (of.sites and one.site != key.site):
        return False
    since, until = of.spans.get(one.program, (0, 0))
    since, until = max(since, key.start_ms), min(until, key.start_ms + figure.span_ms)
    return since <= when[0] and when[1] <= until


def _tells_of(paid: Sequence[PaidTime], day: GroupDay) -> bool:
    return any(
        (one.program, one.group) == (day.program, day.group)
        and one.site in ("", day.site)
        and one.first_day <= day.day <= one.last_day
        for one in paid
    )
