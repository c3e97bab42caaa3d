"""`floorwatch diagnose`: why the service level was not the planned one."""

from typing import Annotated, Any

import typer

from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import Form, form_of, note, print_rows
from streams.cli.planned import (
    Day,
    Kept,
    PlanFiles,
    ProgramName,
    Queues,
    Since,
    Until,
    chosen,
    opened,
    shared_people,
)
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.causes import Causes
from streams.planning.diagnosis import Diagnosis, Finding, diagnosis
from streams.planning.recorded import SOURCES
from streams.view import CellKey

EXAMPLES = (
    "floorwatch diagnose --store center.db --queue sales --day 2026-03-02",
    "floorwatch diagnose --from 2026-03-02T09:00 --to 2026-03-02T12:00 --json",
    "floorwatch diagnose --day 2026-03-02 --against scheduled --csv",
)
COLUMNS = (
    "start", "queue", "contacts_plan", "contacts", "aht_plan_s", "aht_s", "staff_plan", "staff",
    "level_plan", "level", "gap", "by_volume", "by_aht", "by_staff", "interaction", "unmodelled",
    "model", "state", "note",
)  # fmt: skip
POOLED = "all"


def command(
    queue: Queues = None,
    day: Day = None,
    since: Since = None,
    until: Until = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    against: Annotated[
        str, typer.Option("--against", help="Planned staff: required, requested or scheduled.")
    ] = "",
    patience: Annotated[
        float | None, typer.Option("--patience", min=0.001, help="Mean, s; else it is estimated.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """The gap between measured and planned service level, split into volume, handle time and staff.

    The model is run for the plan and again with one actual at a time; with what they do together and
    what no model says the parts add up to the gap. Each interval, and all of them pooled.
    """
    if against not in ("", *SOURCES):
        raise typer.BadParameter(f"one of {', '.join(SOURCES)}", param_hint="--against")
    settings = load_settings(config, store=store)
    with opened(settings, program, queue or (), plan or (), day, since, until) as (kept, _):
        found = {
            key: diagnosis(kept.intervals(key), against, kept.patience_s(key, patience))
            for key in chosen(kept, program, queue or ())
        }
    if not any(one.pooled for one in found.values()):
        raise UserError(*_why_nothing(found))
    rows = [row for key, one in found.items() for row in _rows(kept, key, one)]
    form = form_of(as_json, as_csv)
    print_rows(rows, COLUMNS, form)
    for key, one in found.items():
        if one.pooled is None:
            note(f"{key.queue}: nothing to compare, {one.findings[0].without}")
            continue
        if form is Form.TABLE:
            print(_sentence(key, one, one.pooled))
        if careful := shared_people(kept, key):
            note(careful)


def _why_nothing(found: dict[CellKey, Diagnosis]) -> tuple[str, str]:
    reasons = sorted({f.without for one in found.values() for f in one.findings if f.without})
    return (
        f"no interval has plan and record to compare: {', '.join(reasons) or 'no plan, no record'}",
        "floorwatch plan import FILE, [plan.queues.NAME] groups; floorwatch ledger shows the record",
    )


def _rows(kept: Kept, key: CellKey, told: Diagnosis) -> list[dict[str, Any]]:
    rows = [_row(kept, key, one, told) for one in told.findings]
    cases = [one.case for one in told.findings if one.case is not None]
    if told.pooled is not None:
        rows.append(
            {
                "start": POOLED,
                "queue": key.queue,
                "contacts_plan": sum(case.planned.contacts for case in cases),
                "contacts": sum(case.offered for case in cases),
                **_parts(told.pooled),
                "note": _without(told),
            }
        )
    return rows


def _row(kept: Kept, key: CellKey, one: Finding, told: Diagnosis) -> dict[str, Any]:
    interval = one.interval
    planned = interval.planned
    return {
        "start": local_text(interval.start_ms, kept.span.zone),
        "queue": key.queue,
        "contacts_plan": planned and planned.contacts,
        "contacts": interval.offered,
        "aht_plan_s": planned and planned.aht_s,
        "aht_s": interval.aht_s,
        "staff_plan": interval.planned_staff.get(told.against),
        "staff": interval.staff,
        "level": interval.in_time / interval.offered if interval.offered else None,
        **(_parts(one.causes) if one.causes else {}),
        "state": interval.state,
        "note": one.without or one.careful,
    }


def _parts(causes: Causes) -> dict[str, Any]:
    return {
        "level_plan": causes.planned,
        "level": causes.measured,
        "gap": causes.gap,
        "by_volume": causes.volume,
        "by_aht": causes.aht,
        "by_staff": causes.staff,
        "interaction": causes.interaction,
        "unmodelled": causes.unmodelled,
        "model": causes.model,
    }


def _without(told: Diagnosis) -> str:
    """What the pool leaves out, in words."""
    out = sum(one.case is None for one in told.findings)
    parts = [f"{out} intervals left out" if out else ""]
    if told.unknown_staff:
        parts.append(f"staff unknown in {told.unknown_staff}")
    return ", ".join(part for part in parts if part)


def _sentence(key: CellKey, told: Diagnosis, pooled: Causes) -> str:
    """`cards: 71.2 % within T of 80.4 % planned, -9.2 points: volume -8.1, ...`."""
    parts = {
        "volume": pooled.volume,
        "handle time": pooled.aht,
        "staff": pooled.staff,
        "together": pooled.interaction,
        "unmodelled": pooled.unmodelled,
    }
    points = ", ".join(
        f"{name} unknown" if value is None else f"{name} {value * 100:+.1f}"
        for name, value in parts.items()
    )
    patience = "" if told.patience_s is None else f", patience {told.patience_s:.0f} s"
    return (
        f"{key.queue}: {pooled.measured:.1%} in time of {pooled.planned:.1%} planned, "
        f"{pooled.gap * 100:+.1f} points: {points} ({pooled.model}, staff {told.against}{patience})"
    )
