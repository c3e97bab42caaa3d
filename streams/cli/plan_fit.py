"""`floorwatch plan fit` and `plan misfit`: schedules against what is required (S:1256, 1294-1302)."""

from calendar import day_abbr
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer

from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.cli.planned import (
    Day,
    Kept,
    PlanFiles,
    ProgramName,
    Queues,
    Since,
    Until,
    chosen,
    next_day,
    opened,
)
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.diagnosis import measured_patience
from streams.planning.fit import AGAINST, Fit, Need, fit, fits, needs, source_of
from streams.planning.misfit import LEAST_WEEKS, Misfit, misfits, worst
from streams.planning.shrinkage import shrinkage
from streams.view import CellKey

FIT = (
    "start", "queue", "against", "required_h", "scheduled_h", "net_h", "over_h", "under_h", "fit",
    "intervals", "unknown",
)  # fmt: skip
MISFIT = (
    "weekday", "start", "queue", "against", "chronic", "weeks", "under", "over", "required_h",
    "scheduled_h", "net_h", "fit",
)  # fmt: skip
SPANS = ("interval", "day", "week")
ALL = "all"
Against = Annotated[
    str, typer.Option("--against", help="required, requested or model (of the forecast).")
]
Lost = Annotated[
    float | None, typer.Option("--lost", min=0, max=95, help="Percent of scheduled work lost.")
]


def schedule_fit(
    day: Day = None,
    since: Since = None,
    until: Until = None,
    queue: Queues = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    against: Against = "",
    lost: Lost = None,
    by: Annotated[str, typer.Option("--by", help="Rows: interval, day or week.")] = "day",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """FTE hours scheduled at work against those that have to be, so that those required are there.

    fit = 1 - |scheduled - required| / required, summed over intervals: too many in one never make up for
    too few in another. What of scheduled work is lost comes from the forecast's shrinkage.
    """
    if by not in SPANS:
        raise typer.BadParameter(f"one of {', '.join(SPANS)}", param_hint="--by")
    kept, queues = _read(day, since, until, queue, program, config, store, plan)
    rows = []
    for key in queues:
        source, needed = _needs(kept, key, against, lost)
        groups = fits(needed, lambda one: _name(kept, one, by))
        groups[ALL] = fit(needed)
        rows += [_row(name, key, source, told) for name, told in groups.items()]
    if not any(row["intervals"] for row in rows):
        raise UserError(
            "no interval has both a requirement and a schedule",
            "floorwatch plan import schedules, and forecasts or fte_required",
        )
    print_rows(rows, FIT, form_of(as_json, as_csv))


def misfit(
    until: Annotated[str, typer.Option("--to", help="Day after the last: 2026-07-01.")],
    since: Since = None,
    queue: Queues = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    against: Against = "",
    lost: Lost = None,
    everything: Annotated[bool, typer.Option("--all", help="Times that fit, too.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Times of the week that schedules miss again and again over half a year (or from --from).

    Chronic: in 60 % of at least 8 weeks fewer (more) were scheduled than the program's attainment band
    allows. Those first that cost the most hours.
    """
    next_day(until)
    first = since or (date.fromisoformat(until) - timedelta(weeks=26)).isoformat()
    kept, queues = _read(None, first, until, queue, program, config, store, plan)
    rows, weeks = list[dict[str, Any]](), 0
    for key in queues:
        source, needed = _needs(kept, key, against, lost)
        band = kept.plan.program(key.program).attainment_band
        found = misfits(needed, kept.span.zone, band)
        weeks = max([weeks, *(one.weeks for one in found)])
        rows += [_times(key, source, one) for one in (found if everything else worst(found))]
    print_rows(rows, MISFIT, form_of(as_json, as_csv))
    if weeks < LEAST_WEEKS:
        note(f"schedules and requirements of {weeks} weeks: {LEAST_WEEKS} are needed for a habit")
    elif not rows:
        note("no time of the week misses in most weeks")


def _read(
    day: str | None, since: str | None, until: str | None, queue: list[str] | None,
    program: str | None, config: Any, store: Any, plan: Any,
) -> tuple[Kept, list[CellKey]]:  # fmt: skip
    settings = load_settings(config, store=store)
    with opened(settings, program, queue or (), plan or (), day, since, until) as (kept, _):
        return kept, chosen(kept, program, queue or ())


def _needs(kept: Kept, key: CellKey, against: str, lost: float | None) -> tuple[str, list[Need]]:
    if against not in ("", *AGAINST):
        raise typer.BadParameter(f"one of {', '.join(AGAINST)}", param_hint="--against")
    intervals = kept.intervals(key)
    source = against or source_of(intervals)
    as_planned = [one._replace(staff=None) for one in intervals]  # what was seen is no plan
    loss = shrinkage(as_planned, kept.span.zone).loss if lost is None else lost / 100
    mean = kept.patience_s(key) or measured_patience(intervals)
    return source, needs(intervals, source, loss, mean, kept.occupancy_max(key))


def _name(kept: Kept, one: Need, by: str) -> str:
    zone = kept.span.zone
    if by == "interval":
        return local_text(one.start_ms, zone)
    day = datetime.fromtimestamp(one.start_ms / 1000, zone).date()
    return (day if by == "day" else day - timedelta(days=day.weekday())).isoformat()


def _row(start: str, key: CellKey, against: str, told: Fit) -> dict[str, Any]:
    return {"start": start, "queue": key.queue, "against": against, **_fit(told)}


def _fit(told: Fit) -> dict[str, Any]:
    return told._asdict() | {"net_h": told.net_h, "fit": told.fit}


def _times(key: CellKey, against: str, one: Misfit) -> dict[str, Any]:
    return {
        "weekday": day_abbr[one.weekday],
        "start": one.start.isoformat("minutes"),
        "queue": key.queue,
        "against": against,
        "chronic": one.chronic,
        "weeks": one.weeks,
        "under": one.under,
        "over": one.over,
        **_fit(one.total),
    }
