"""`floorwatch plan week`: the days of a week that are left, as they are now expected (2.5.2.b)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from math import isfinite
from typing import Annotated, Any

import typer

from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import Form, form_of, note, print_rows
from streams.cli.planned import (
    Kept,
    Live,
    PlanFiles,
    ProgramName,
    Queues,
    chosen,
    next_day,
    opened,
    shared_people,
)
from streams.cli.whatif_course import rules_of
from streams.cli.whatif_inputs import parsed, people
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.projection import Projected, projected
from streams.planning.scenario import Outcome, Presence, Scenario, Slot, changed, outcome
from streams.planning.shrinkage import Shrinkage, shrinkage
from streams.view import CellKey

COLUMNS = (
    "start", "queue", "intervals", "recorded", "unknown", "contacts", "aht_s", "required", "staff", "net",
    "short_h", "level", "goal", "asa_s", "abandonment", "occupancy", "model", "careful",
)  # fmt: skip
DAY, INTERVAL = "day", "interval"
WEEK = "week"
AS_IT_IS = Scenario(0, 0)


def week(
    day: Annotated[str, typer.Option("--day", help="Any local day of the week: 2026-03-04.")],
    queue: Queues = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    absence: Annotated[
        list[str] | None, typer.Option(help="Percent away on a day: 2026-03-06=10.")
    ] = None,
    training: Annotated[
        list[str] | None, typer.Option(help="People away: 2026-03-05=4@13:00-15:00.")
    ] = None,
    lost: Annotated[
        float | None, typer.Option("--lost", min=0, max=95, help="Percent of scheduled work lost.")
    ] = None,
    patience: Annotated[
        float | None, typer.Option("--patience", min=0.001, help="Mean, s; else it is estimated.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Rows: day or interval.")] = DAY,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """The week from Monday to Sunday: recorded intervals as they were, the rest as the newest forecast at
    the rate of the week so far, with the people scheduled less the share that is seen to be lost.

    --absence and --training say what is known of the days to come.
    """
    if by not in (DAY, INTERVAL):
        raise typer.BadParameter("day or interval", param_hint="--by")
    settings = load_settings(config, store=store)
    rows, sentences = list[dict[str, Any]](), list[str]()
    span = None, *week_of(day)
    with opened(settings, program, queue or (), plan or (), *span) as (kept, source):
        live, queues, zone = Live(kept, source), chosen(kept, program, queue or ()), kept.span.zone
    for key in queues:
        told = kept.intervals(key, lasting=True)
        lost_as = shrinkage(told, zone)
        loss = lost_as.loss if lost is None else lost / 100
        habits = kept.patience_s(key, patience), loss, kept.occupancy_max(key)
        found = projected(told, kept.plan.program(key.program), None, *habits, live.of(key))
        if found.slots:
            slots = _with(found.slots, absence or (), training or (), zone)
            rows += _rows(kept, key, found, slots, by)
            sentences.append(_sentence(key, found, lost_as, loss))
            if careful := shared_people(kept, key):
                sentences.append(careful)
    if not rows:
        raise UserError(
            f"nothing can be said of the week of {day}",
            "floorwatch plan import forecasts and schedules of it",
        )
    form = form_of(as_json, as_csv)
    print_rows(rows, COLUMNS, form)
    for sentence in sentences:
        if form is Form.TABLE:
            print(sentence)
        else:
            note(sentence)


def week_of(day: str) -> tuple[str, str]:
    """Monday of the local week that holds an ISO date, and the Monday after it. Raises UserError."""
    next_day(day)
    told = date.fromisoformat(day)
    monday = told - timedelta(days=told.weekday())
    return monday.isoformat(), (monday + timedelta(days=7)).isoformat()


def _with(
    slots: Sequence[Slot], absence: Sequence[str], training: Sequence[str], zone: tzinfo
) -> list[Slot]:
    """Intervals to come with fewer people. Raises UserError for a day that has none."""
    found = list(slots)
    for text in absence:
        day, _, percent = text.partition("=")
        share = people(percent, text) / 100
        if share > 1:
            raise UserError(f"{text!r}: more than 100 percent", "write 2026-03-06=10")
        found = [
            one._replace(staff=one.staff * (1 - share)) if one in _coming(found, day, zone) else one
            for one in found
        ]
    for text in training:
        day, _, who = text.partition("=")
        coming = _coming(found, day, zone)
        number, since, until, _ = parsed(who, coming[0].start_ms, zone)
        away = Scenario(0, 0, presences=(Presence(-people(number, text), since, until),))
        if not any(away.touches(one) for one in coming):
            raise UserError(f"{text!r} lies in no interval to come", "name a time within them")
        found = [changed([one], away)[0] if one in coming else one for one in found]
    return found


def _coming(slots: Sequence[Slot], day: str, zone: tzinfo) -> list[Slot]:
    """Intervals of a local day that are not recorded yet. Raises UserError if there are none."""
    next_day(day)
    coming = [one for one in slots if one.measured is None and _day(one, zone) == day]
    if not coming:
        raise UserError(f"no interval of {day} is to come", "name a day of the week that is left")
    return coming


def _day(slot: Slot, zone: tzinfo) -> str:
    return datetime.fromtimestamp(slot.start_ms / 1000, zone).date().isoformat()


def _rows(
    kept: Kept, key: CellKey, found: Projected, slots: list[Slot], by: str
) -> list[dict[str, Any]]:
    zone = kept.span.zone
    days = list(dict.fromkeys(_day(one, zone) for one in slots))
    groups = [(day, [one for one in slots if _day(one, zone) == day]) for day in days]
    if by == INTERVAL:
        groups = [(local_text(one.start_ms, zone), [one]) for one in slots]
    out = [local_text(one.start_ms, zone)[:10] for one, _ in found.left_out]
    rows = [_row(name, key, outcome(group, AS_IT_IS), out.count(name)) for name, group in groups]
    return [*rows, _row(WEEK, key, outcome(slots, AS_IT_IS), len(out))]


def _row(start: str, key: CellKey, told: Outcome, unknown: int) -> dict[str, Any]:
    pooled, slots = told.pooled, told.slots
    contacts = sum(one.load.contacts for one in slots)
    short = (
        max(0.0, need - one.staff) * one.load.interval_s
        for one, need in zip(slots, told.required, strict=True)
    )
    figures = {
        "contacts": contacts,
        "aht_s": sum(one.load.contacts * one.load.aht_s for one in slots) / contacts
        if contacts
        else None,
        "required": pooled.required,
        "staff": pooled.staff,
        "net": pooled.staff - pooled.required,
        "short_h": sum(short) / 3600,
        "level": pooled.level if contacts else None,
        "goal": pooled.goal or None,
        "asa_s": pooled.asa_s,
        "abandonment": pooled.abandonment,
        "occupancy": pooled.occupancy,
    }
    return {
        "start": start,
        "queue": key.queue,
        "intervals": len(slots),
        "recorded": sum(one.measured is not None for one in slots),
        "unknown": unknown,
        "model": "+".join(sorted({one.model for one in told.performances})),
        "careful": " ".join(rules_of(told.careful)),
    } | {name: v if v is None or isfinite(v) else None for name, v in figures.items()}


def _sentence(key: CellKey, found: Projected, lost: Shrinkage, loss: float) -> str:
    shares = {"planned": lost.planned, "seen": lost.seen, "expected": lost.expected}
    said = ", ".join(
        f"{'unknown' if value is None else f'{value:.1%}'} {name}" for name, value in shares.items()
    )
    return (
        f"{key.queue}: to come at {found.rates.volume:.3f} of the forecast's contacts, "
        f"{found.rates.aht:.3f} of its handle time; shrinkage {said}; {loss:.1%} of scheduled work lost"
    )
