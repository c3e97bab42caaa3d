"""What went wrong in a span: planning intervals in a row, and what made it.

Service level by the limits of the alert ServiceLevelLow; the cause by running the model again over
the range (diagnosis). What was not recorded is told too: unknown is no good news.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from schemas.catalog import KPIS
from schemas.pst import Decisions
from streams.moments import local_text
from streams.planning.causes import Causes
from streams.planning.diagnosis import diagnosis, measured_patience
from streams.planning.recorded import Interval
from streams.reports.intervals import queue_keys
from streams.reports.moment import Moment
from streams.view import CellKey

Row = dict[str, Any]
_LIMITS = KPIS["service_level"].alert
LEAST_COMPLETE = Decisions().completeness


def low(one: Interval, share: float) -> bool:
    """Whether an interval's level is below so much of its target, by enough contacts to say so."""
    target = one.target.service_level
    if not target or not one.offered or _LIMITS is None or one.offered < _LIMITS.min_volume:
        return False
    return one.in_time / one.offered < share * target


def incidents(queue: CellKey, intervals: Sequence[Interval], zone: ZoneInfo) -> list[Row]:
    """Ranges of a queue's intervals, in order of time, in which something was wrong."""
    assert _LIMITS is not None
    patience_s, rows = measured_patience(intervals), list[Row]()
    for run in _runs(intervals, [low(one, _LIMITS.warning) for one in intervals]):
        deep = [low(one, _LIMITS.critical) for one in run]
        severity = "critical" if any(map(all, pairwise(deep))) else "warning"
        causes = diagnosis(run, "", patience_s).pooled
        rows.append(_row(queue, "service_level", severity, run, zone) | _causes(causes))
    for run in _runs(intervals, [_holed(one) for one in intervals]):
        rows.append(_row(queue, "completeness", "warning", run, zone))
    return sorted(rows, key=lambda row: str(row["start"]))


def unknown_ranges(moment: Moment, program: str, since_ms: int, until_ms: int) -> list[Row]:
    """Ranges of a program's planning intervals in [since, until) ms that are over and of which a queue
    has no record though it was open: from the program's first record on."""
    zone = moment.plan.zone(program)
    length = moment.plan.program(program).planning_interval_min * 60_000
    starts = [one.bucket_ms for one in moment.records if one.program == program]
    first = max(since_ms, min(starts, default=until_ms))
    first += (since_ms - first) % length
    last = min(until_ms, moment.view.at_ms)
    rows = list[Row]()
    for key in queue_keys(moment, program):
        missing = [
            start
            for start in range(first, last - length + 1, length)
            if not moment.closed.holds(program, key.queue, start, start + length)
        ]
        for run in _in_a_row(missing, length):
            rows.append({
                "start": local_text(run[0], zone), "end": local_text(run[-1] + length, zone),
                "program": program, "queue": key.queue, "kind": "unknown", "severity": "warning",
                "intervals": len(run),
            } | dict.fromkeys(("offered", "forecast", "level", "worst", "target", "completeness")))  # fmt: skip
    return rows


def _in_a_row(starts: Sequence[int], length: int) -> list[list[int]]:
    runs: list[list[int]] = []
    for start in starts:
        if runs and start == runs[-1][-1] + length:
            runs[-1].append(start)
        else:
            runs.append([start])
    return runs


def _holed(one: Interval) -> bool:
    return one.completeness is not None and one.completeness < LEAST_COMPLETE


def _runs(intervals: Sequence[Interval], flags: Sequence[bool]) -> Iterator[list[Interval]]:
    run: list[Interval] = []
    for one, flag in zip(intervals, flags, strict=True):
        if run and (not flag or one.start_ms != run[-1].end_ms):
            yield run
            run = []
        if flag:
            run.append(one)
    if run:
        yield run


def _row(queue: CellKey, kind: str, severity: str, run: Sequence[Interval], zone: ZoneInfo) -> Row:
    known = [one for one in run if one.offered is not None]
    offered = sum(one.offered or 0 for one in known)
    planned = [one.planned.contacts for one in run if one.planned is not None]
    levels = [one.in_time / one.offered for one in known if one.offered]
    complete = [one.completeness for one in run if one.completeness is not None]
    return {
        "start": local_text(run[0].start_ms, zone),
        "end": local_text(run[-1].end_ms, zone),
        "program": queue.program,
        "queue": queue.queue,
        "kind": kind,
        "severity": severity,
        "intervals": len(run),
        "offered": offered if known else None,
        "forecast": sum(planned) if len(planned) == len(run) else None,
        "level": sum(one.in_time for one in known) / offered if offered else None,
        "worst": min(levels, default=None),
        "target": run[0].target.service_level,
        "completeness": min(complete, default=None),
    }


def _causes(pooled: Causes | None) -> Row:
    parts: dict[str, float | None] = dict.fromkeys(("volume", "aht", "staff", "unmodelled"))
    if pooled is not None:
        parts = {name: getattr(pooled, name) for name in parts}
    told = {name: part for name, part in parts.items() if part is not None and part < 0}
    main = min(told, key=told.__getitem__) if told else "unknown"
    return {f"by_{name}": part for name, part in parts.items()} | {"cause": main}
