"""A month's value taken apart: columns, the intervals they come from, and every revision of these."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.catalog import KPIS
from schemas.catalog_outbound import NOT_COMPUTED
from schemas.kpi import Kpi
from schemas.pst import MonthValue
from schemas.targets import Plan
from streams.certification.months import (
    FINAL,
    Book,
    Calendar,
    Owner,
    Recorded,
    bounds,
    label,
    rows,
)
from streams.close import Record
from streams.errors import UserError
from streams.figures import attained
from streams.payroll import PAID
from streams.selection import ByOwner, channels_of
from streams.view import STAFF_CHANNEL


class Share(NamedTuple):
    """What a column gives to a value. `sign`: 1 added, -1 taken off."""

    part: str
    column: str
    sign: int
    total: int
    first: int | None
    """Of the values that first were FINAL; None: not from intervals, but from payroll."""


class Asked(NamedTuple):
    """A KPI of an owner in a local month (2026-03) or quarter (2026-Q1); `each`: class or reason."""

    kpi: Kpi
    owner: Owner
    period: str
    each: str = ""


class Parts(NamedTuple):
    """Columns, and the records these are sums of, in order of time."""

    shares: tuple[Share, ...]
    intervals: tuple[Record, ...]
    """FINAL and RESTATED, with the columns of this KPI alone."""
    revisions: tuple[Record, ...]
    """RESTATED ones of these intervals, all columns."""
    waiting: int
    """Intervals that are not final yet and not in the value."""


class Explained(NamedTuple):
    """A value as `month` prints it, its span, and what it is made of."""

    value: MonthValue
    bounds_ms: tuple[int, int]
    parts: Parts

    @property
    def kpi(self) -> Kpi:
        """Its declaration."""
        return KPIS[self.value.kpi]


def kpi_named(key: str) -> Kpi:
    """A KPI of the catalogue by its key. Raises UserError."""
    if key in NOT_COMPUTED:
        raise UserError(*NOT_COMPUTED[key])
    if key not in KPIS:
        raise UserError(f"no KPI {key!r}", "floorwatch kpis lists them")
    return KPIS[key]


def value_of(
    found: Book, plan: Plan, kpi: Kpi, owner: Owner, month: str, each: str = ""
) -> MonthValue:
    """The value of a KPI as `month` prints it. Raises UserError where it prints none."""
    told = [
        one
        for one in rows(found, plan, month)
        if (one.kpi, one.program, one.queue, one.group) == (kpi.key, *owner)
    ]
    if not told:
        whose = owner.queue or owner.group or f"program {owner.program}"
        raise UserError(
            f"{month} has no {kpi.key} of {whose}",
            "floorwatch month shows what there is; --queue, --group or --program say of whom",
        )
    chosen = [one for one in told if one.each == each]
    if not chosen:
        raise UserError(
            f"{kpi.key} is told for each of {', '.join(one.each for one in told)}",
            "choose one with --each",
        )
    return chosen[0]


def explained(value: MonthValue, found: Book, history: Iterable[Record], plan: Plan) -> Explained:
    """Take a value apart. `history`: every revision of at least its span, in the ledger's order."""
    owner = Owner(value.program, value.queue, value.group)
    of = Asked(KPIS[value.kpi], owner, value.month, value.each)
    span = bounds(plan, value.program, value.month)
    return Explained(value, span, taken_apart(of, found[value.month, owner], history, plan))


def taken_apart(of: Asked, recorded: Recorded, history: Iterable[Record], plan: Plan) -> Parts:
    """What an owner's month or quarter of a KPI is made of."""
    kpi, owner, figure = of.kpi, of.owner, recorded.figure
    span: Calendar = "quarter" if "-Q" in of.period else "month"
    columns = {term.named(of.each or "1") for term in kpi.terms}
    newest, revisions, firsts = _by_revision(history)
    final = [one for one in newest if one.state in FINAL]
    channels = _channels(kpi, owner.program, figure.by_owner)

    def chosen_of(told: Iterable[Record]) -> list[Record]:
        return [
            one
            for one in told
            if _is_of(one, owner, kpi, channels)
            and label(plan, one.program, one.bucket_ms, span) == of.period
        ]

    chosen = [
        one._replace(columns={name: n for name, n in one.columns.items() if name in columns})
        for one in sorted(chosen_of(attained(plan, final)), key=_in_time)
    ]
    keys = {_key(one) for one in chosen}
    before = [one for one in attained(plan, firsts) if _key(one) in keys]
    return Parts(
        _shares(of, chosen, before, figure.columns),
        tuple(chosen),
        tuple(one for one in revisions if _key(one) in keys),
        sum(one.state not in FINAL for one in chosen_of(newest)),
    )


def _by_revision(
    history: Iterable[Record],
) -> tuple[list[Record], list[Record], list[Record]]:
    """The newest, the restated and the first final revision of every interval and basis."""
    newest: dict[tuple[object, ...], Record] = {}
    first: dict[tuple[object, ...], Record] = {}
    restated = []
    for one in history:
        newest[_key(one)] = one
        if one.revision:
            first.setdefault(_key(one), one)
        if one.state == "RESTATED":
            restated.append(one)
    return list(newest.values()), restated, list(first.values())


def _in_time(record: Record) -> tuple[object, ...]:
    return (record.bucket_ms, *record[1:4])


def _key(record: Record) -> tuple[object, ...]:
    return (*record[:5], record.basis)


def _channels(kpi: Kpi, program: str, by_owner: ByOwner) -> tuple[str, ...]:
    """Those of the rows a value is read from."""
    for channels in kpi.channel_sets:
        of = [by_owner.get((program, channel), {}) for channel in channels]
        if any(one.get(term.column, 0) for one in of for term in kpi.denominator):
            return channels
    of_sets = tuple(name for channels in kpi.channel_sets for name in channels)
    return of_sets or kpi.channels or channels_of(kpi)


def _is_of(record: Record, owner: Owner, kpi: Kpi, channels: tuple[str, ...]) -> bool:
    of_people = record.channel == STAFF_CHANNEL
    if record.program != owner.program or of_people != kpi.per_group:
        return False
    if (owner.group or owner.queue) not in ("", record.queue):
        return False
    return record.basis == kpi.basis and (of_people or record.channel in channels)


def _shares(
    of: Asked, chosen: Sequence[Record], before: Sequence[Record], pooled: dict[str, int]
) -> tuple[Share, ...]:
    sums: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for record in chosen:
        sums.update(record.columns)
    for record in before:
        first.update(record.columns)
    shares = []
    for part, terms in ("numerator", of.kpi.numerator), ("denominator", of.kpi.denominator):
        for term in terms:
            name = term.named(of.each or "1")
            paid = name == PAID
            total = pooled.get(PAID, 0) if paid else sums[name]
            shares.append(Share(part, name, term.sign, total, None if paid else first[name]))
    return tuple(shares)
