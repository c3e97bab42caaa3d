"""Interval and day figures: gauges recomputed from the view, so that corrections show."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
)
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS, Basis, IntervalState
from schemas.kpi import Channels, Kpi, Measure
from schemas.ledger import PROVISIONAL_REVISION
from schemas.metrics import MEASURES
from schemas.targets import Plan
from streams.days import local_day_start
from streams.exposition.bots import completing, write_technology
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.exposition.totals import Span, Totals, totals, values
from streams.exposition.work import write_work
from streams.view import CellKey, Cells, View

Name = Literal["interval", "last_interval", "day"]
Declared = tuple[tuple[Kpi | Measure, str], ...]
"""What is declared, with the metric of a window."""


class Window(NamedTuple):
    """A stretch of time per program, [begin, end) in ms UTC, and the cells that hold it."""

    name: Name
    span: Span
    arrival: Cells
    handling: Cells
    staff: Cells
    chat: Cells
    bots: Cells
    uptime: Cells
    cases: Cells
    outbound: Cells


def write_figures(sheet: Sheet, view: View, plan: Plan) -> None:
    """Open interval, last interval and local day of every program whose feed is known."""
    programs, told = known_programs(view), completing(view, plan)
    for window in _windows(view, plan, programs):
        _write_queues(sheet, window, view)
        _write_groups(sheet, window, view.at_ms)
        bots = totals(window.bots, window.span, BOTS_ROW)
        uptime = totals(window.uptime, window.span, UPTIME_ROW)
        write_technology(sheet, _DECLARED[window.name], bots, uptime, told)
        write_work(sheet, _OF_CASES[window.name], totals(window.cases, window.span, CASES_ROW))
        outbound = totals(window.outbound, window.span, OUTBOUND_ROW)
        write_work(sheet, _OF_OUTBOUND[window.name], outbound)
    _write_times(sheet, view, programs)


def last_interval_ms(view: View, program: str) -> int | None:
    """Start of the newest bucket that all sources of the program have passed, ms UTC."""
    known_ms = view.known_ms(program)
    return None if known_ms < 0 else known_ms // BUCKET_MS * BUCKET_MS - BUCKET_MS


def day_ms(plan: Plan, program: str, at_ms: int) -> tuple[int, int]:
    """The program's local day of `at_ms`, [begin, end) in ms UTC."""
    begin = local_day_start(plan, program, at_ms)
    return begin, local_day_start(plan, program, begin + 36 * 3_600_000)  # days have 23-25 h


def _windows(view: View, plan: Plan, programs: Iterable[str]) -> tuple[Window, ...]:
    open_ms = view.at_ms // BUCKET_MS * BUCKET_MS
    last = {program: last_interval_ms(view, program) for program in programs}
    return (
        Window(
            "interval",
            dict.fromkeys(programs, (open_ms, open_ms + BUCKET_MS)),
            view.arrival,
            view.handling,
            view.staff,
            view.chat,
            view.bots,
            view.uptime,
            view.cases,
            view.outbound,
        ),
        Window(
            "last_interval",
            {p: (begin, begin + BUCKET_MS) for p, begin in last.items() if begin is not None},
            view.arrival,
            view.handling,
            view.staff,
            view.chat,
            view.bots,
            view.uptime,
            view.cases,
            view.outbound,
        ),
        Window(
            "day",
            {program: day_ms(plan, program, view.at_ms) for program in programs},
            view.day_arrival,
            view.day_handling,
            view.day_staff,
            view.day_chat,
            view.day_bots,
            view.day_uptime,
            view.day_cases,
            view.day_outbound,
        ),
    )


def _declared(name: Name) -> Declared:
    everything: tuple[Kpi | Measure, ...] = (*KPIS.values(), *MEASURES)
    named = ((declared, getattr(declared.metrics, name)) for declared in everything)
    return tuple((declared, metric) for declared, metric in named if metric)


_NAMES: tuple[Name, ...] = ("interval", "last_interval", "day")
_DECLARED = {name: _declared(name) for name in _NAMES}
_OF_CASES = {name: tuple(d for d in of if d[0].of_cases) for name, of in _DECLARED.items()}
_OF_OUTBOUND = {name: tuple(d for d in of if d[0].of_outbound) for name, of in _DECLARED.items()}


def _is_of_work(declared: Kpi | Measure) -> bool:
    return declared.of_cases or declared.of_outbound


def _is_of_queues(declared: Kpi | Measure) -> bool:
    return not (declared.per_group or declared.of_technology or _is_of_work(declared))


def _by_channels(of: Declared) -> dict[Channels, Declared]:
    """What belongs to queues, by the channels it is declared for."""
    found: dict[Channels, Declared] = {}
    for each in of:
        if _is_of_queues(each[0]):
            found[each[0].channels] = (*found.get(each[0].channels, ()), each)
    return found


_OF_QUEUES = {name: _by_channels(of) for name, of in _DECLARED.items()}
_OF_GROUPS = {name: tuple(d for d in of if d[0].per_group) for name, of in _DECLARED.items()}


def _write_queues(sheet: Sheet, window: Window, view: View) -> None:
    """Figures of every queue there is, in each channel those declared of it."""
    queues = [queue for queue in view.queues if queue.program in window.span]
    arrival = totals(window.arrival, window.span, ARRIVAL_ROW, queues)
    handling = totals(window.handling, window.span, HANDLING_ROW, queues)
    chat = totals(window.chat, window.span, CHAT_ROW, queues)
    if window.name == "interval":
        arrival = _with_waiting(arrival, view, window.span)
    for channels, named in _OF_QUEUES[window.name].items():
        came, handled, turns = (of.of_channels(channels) for of in (arrival, handling, chat))
        tables: dict[Basis | None, Totals] = dict.fromkeys((Basis.ARRIVAL, Basis.COHORT), came)
        tables |= dict.fromkeys((Basis.OFFER, Basis.RECEIPT), turns)
        for declared, metric in named:
            of = tables.get(declared.basis, handled)
            sheet.extend(metric, of.owners, values(declared, of))


def _with_waiting(of: Totals, view: View, span: Span) -> Totals:
    """With the live column that the upper bound of the open interval counts on."""
    waiting = (
        view.waiting_in_T.get(CellKey(program, queue, channel, site, span[program][0]), 0)
        for site, program, queue, channel in of.owners
    )
    return of.having("waiting_in_T", waiting)


def _write_groups(sheet: Sheet, window: Window, at_ms: int) -> None:
    """KPIs of staffing groups; FTE over what has passed of the window."""
    of = totals(window.staff, window.span, STAFF_ROW)
    groups = [owner[:3] for owner in of.owners]
    spans = np.array([window.span[program] for _, program, _ in groups], np.int64).reshape(-1, 2)
    length = spans[:, 1] - spans[:, 0]
    passed = np.minimum(spans[:, 1], at_ms) - spans[:, 0]
    for declared, metric in _OF_GROUPS[window.name]:
        over = length if declared.key == "requested_fte" else passed
        sheet.extend(metric, groups, values(declared, of, over))


def _write_times(sheet: Sheet, view: View, programs: Iterable[str]) -> None:
    sheet.add("cc_view_timestamp_seconds", (), view.at_ms / 1000)
    start_ms = view.at_ms // BUCKET_MS * BUCKET_MS
    sheet.add("cc_interval_start_timestamp_seconds", (), start_ms / 1000)
    sheet.add("cc_interval_elapsed_ratio", (), (view.at_ms - start_ms) / BUCKET_MS)
    state = (IntervalState.PROVISIONAL.value, str(PROVISIONAL_REVISION))
    for program in sorted(programs):
        last_ms = last_interval_ms(view, program)
        if last_ms is not None:
            sheet.add("cc_last_interval_start_timestamp_seconds", (program,), last_ms / 1000)
            sheet.add("cc_last_interval_info", (program, *state), 1)
