"""The rows of the PST filled from the months of a store and from imported values."""

from collections.abc import Sequence
from copy import deepcopy

from schemas.catalog import KPIS
from schemas.outbound import WORK_CHANNELS
from schemas.pst import PstRow, quarter_of
from schemas.targets import Plan
from streams.certification.files import Imported
from streams.certification.months import SCHEDULED_PAY, Book, Owner, Recorded, bounds, empty, read
from streams.certification.points import UNKNOWN, Point
from streams.certification.table import Cell, Measured
from streams.errors import UserError
from streams.kpis import seconds_text

SOURCE = "ledger"


def months_until(last: str, count: int) -> list[str]:
    """So many months, the last of them last."""
    number = int(last[:4]) * 12 + int(last[5:]) - 1
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(number - count + 1, number + 1)]


def quarters_of(months: Sequence[str]) -> list[str]:
    """The quarters that lie wholly within these months."""
    names = [quarter_of(month) for month in months]
    return [name for name in dict.fromkeys(names) if names.count(name) == 3]


def measured(
    row: PstRow, months: Sequence[str], found: Book, plan: Plan, imported: Imported
) -> Measured:
    """A row with a cell for each of its periods. Raises UserError: a row that cannot be read."""
    periods = list(months) if row.period == "month" else quarters_of(months)
    if row.imported:
        return Measured(row, tuple(_told(row, one, imported) for one in periods), row.volume_share)
    _check(row, plan, found)
    share = row.volume_share if row.volume_share is not None else _share(row, months, found, plan)
    return Measured(row, tuple(_cell(row, one, found, plan) for one in periods), share)


def _first_month(period: str) -> str:
    year, _, quarter = period.partition("-Q")
    return f"{year}-{int(quarter) * 3 - 2:02}" if quarter else period


def _told(row: PstRow, period: str, imported: Imported) -> Cell:
    untold = Cell(period, _first_month(period), UNKNOWN)
    return imported.get((row.name, period), untold)


def _cell(row: PstRow, period: str, found: Book, plan: Plan) -> Cell:
    parts = [
        found.get((period, owner)) or empty(plan, owner, period) for owner in owners(row, plan)
    ]
    whole = parts[0] if len(parts) == 1 else _pooled(parts)
    value, n, known = read(whole, KPIS[row.metric], row.each or "1")
    known = known and all(part.figure.intervals for part in parts)
    point: Point = value if known else UNKNOWN
    complete = whole.completeness
    return Cell(period, _first_month(period), point, n, complete, whole.state, SOURCE)


def _pooled(parts: Sequence[Recorded]) -> Recorded:
    whole = deepcopy(parts[0])
    for part in parts[1:]:
        whole.join(part)
    return whole


def owners(row: PstRow, plan: Plan) -> list[Owner]:
    """What a row is read from: queues, staffing groups, a program, or all of the client or entity."""
    queues = [Owner(row.program, queue) for queue in row.queues]
    groups = [Owner(row.program, "", group) for group in row.groups]
    return queues + groups or [Owner(name) for name in programs(row, plan)]


def programs(row: PstRow, plan: Plan) -> list[str]:
    """The row's program; without one, every program of its client, or of the entity."""
    if row.program:
        return [row.program]
    listed = sorted(plan.listed_programs())
    own = [one for one in listed if row.level == "entity" or plan.program(one).client == row.client]
    if not own:
        raise UserError(f"row {row.name}: the plan has no program of it", "name its program")
    return own


def _share(row: PstRow, months: Sequence[str], found: Book, plan: Plan) -> float | None:
    """Contacts, cases and records of its queues, of those of its program; None where none of it is known."""
    if row.level != "program" or not row.queues or row.item != "4.3":
        return None
    of = sum(_offered(found, month, [Owner(row.program)]) for month in months)
    own = sum(_offered(found, month, owners(row, plan)) for month in months)
    return own / of if of else None


def _offered(found: Book, month: str, of: Sequence[Owner]) -> int:
    parts = [found[month, owner] for owner in of if (month, owner) in found]
    return sum(part.figure.columns.get(name, 0) for part in parts for name in _CAME)


_CAME = ("offered", "case_received", "rec_listed")


def _check(row: PstRow, plan: Plan, found: Book) -> None:
    kpi, known = KPIS[row.metric], {owner for _, owner in found}
    if kpi.live or kpi.of_plan or kpi.quantile is not None:
        raise UserError(
            f"row {row.name}: {row.metric} is not kept by interval",
            "import its values; `floorwatch month` prints those of the plan that are kept",
        )
    if row.metric in SCHEDULED_PAY:
        raise UserError(
            f"row {row.name}: a month's utilization is over what payroll paid",
            "metric utilization_payroll; floorwatch plan import takes payroll",
        )
    if kpi.each and not kpi.per_threshold and not row.each:
        raise UserError(
            f"row {row.name}: {row.metric} has one value for each class", "say which: each"
        )
    if row.queues and row.groups:
        raise UserError(f"row {row.name}: has queues and groups", "a row is of one or the other")
    if kpi.program_wide and (row.queues or row.groups):
        raise UserError(f"row {row.name}: {row.metric} is of whole programs", "leave queues out")
    if kpi.per_group and row.queues:
        raise UserError(f"row {row.name}: {row.metric} is of staffing groups", "groups, not queues")
    for owner in owners(row, plan):
        planned = plan.queues.get(owner.queue)
        listed = planned is not None and planned.program == owner.program
        if owner not in known and not listed and owner.program not in _silent(plan, owner):
            what = owner.queue or owner.group or owner.program
            raise UserError(
                f"row {row.name}: nothing is known of {what!r} in program {owner.program!r}",
                "floorwatch month shows the names",
            )
    _check_targets(row, plan, found)


def _silent(plan: Plan, owner: Owner) -> frozenset[str]:
    """Programs of the plan: of the whole of one nothing need be recorded yet."""
    return frozenset() if owner.queue or owner.group else plan.listed_programs()


def other_promises(row: PstRow, month: str, plan: Plan) -> list[str]:
    """Queues of a row to which the plan promises something else in a month, in words."""
    kpi, value = KPIS.get(row.metric), row.target_in(month).value
    if row.imported or kpi is None or not kpi.target:
        return []
    start_ms, end_ms = bounds(plan, row.program, month)
    found = []
    for queue in row.queues:
        for moment_ms in (start_ms, end_ms - 1):
            promised = getattr(plan.target_at(queue, moment_ms), kpi.target)
            if promised is not None and promised != value:
                words = f"row {row.name}: target {value:g} in {month}, the plan promises {promised:g} for {queue}"
                found.append(words)
    return list(dict.fromkeys(found))


def _check_targets(row: PstRow, plan: Plan, found: Book) -> None:
    """Only KCRPs with the same target may be pooled."""
    kpi = KPIS[row.metric]
    if not (kpi.per_threshold or kpi.target) or row.groups:
        return
    queues = row.queues or tuple(
        name for name, queue in plan.queues.items()
        if queue.program in programs(row, plan) and queue.channel not in WORK_CHANNELS
        and (not kpi.channels or queue.channel in kpi.channels)
    )  # fmt: skip
    promises: dict[object, str] = {}
    for queue in queues:
        promise = tuple(
            (one.valid_from_ms, one.thresholds_ms[0] if kpi.per_threshold else 0,
             getattr(one, kpi.target) if kpi.target else None)
            for one in plan.targets_of(queue)
        )  # fmt: skip
        promises.setdefault(promise, queue)
    if len(promises) > 1:
        one, two = list(promises.values())[:2]
        told = [seconds_text(plan.targets_of(name)[-1].thresholds_ms[0]) for name in (one, two)]
        raise UserError(
            f"row {row.name}: {one!r} (T {told[0]} s) and {two!r} (T {told[1]} s) have not the "
            "same targets in the plan, so they cannot be pooled",
            "a row for each: queues",
        )
