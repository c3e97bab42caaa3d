"""What is expected of the coming shift: contacts, staff required and expected, level (M9)."""

from collections.abc import Sequence
from typing import Any

from streams.exposition.standing import known_programs
from streams.moments import local_text
from streams.planning.day_curve import Interval, day_curve
from streams.reports.moment import Moment
from streams.view import CellKey

Row = dict[str, Any]


def coming_rows(moment: Moment, until_ms: int) -> list[Row]:
    """One row a queue: its remaining intervals of the day up to `until_ms`, the shortest of people
    first. What lies behind midnight is the plan's alone (`plan week`)."""
    if moment.rest is None:
        return []
    known, rows = known_programs(moment.view), []
    for at, key in enumerate(moment.rest.curves.keys):
        ahead = [
            one
            for one in day_curve(
                moment.view, moment.plan, moment.rest, moment.found, moment.came, at
            )
            if one.projected is not None and one.start_ms < until_ms
        ]
        if ahead:
            rows.append(_row(moment, key, ahead, key.program in known))
    return sorted(rows, key=lambda row: (row["gap"] is None, row["gap"] or 0.0, row["queue"]))


def _row(moment: Moment, key: CellKey, ahead: Sequence[Interval], known: bool) -> Row:
    zone = moment.plan.zone(key.program)
    target = moment.plan.target_at(key.queue, ahead[0].start_ms).service_level
    gaps = [
        (one.expected - one.required_low, one)
        for one in ahead
        if one.expected is not None and one.required_low is not None
    ]
    levels = [(one.level_low, one) for one in ahead if one.level_low is not None]
    worst, low = min(gaps, key=_first, default=None), min(levels, key=_first, default=None)
    told: Row = {
        "start": local_text(ahead[0].start_ms, zone),
        "end": local_text(ahead[-1].end_ms, zone),
        "program": key.program,
        "queue": key.queue,
        "forecast": sum(one.forecast or 0.0 for one in ahead),
        "projected": sum(one.projected or 0.0 for one in ahead),
        "gap": worst and worst[0],
        "gap_at": worst and local_text(worst[1].start_ms, zone),
        "required_low": worst and worst[1].required_low,
        "required_high": worst and worst[1].required_high,
        "expected": worst and worst[1].expected,
        "scheduled": worst and worst[1].scheduled,
        "staffing": _staffing(ahead),
        "level_low": low and low[0],
        "level_at": low and local_text(low[1].start_ms, zone),
        "target": target,
        "model": ahead[0].model,
    }
    if known:
        return told
    of_plan = {"start", "end", "program", "queue", "forecast", "target"}
    return {name: value if name in of_plan else None for name, value in told.items()} | {
        "staffing": "unknown"
    }


def _staffing(ahead: Sequence[Interval]) -> str:
    """Short: by both bounds of what is required of shared people; at risk: by the worse one."""
    told = [
        "short"
        if one.expected < one.required_low
        else "at_risk"
        if one.required_high is None or one.expected < one.required_high
        else "enough"
        for one in ahead
        if one.expected is not None and one.required_low is not None
    ]
    return next((word for word in ("short", "at_risk", "enough") if word in told), "unknown")


def _first(pair: tuple[float, Interval]) -> tuple[float, int]:
    return pair[0], pair[1].start_ms
