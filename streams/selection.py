"""Which KPIs belong to what columns, and which rows a KPI of certain channels is read from."""

from collections.abc import Callable, Collection, Iterable, Mapping

from kernels.columns import (
    BOT_COLUMNS,
    CALL_COLUMNS,
    CASES_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
)
from schemas.bots import BOT_CHANNEL, IVR_CHANNEL, KINDS
from schemas.catalog import KPIS
from schemas.columns import expand
from schemas.deferred import DEFERRED_CHANNEL
from schemas.kpi import Kpi
from schemas.outbound import OUTBOUND_CHANNEL
from schemas.targets import Plan

CONTACTS = ("voice", "chat", "messaging")
"""Channels of contacts that people take."""
Columns = Mapping[str, int]
ByOwner = Mapping[tuple[str, str], Columns]
"""Columns per (program, channel)."""
Tells = Mapping[str, Collection[str]]
"""What the sources of each program are said to report."""

_OF_GROUPS = frozenset(STAFF_ROW)
_OF_IVR = frozenset(name for name in BOT_COLUMNS if name.startswith("ivr_"))
_OF_ANYONE = frozenset(("blocked", "orphan", "contradictions"))
_FAMILIES = (
    frozenset(BOT_COLUMNS) - _OF_IVR,
    _OF_IVR,
    frozenset(UPTIME_ROW),
    frozenset(CALL_COLUMNS[:1]),
    frozenset(CASES_ROW) - _OF_ANYONE,
    frozenset(OUTBOUND_ROW) - _OF_ANYONE,
)
"""Columns of conversations, of the IVR, of probes, of lines, of deferred and of outbound work: of
which one of its terms is, to that a KPI belongs."""
_OF_OTHERS = _OF_GROUPS.union(_OF_ANYONE, CALL_COLUMNS, *_FAMILIES)
SELECTED = frozenset(
    name
    for kpi in KPIS.values()
    if kpi.channel_sets or kpi.reported
    for term in kpi.terms
    for name in expand(term.column)
)
"""Columns of which `selected` and `is_told` need the parts."""


def given(columns: Columns) -> Callable[[Kpi], bool]:
    """Says of a KPI whether these columns are of what it belongs to: people, technology, queues."""
    people = not _OF_GROUPS.isdisjoint(columns)
    present = {name for name, count in columns.items() if count}
    families = [family for family in _FAMILIES if not family.isdisjoint(present)]
    contacts = not (people or families) or not _OF_OTHERS.issuperset(columns)

    def belongs(kpi: Kpi) -> bool:
        if kpi.of_plan:
            return any(term.column in present for term in kpi.denominator)
        if kpi.per_group:
            return people
        if kpi.of_technology or kpi.of_cases or kpi.of_outbound:
            return _family(kpi) in families
        return contacts

    return belongs


def _family(kpi: Kpi) -> frozenset[str]:
    if kpi.histogram == "latency_hist":
        return _FAMILIES[0]
    names = {term.column for term in kpi.terms}
    return next(family for family in _FAMILIES if not family.isdisjoint(names))


def channels_of(kpi: Kpi) -> tuple[str, ...]:
    """Channels of the rows in which the columns of a KPI stand, of those that are not of people."""
    found: dict[str, None] = {}
    for term in kpi.terms:
        of = (channels for family, channels in _STAND_IN if term.column in family)
        found |= dict.fromkeys(next(of, CONTACTS))
    return tuple(found)


_STAND_IN = (
    (_OF_IVR, (IVR_CHANNEL,)),
    (frozenset(BOT_COLUMNS) - _OF_IVR, (BOT_CHANNEL,)),
    (frozenset(UPTIME_ROW), KINDS),
    (frozenset(CASES_ROW) - _OF_ANYONE, (DEFERRED_CHANNEL,)),
    (frozenset(OUTBOUND_ROW) - _OF_ANYONE, (OUTBOUND_CHANNEL,)),
)


def selected(kpi: Kpi, by_owner: ByOwner) -> dict[str, int]:
    """Sums over the rows of a KPI's channels, for each program from its first set that has any."""
    sums: dict[str, int] = {}
    for program in {program for program, _ in by_owner}:
        for channel in _chosen(kpi, program, by_owner):
            for name, count in by_owner.get((program, channel), {}).items():
                sums[name] = sums.get(name, 0) + count
    return sums


def _chosen(kpi: Kpi, program: str, by_owner: ByOwner) -> tuple[str, ...]:
    """The first set of channels that has something to divide by; none where none has."""
    for channels in kpi.channel_sets:
        rows = [by_owner.get((program, channel), {}) for channel in channels]
        if any(row.get(term.column, 0) for row in rows for term in kpi.denominator):
            return channels
    return ()


def tells_of(plan: Plan, programs: Iterable[str]) -> Tells:
    """What the plan says that the sources of these programs report."""
    return {name: plan.program(name).tells for name in set(programs)}


def is_told(kpi: Kpi, by_owner: ByOwner, tells: Tells) -> bool:
    """Whether what a KPI counts is reported wherever there is something that it could be counted of.

    A carrier's counts say of themselves how many attempts were blocked; who counted time on hold, or a
    conversation that completed its task, was told of it.
    """
    if not kpi.reported:
        return True
    untold = {program for program, _ in by_owner if kpi.reported not in tells.get(program, ())}
    return not any(_is_open_to_doubt(kpi, program, by_owner) for program in untold)


def _is_open_to_doubt(kpi: Kpi, program: str, by_owner: ByOwner) -> bool:
    own = [channel for name, channel in by_owner if name == program]
    channels = _chosen(kpi, program, by_owner) if kpi.channel_sets else own
    rows = [by_owner.get((program, c), {}) for c in channels if c not in KINDS]
    if kpi.evident and any(row.get(term.column, 0) for row in rows for term in kpi.numerator):
        return False
    return any(row.get(term.column, 0) for row in rows for term in kpi.denominator)
