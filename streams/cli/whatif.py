"""`floorwatch whatif`: intervals with other volume, handle time or people."""

from pathlib import Path
from typing import Annotated, Any

import typer

from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of
from streams.cli.planned import Day, PlanFiles, ProgramName
from streams.cli.whatif_course import Course, answer, show
from streams.cli.whatif_inputs import clock_ms, presences, read_slots
from streams.cli.whatif_single import single
from streams.cli.whatif_store import Asked, described, store_day
from streams.errors import UserError
from streams.planning.scenario import Scenario
from streams.planning.simulation import RUNS
from streams.planning.staffing import Goals, Load
from streams.planning.whatif import Change

EXAMPLES = (
    "floorwatch whatif --contacts 100 --aht 180 --staff 14 --patience 120 --volume 20",
    "floorwatch whatif --contacts 100 --aht 180 --staff 12 --patience 120 --abandonment 3 --json",
    "floorwatch whatif --store center.db --queue sales --day 2026-03-02 --from 13:00 --volume 20",
    "floorwatch whatif --day 2026-03-02 --queue sales --overtime 2@17:00-19:00 --simulate",
    "floorwatch whatif --intervals day.csv --move-break '3@12:00-12:15>13:30' --csv",
)
Percent = Annotated[float, typer.Option(min=-100, help="Percent more (or, below 0, less).")]
Spans = list[str] | None
LEVEL, WITHIN_S = 80.0, 20.0


def command(
    contacts: Annotated[
        float | None, typer.Option("--contacts", min=0, help="Of one interval.")
    ] = None,
    aht: Annotated[float | None, typer.Option("--aht", min=0.001, help="Handle time, s.")] = None,
    staff: Annotated[
        float | None, typer.Option("--staff", min=0, help="FTE that are there.")
    ] = None,
    minutes: Annotated[float, typer.Option("--minutes", min=1, help="Of one interval.")] = 30,
    intervals: Annotated[
        Path | None, typer.Option("--intervals", help="CSV: start,contacts,aht_s,staff.")
    ] = None,
    day: Day = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Of a store's day.")] = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Changed from 13:00 on; else the rest.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Changed until 15:00.")] = None,
    patience: Annotated[
        float | None, typer.Option("--patience", min=0.001, help="Mean, s; without it Erlang C.")
    ] = None,
    concurrency: Annotated[
        float | None, typer.Option("--concurrency", min=1, help="Chats held at once, measured.")
    ] = None,
    level: Annotated[
        float | None, typer.Option("--level", min=0, max=99.99, help="Target, %; 80.")
    ] = None,
    within: Annotated[
        float | None, typer.Option("--within", min=0, help="T of the target, s; 20.")
    ] = None,
    abandonment: Annotated[
        float | None, typer.Option("--abandonment", min=0.01, max=100, help="Target, %.")
    ] = None,
    occupancy: Annotated[
        float | None, typer.Option("--occupancy", min=1, max=100, help="Cap, %.")
    ] = None,
    volume: Percent = 0,
    aht_change: Percent = 0,
    staff_change: Annotated[float, typer.Option(help="FTE more (or, below 0, fewer).")] = 0,
    lost: Annotated[
        float | None, typer.Option("--lost", min=0, max=95, help="Percent of scheduled work lost.")
    ] = None,
    overtime: Annotated[Spans, typer.Option(help="People more: 2@17:00-19:00.")] = None,
    away: Annotated[Spans, typer.Option(help="People fewer: 4@10:00-11:00.")] = None,
    move_break: Annotated[Spans, typer.Option(help="3@12:00-12:15>13:30.")] = None,
    cancel_break: Annotated[Spans, typer.Option(help="3@14:00-14:30.")] = None,
    site_down: Annotated[Spans, typer.Option(help="osaka@10:00-11:00, of a store.")] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Play it, too.")] = False,
    runs: Annotated[int, typer.Option("--runs", min=2, help="Days played.")] = RUNS,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same figures.")] = 1,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Level, abandonment, speed of answer and occupancy before and after a change, the FTE required, and
    the least change that keeps the promises: of one interval (--contacts, --aht, --staff), of those of a
    file, or of a day in the store, whose rest is the forecast at the rate of the day so far.

    --from and --to are local times of the intervals in which volume, handle time and staff change; if not
    given, of a day in the store those not recorded yet. It is a model, named beside its numbers; it never
    writes to the plan.
    """
    form, played = form_of(as_json, as_csv), runs if simulate else 0
    goals = Goals(
        WITHIN_S if within is None else within,
        (LEVEL if level is None else level) / 100,
        None,
        _share(abandonment),
        _share(occupancy),
    )
    if sum((contacts is not None, intervals is not None, day is not None)) != 1:
        raise UserError(
            "which intervals are meant?",
            "--contacts, --aht and --staff; or --intervals FILE; or --day (with --queue, --store)",
        )
    if contacts is not None:
        if aht is None or staff is None:
            raise UserError("--contacts needs --aht and --staff", "see floorwatch whatif --help")
        if since or until or overtime or away or move_break or cancel_break or site_down:
            raise UserError("one interval has no clock", "use --staff-change, or --intervals FILE")
        load = Load(contacts, minutes * 60, aht, patience, concurrency or 1.0)
        change = Change(volume / 100, aht_change / 100, staff_change)
        single(load, staff, goals, change, played, seed, form)
        return
    if day is not None:
        known = staff, patience, _share(occupancy), _share(lost)
        asked = Asked(day, queue, program, plan or (), *known)
        of_day = store_day(load_settings(config, store=store), asked, _sites(site_down).values())
        course, told = _promised(of_day.course, level, abandonment), described(asked)
        down = {text: of_day.people(site) for text, site in _sites(site_down).items()}
    else:
        course, told = _of_file(intervals, goals, patience, site_down), {"file": intervals}
        down = {}
    moves = presences(
        course.slots, course.zone, [*(overtime or ()), *(cancel_break or ())], away or (),
        move_break or (), down,
    )  # fmt: skip
    scenario = Scenario(
        *_changed_from(course, since, until),
        volume / 100, aht_change / 100, staff_change, moves, None, concurrency, within,
    )  # fmt: skip
    changes = {**scenario._asdict(), "presences": [one._asdict() for one in moves]}
    told |= {"scenario": changes, "seed": seed}
    show(course, answer(course, scenario, seed, played), told, form)


def _sites(site_down: Spans) -> dict[str, str]:
    """The site of each `SITE@FROM-TO`."""
    return {text: text.partition("@")[0] for text in site_down or ()}


def _of_file(path: Path | None, goals: Goals, patience_s: float | None, down: Spans) -> Course:
    if path is None or down:
        raise UserError("--site-down needs a store", "use --away 4@10:00-11:00")
    return _with_care(Course(read_slots(path, goals, patience_s), dated=False))


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _promised(course: Course, level: float | None, abandonment: float | None) -> Course:
    """A store's intervals with other promises, where they are given."""
    given: dict[str, Any] = {"level": _share(level), "abandonment": _share(abandonment)}
    given = {name: value for name, value in given.items() if value is not None}
    slots = [slot._replace(goals=slot.goals._replace(**given)) for slot in course.slots]
    return _with_care(course._replace(slots=slots))


def _with_care(course: Course) -> Course:
    """A course that says where an abandonment is promised and no model knows who leaves."""
    promised = [one for one in course.slots if one.goals.abandonment is not None]
    if all(one.load.patience_s is not None for one in promised):
        return course
    why = "careful: patience is not known, and in Erlang C nobody leaves: name --patience"
    return course._replace(notes=(*course.notes, why))


def _rest(course: Course) -> int:
    """Where what can still be changed begins: behind what is recorded, of a day that is over with it."""
    recorded = [at for at, slot in enumerate(course.slots) if slot.measured is not None]
    following = course.slots[recorded[-1] + 1 :] if recorded else []
    return (following or course.slots)[0].start_ms


def _changed_from(course: Course, since: str | None, until: str | None) -> tuple[int, int]:
    """The span in which a scenario changes intervals. Raises UserError."""
    first, last = course.slots[0], course.slots[-1]
    try:
        begins = clock_ms(since, first.start_ms, course.zone) if since else _rest(course)
        ends = clock_ms(until, first.start_ms, course.zone) if until else last.end_ms
    except ValueError as wrong:
        raise UserError(str(wrong), "--from and --to are local times such as 13:00") from None
    if not any(begins <= slot.start_ms < ends for slot in course.slots):
        raise UserError("no interval begins between --from and --to", "see the times in the table")
    return begins, ends
