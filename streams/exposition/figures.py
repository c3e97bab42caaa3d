"""Interval and day figures: gauges recomputed from the view, so that corrections show."""

from collections.abc import Iterable
from functools import cache
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
from schemas.keys import BUCKET_MS, NO_SITE, Basis, IntervalState
from schemas.kpi import Kpi, Measure
from schemas.ledger import PROVISIONAL_REVISION
from schemas.metrics import MEASURES
from schemas.targets import Plan
from streams.days import local_day_start
from streams.exposition.bots import write_technology
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.exposition.work import write_work
from streams.kpis import value
from streams.view import CellKey, Cells, QueueKey, View

Row = dict[str, int]
Sites = dict[str, Row]
Name = Literal["interval", "last_interval", "day"]


class Window(NamedTuple):
    """A stretch of time per program, [begin, end) in ms UTC, and the cells that hold it."""

    name: Name
    span: dict[str, tuple[int, int]]
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
    programs = known_programs(view)
    for window in _windows(view, plan, programs):
        arrival = _rows(window.arrival, window.span, ARRIVAL_ROW)
        handling = _rows(window.handling, window.span, HANDLING_ROW)
        if window.name == "interval":
            _add_waiting(arrival, view, window.span)
        chat = _rows(window.chat, window.span, CHAT_ROW)
        for queue in view.queues:
            if queue.program in window.span:
                tables = arrival.get(queue), handling.get(queue), chat.get(queue)
                _write_queue(sheet, window.name, queue, *tables)
        for group, sites in _rows(window.staff, window.span, STAFF_ROW).items():
            _write_group(sheet, window, view.at_ms, group, sites)
        bots = _rows(window.bots, window.span, BOTS_ROW)
        uptime = _rows(window.uptime, window.span, UPTIME_ROW)
        write_technology(sheet, _DECLARED[window.name], bots, uptime)
        cases = _rows(window.cases, window.span, CASES_ROW)
        write_work(sheet, _OF_CASES[window.name], cases)
        outbound = _rows(window.outbound, window.span, OUTBOUND_ROW)
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


def _rows(
    cells: Cells, span: dict[str, tuple[int, int]], names: tuple[str, ...]
) -> dict[QueueKey, Sites]:
    """Sums by queue and site; a day has several parts where a target began within it."""
    rows: dict[QueueKey, Sites] = {}
    first = min((begin for begin, _ in span.values()), default=0)
    last = max((end for _, end in span.values()), default=0)
    near = np.flatnonzero((cells.starts_ms >= first) & (cells.starts_ms < last))
    for number in near.tolist():
        key = cells.keys[number]
        begin, end = span.get(key.program, (0, 0))
        if begin <= key.start_ms < end:
            sites = rows.setdefault(QueueKey(key.program, key.queue, key.channel), {})
            row = dict(zip(names, cells.columns[number].tolist(), strict=True))
            sums = sites.get(key.site)
            if sums is not None:
                row = {name: sums[name] + count for name, count in row.items()}
            sites[key.site] = row
    return rows


def _add_waiting(rows: dict[QueueKey, Sites], view: View, span: dict[str, tuple[int, int]]) -> None:
    """Put the live column of the upper bound into the rows of the open interval."""
    for queue, sites in rows.items():
        begin, _ = span[queue.program]
        for site, row in sites.items():
            row["waiting_in_T"] = view.waiting_in_T.get(CellKey(*queue, site, begin), 0)


def _declared(name: Name) -> tuple[tuple[Kpi | Measure, str], ...]:
    everything: tuple[Kpi | Measure, ...] = (*KPIS.values(), *MEASURES)
    named = ((declared, getattr(declared.metrics, name)) for declared in everything)
    return tuple((declared, metric) for declared, metric in named if metric)


_NAMES: tuple[Name, ...] = ("interval", "last_interval", "day")
_DECLARED = {name: _declared(name) for name in _NAMES}
_OF_CASES = {name: tuple(d for d in of if d[0].of_cases) for name, of in _DECLARED.items()}
_OF_OUTBOUND = {name: tuple(d for d in of if d[0].of_outbound) for name, of in _DECLARED.items()}
_EMPTY: Sites = {NO_SITE: {}}


def _is_of_work(declared: Kpi | Measure) -> bool:
    return declared.of_cases or declared.of_outbound


@cache
def _of_queues(window: Name, channel: str) -> tuple[tuple[Kpi | Measure, str], ...]:
    """What is declared of a queue of this channel."""
    return tuple(
        (declared, metric)
        for declared, metric in _DECLARED[window]
        if not (declared.per_group or declared.of_technology or _is_of_work(declared))
        and (not declared.channels or channel in declared.channels)
    )


@cache
def _of_groups(window: Name) -> tuple[tuple[Kpi | Measure, str], ...]:
    return tuple(each for each in _DECLARED[window] if each[0].per_group)


def _write_queue(
    sheet: Sheet,
    window: Name,
    queue: QueueKey,
    arrival: Sites | None,
    handling: Sites | None,
    chat: Sites | None,
) -> None:
    for declared, metric in _of_queues(window, queue.channel):
        sites = handling
        if declared.basis in (Basis.ARRIVAL, Basis.COHORT):
            sites = arrival
        elif declared.basis in (Basis.OFFER, Basis.RECEIPT):
            sites = chat
        for site, row in (sites or _EMPTY).items():
            number = value(declared, row)
            if number is not None:
                sheet.add(metric, (site, *queue), number)


def _write_group(sheet: Sheet, window: Window, at_ms: int, group: QueueKey, sites: Sites) -> None:
    """KPIs of a staffing group; FTE over what has passed of the window."""
    begin, end = window.span[group.program]
    passed = min(end, at_ms) - begin
    for declared, metric in _of_groups(window.name):
        for site, row in sites.items():
            length = end - begin if declared.key == "requested_fte" else passed
            number = value(declared, row, interval_ms=length)
            if number is not None:
                sheet.add(metric, (site, group.program, group.queue), number)


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
