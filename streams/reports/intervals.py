"""Planning intervals that are over, by queue, program, site and group: figures against target and plan.

Recorded figures are the ledger's, deviations M5's, staff as `plan show` has them. Per site there is
only what exists per site (definitions 6.5).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.catalog import KPIS
from schemas.outbound import WORK_CHANNELS
from streams.board.figures import Mark, level_mark
from streams.board.plan import SIGNAL_RATIO, SIGNAL_SCORE
from streams.figures import Figure, FigureKey, figures
from streams.kpis import value
from streams.moments import local_text
from streams.planning.day_curve import Interval, day_curve
from streams.planning.deviation import Deviation, by_queue, mean_so_far, so_far, within
from streams.planning.past_day import of_queues
from streams.recorded import row
from streams.reports.moment import Moment, Window
from streams.view import STAFF_CHANNEL, CellKey

Row = dict[str, Any]
RECORDED = ("offered", "ans", "abn", "asa", "aht", "state", "revision", "completeness")


def recorded(
    moment: Moment, window: Window, level: str, sites: bool = False
) -> dict[FigureKey, Figure]:
    """Ledger figures of a window, whatever it spans, pooled."""
    inside = (
        one
        for one in moment.records
        if one.program == window.program and window.start_ms <= one.bucket_ms < window.end_ms
    )
    pooled: dict[FigureKey, Figure] = {}
    for key, figure in figures(inside, moment.plan, "15min", level, sites):  # type: ignore[arg-type]
        at = key._replace(start_ms=window.start_ms)
        whole = pooled.setdefault(
            at, Figure(window.end_ms - window.start_ms, whole=level != "queue")
        )
        whole.join(figure)
    return pooled


def queue_keys(moment: Moment, program: str) -> list[CellKey]:
    """Queues of a program that were recorded, are listed or have a forecast; `start_ms` 0.

    Those of deferred and outbound work are not among them: nobody waits there to be answered.
    """
    kept = {
        CellKey(one.program, one.queue, one.channel, "", 0)
        for one in of_queues(moment.records)
        if one.program == program and one.basis == "arrival"
    }
    listed = {
        CellKey(of.program, name, of.channel, "", 0)
        for name, of in moment.plan.queues.items()
        if of.program == program and of.channel not in WORK_CHANNELS
    }
    planned = {key for key in moment.view.day_plan.forecasts() if key.program == program}
    return sorted(kept | listed | planned)


def _head(moment: Moment, window: Window) -> Row:
    zone = moment.plan.zone(window.program)
    told = {"start": window.start_ms, "end": window.end_ms}
    return {name: local_text(at, zone) for name, at in told.items()} | {"program": window.program}


def queue_rows(moment: Moment, window: Window) -> list[Row]:
    """One row a queue, the worst gap to its own target first; of a queue that was closed none."""
    found = {key.queue: figure for key, figure in recorded(moment, window, "queue").items()}
    volume, aht = by_queue(moment.found.volume), by_queue(moment.found.aht)
    rows = []
    for key in queue_keys(moment, window.program):
        known = moment.closed.holds(window.program, key.queue, window.start_ms, window.end_ms)
        if known and key.queue not in found:
            continue  # it was not open
        told = _head(moment, window) | {"queue": key.queue, "channel": key.channel}
        told |= _level(moment, key.queue, window, found.get(key.queue) if known else None)
        told |= against_plan(volume.get(key, ()), aht.get(key, ()), window)
        rows.append(told)
    return sorted(rows, key=worst_first)


def worst_first(told: Mapping[str, Any]) -> tuple[bool, bool, float, str]:
    """Sorts by the gap to the target; unknown ones last, as on the board."""
    unknown, gap = told["state"] == "unknown", told.get("gap")
    return unknown, gap is None, gap or 0.0, told["queue"]


def _level(moment: Moment, queue: str, window: Window, figure: Figure | None) -> Row:
    target = moment.plan.target_at(queue, window.start_ms)
    told: Row = {"target": target.service_level, "T": target.thresholds_s[0]}
    if figure is None:
        nothing = dict.fromkeys((*RECORDED, "level", "gap", "abandonment"))
        return told | nothing | {"state": "unknown", "standing": Mark.UNKNOWN.value}
    level = value(KPIS["service_level"], figure.columns)
    judged = None if level is None or target.service_level is None else level - target.service_level
    mark = level_mark(figure.columns, target)
    return told | {"level": level, "gap": judged, "standing": mark.value} | _figures(moment, figure)


def _figures(moment: Moment, figure: Figure) -> Row:
    of = row(moment.plan, FigureKey(0, "", "", ""), figure, False)
    left = (of["abandon_voice"], of["abandon_chat"])
    told = {name: of[name] for name in RECORDED}
    return told | {"abandonment": next((one for one in left if one is not None), None)}


def against_plan(volume: Sequence[Deviation], aht: Sequence[Deviation], window: Window) -> Row:
    """M5 of a window that the forecast's intervals fill: volume and handle time, with their noise."""
    inside = within(volume, *window[1:])
    of = so_far(inside) if inside else None
    handled = mean_so_far(within(aht, *window[1:]))
    return {
        "forecast": of and of.expected,
        "deviation": of and of.ratio,
        "z": of and of.score,
        "signal": signal(of) if volume else "no_forecast",
        "forecast_aht": handled and handled.expected,
        "aht_deviation": handled and handled.ratio,
        "t": handled and handled.score,
    }


def signal(volume: Deviation | None) -> str:
    """Whether volume is over or under the plan by more than little and more than chance, as on the board."""
    if volume is None or volume.ratio is None or volume.score is None:
        return "unknown"
    large = abs(volume.ratio) >= SIGNAL_RATIO and abs(volume.score) >= SIGNAL_SCORE
    return ("over" if volume.ratio > 0 else "under") if large else "noise"


def program_row(moment: Moment, window: Window, queues: Sequence[Row]) -> Row | None:
    """The queues of a window (queue_rows) as one program; None where none was open."""
    if not queues:
        return None
    told = _head(moment, window) | {"queue": "", "queues": len(queues)}
    standings = [one["standing"] for one in queues]
    told |= {"below": standings.count("missed"), "unknown": standings.count("unknown")}
    promises = {(one["target"], one["T"]) for one in queues}
    target, within_s = next(iter(promises)) if len(promises) == 1 else (None, None)
    told |= {"target": target, "T": within_s}
    found = list(recorded(moment, window, "program").values())
    if told["unknown"] or not found:  # the sum of what is known is not the program's
        nothing = dict.fromkeys((*RECORDED, "level", "gap", "abandonment", "forecast", "deviation"))
        unknown = dict.fromkeys(("state", "standing", "signal"), "unknown")
        return told | nothing | {"z": None} | unknown
    (figure,) = found
    level = value(KPIS["service_level"], figure.columns)
    gap = None if target is None or level is None else level - target
    told |= {"level": level, "gap": gap, "standing": _of_program(level, gap, len(promises))}
    told |= _figures(moment, figure)
    of = _pooled(moment, window, queues)
    told |= {"forecast": of and of.expected, "deviation": of and of.ratio, "z": of and of.score}
    return told | {"signal": signal(of)}


def _pooled(moment: Moment, window: Window, queues: Sequence[Row]) -> Deviation | None:
    """Volume of a program; None where one of its queues with contacts has no forecast: what came and
    what was forecast would be of different queues."""
    if any(one["forecast"] is None and one["offered"] for one in queues):
        return None
    known = by_queue(one for one in moment.found.volume if one.key.program == window.program)
    pooled = [one for of in known.values() for one in within(of, *window[1:])]
    return so_far(pooled) if pooled else None


def _of_program(level: float | None, gap: float | None, targets: int) -> str:
    if level is None:
        return Mark.NO_TRAFFIC.value
    if gap is None:
        return "targets_differ" if targets > 1 else Mark.NO_TARGET.value
    return (Mark.MET if gap >= 0 else Mark.MISSED).value


def site_rows(moment: Moment, window: Window) -> list[Row]:
    """What each site handled, and its people; offered, abandoned and level are of no site."""
    rows = []
    for key, figure in recorded(moment, window, "program", sites=True).items():
        if not key.site:
            continue
        told = _head(moment, window) | {"site": key.site} | _staff(moment, figure)
        of = row(moment.plan, FigureKey(0, "", "", ""), figure, False)
        told |= {name: of[name] for name in ("handled", "aht", "state", "revision", "completeness")}
        rows.append(told | _required(moment, window, told["there"], site=key.site))
    return sorted(rows, key=_shortest_first)


def group_rows(moment: Moment, window: Window) -> list[Row]:
    """Each group over its sites: required by the plan, scheduled, there (M5 of staff)."""
    rows = []
    for key, figure in recorded(moment, window, "queue").items():
        if not key.group:
            continue
        told = _head(moment, window) | {"group": key.group} | _staff(moment, figure)
        told |= {"state": figure.state, "revision": figure.revision}
        told |= {"completeness": figure.completeness}
        rows.append(told | _required(moment, window, told["there"], group=key.group))
    return sorted(rows, key=_shortest_first)


def _staff(moment: Moment, figure: Figure) -> Row:
    kpis, columns = figure.kpis(), figure.columns
    scheduled = columns["sched_ms"] / figure.span_ms if columns.get("sched_ms") else None
    shares = {name: kpis.get(name) for name in ("occupancy", "adherence_shift_all")}
    asked = kpis.get("requested_fte") or None  # 0 of what nobody has asked for is not known
    told = {"there": kpis.get("available_fte"), "requested": asked}
    return {"scheduled": scheduled} | told | shares | {"attained": kpis.get("attainment_dev")}


def _required(
    moment: Moment, window: Window, there: Any, group: str | None = None, site: str | None = None
) -> Row:
    """FTE that the plan requires of a group or site, and the deviation of those there from it."""
    found = by_queue(
        one
        for one in moment.found.staff
        if one.key.program == window.program
        and group in (None, one.key.queue)
        and site in (None, one.key.site)
    )
    parts = [within(of, *window[1:]) for of in found.values()]
    if not parts or not all(parts):
        return {"required": None, "staff_deviation": None}
    length = window.end_ms - window.start_ms
    spent = sum(one.forecast * (one.end_ms - one.key.start_ms) for part in parts for one in part)
    needed = spent / length
    ratio = (there - needed) / needed if needed and there is not None else None
    return {"required": needed, "staff_deviation": ratio}


def _shortest_first(told: Row) -> tuple[bool, float, str]:
    away = told["staff_deviation"]
    return away is None, away or 0.0, told.get("group") or told.get("site") or ""


def with_staff(moment: Moment, rows: Iterable[Row], windows: Sequence[Window]) -> list[Row]:
    """The rows of queues with FTE required by what came, scheduled and there, as `plan show` has them."""
    curves = _curves(moment)
    starts = {
        (window.program, local_text(window.start_ms, moment.plan.zone(window.program))): window
        for window in windows
    }
    told = []
    for one in rows:
        window = starts[one["program"], one["start"]]
        of = curves.get((one["program"], one["queue"]), {}).get(window[1:])
        known = one["state"] != "unknown" and of is not None
        parts = {
            name: getattr(of, name) if known else None
            for name in ("required", "required_low", "required_high", "scheduled", "there")
        }
        told.append(one | parts)
    return told


def _curves(moment: Moment) -> dict[tuple[str, str], dict[tuple[int, int], Interval]]:
    if moment.rest is None:
        return {}
    return {
        (key.program, key.queue): {
            (one.start_ms, one.end_ms): one
            for one in day_curve(
                moment.view, moment.plan, moment.rest, moment.found, moment.came, at
            )
        }
        for at, key in enumerate(moment.rest.curves.keys)
        if key.channel != STAFF_CHANNEL
    }
