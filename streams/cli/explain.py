"""`floorwatch explain`: a month's value followed to its columns, intervals and revisions."""

from collections import Counter
from typing import Annotated, Any

import typer

from schemas.targets import Plan
from streams.certification.explained import Explained, explained, kpi_named, value_of
from streams.certification.months import Book, Owner
from streams.certification.unreported import lacks_report, sentence
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.explain_accuracy import explain_scored, print_head
from streams.cli.month import MonthName, checked, read_book, within
from streams.cli.options import AsJson, Config, Store, load_settings
from streams.cli.output import note, print_json, print_rows
from streams.close import Record
from streams.errors import UserError
from streams.moments import local_text
from streams.recorded import changes, revision_row

EXAMPLES = (
    "floorwatch explain service_level --queue sales --month 2026-03 --store center.db",
    "floorwatch explain service_level --queue sales --month 2026-03 --day 2026-03-09",
    "floorwatch explain occupancy --group tier1 --month 2026-03 --json",
)
REVISIONS = ("start", "queue", "channel", "site", "revision", "old", "new", "reason", "recorded")


def command(
    kpi: Annotated[str, typer.Argument(help="Key of the KPI; `floorwatch kpis` lists them.")],
    month: MonthName,
    queue: Annotated[str, typer.Option("--queue", help="Of this queue, bot or line.")] = "",
    group: Annotated[str, typer.Option("--group", help="Of this staffing group.")] = "",
    program: Annotated[
        str, typer.Option("--program", help="Of this program, or the owner's.")
    ] = "",
    each: Annotated[str, typer.Option("--each", help="Class, where there are several.")] = "",
    day: Annotated[str, typer.Option("--day", help="Show the intervals of a local day.")] = "",
    config: Config = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Follow a month's value to what it is made of: definition and version, columns, days, intervals
    and every revision of these with old value, new value and reason.

    The columns of the intervals add up to those of the month. `first` is the sum of the values that
    were FINAL first: where it differs, revisions say why. `--json` has every interval.
    """
    declared = kpi_named(kpi)
    if queue and group:
        raise typer.BadParameter("a value is of a queue or of a group", param_hint="--group")
    checked(month)
    settings = load_settings(config, store=store)
    kept = SqliteStore(settings.store, read_only=True)
    try:
        plan = kept.plan()
        if declared.of_plan:
            return explain_scored(kept, plan, declared, (program, queue), month, as_json)
        found = read_book(kept, plan, [month])
        owner = _owner(found, queue, group, program)
        value = value_of(found, plan, declared, owner, month, each)
        told = explained(value, found, kept.history(*within(kept, plan, [month])), plan)
    finally:
        kept.close()
    if as_json:
        print_json(_as_json(told, plan))
    else:
        _show(told, plan, day)


def _owner(found: Book, queue: str, group: str, program: str) -> Owner:
    """Whose value is asked for. Raises UserError where that is nobody's, or of several programs."""
    owners = sorted({
        owner
        for _, owner in found
        if (owner.queue, owner.group) == (queue, group) and program in ("", owner.program)
    })  # fmt: skip
    asked = f"queue {queue!r}" if queue else f"group {group!r}" if group else f"program {program!r}"
    if not owners:
        raise UserError(f"nothing is recorded of {asked} then", "floorwatch month shows what is")
    if len(owners) > 1:
        names = ", ".join(owner.program for owner in owners)
        raise UserError(f"{asked} stands for several: {names}", "say which with --program")
    return owners[0]


def _show(told: Explained, plan: Plan, day: str) -> None:
    kpi, value, zone = told.kpi, told.value, plan.zone(told.value.program)
    whose = value.queue or value.group or f"program {value.program}"
    print_head(kpi, f"{whose}, {value.month}")
    since, until = (local_text(ms, zone) for ms in told.bounds_ms)
    print(f"from {since} to {until}" + (f"; T {value.T} s" if value.T else ""))
    said = "unknown" if not value.known else "no data" if value.value is None else value.value
    complete = "" if value.completeness is None else f", {value.completeness:.2%} complete"
    print(f"\nvalue {said}, n {value.n}, {value.state}, revision {value.revision}{complete}\n")
    print_rows([one._asdict() for one in told.parts.shares], told.parts.shares[0]._fields)
    names = list(dict.fromkeys(one.column for one in told.parts.shares if one.first is not None))
    if day:
        chosen = [
            one for one in told.parts.intervals if local_text(one.bucket_ms, zone)[:10] == day
        ]
        print(f"\nIntervals of {day} ({len(chosen)})")
        zero = dict.fromkeys(
            names, 0
        )  # It is final: what a column does not have is known to be none.
        rows = [zero | _interval(one, plan) for one in chosen]
        print_rows(rows, ("start", "queue", "channel", "site", "state", "revision", *names))
    else:
        print(
            f"\nDays ({len(told.parts.intervals)} intervals; --day 2026-03-09 shows those of one)"
        )
        print_rows(_days(told, plan), ("day", "intervals", "restated", *names))
    print(f"\nRevisions ({len(told.parts.revisions)})")
    if told.parts.revisions:
        print_rows([revision_row(plan, one) for one in told.parts.revisions], REVISIONS)
    if lacks_report(value, plan):
        note(sentence([value.program], [value.kpi]))
    if told.parts.waiting:
        note(f"{told.parts.waiting} intervals are not final yet and not in the value")


def _days(told: Explained, plan: Plan) -> list[dict[str, Any]]:
    zone = plan.zone(told.value.program)
    days: dict[str, Counter[str]] = {}
    for one in told.parts.intervals:
        sums = days.setdefault(local_text(one.bucket_ms, zone)[:10], Counter())
        sums.update(one.columns)
        sums["intervals"] += 1
        sums["restated"] += one.state == "RESTATED"
    names = [one.column for one in told.parts.shares]
    empty = dict.fromkeys((*names, "restated"), 0)
    return [{"day": day} | empty | sums for day, sums in days.items()]


def _interval(one: Record, plan: Plan) -> dict[str, Any]:
    told = {"start": local_text(one.bucket_ms, plan.zone(one.program)), "queue": one.queue}
    names = ("channel", "site", "state", "revision", "completeness")
    return told | {name: getattr(one, name) for name in names} | one.columns


def _as_json(told: Explained, plan: Plan) -> dict[str, Any]:
    zone = plan.zone(told.value.program)
    names = ("id", "key", "title", "title_ja", "definition", "definition_version", "expression")
    intervals = [
        {name: row for name, row in _interval(one, plan).items() if name not in one.columns}
        | {"columns": one.columns}
        for one in told.parts.intervals
    ]
    revisions = []
    for one in told.parts.revisions:
        old, new = changes(one)
        row = {name: getattr(one, name) for name in ("queue", "channel", "site", "basis")}
        row |= {"start": local_text(one.bucket_ms, zone), "revision": one.revision}
        row |= {"old": old, "new": new, "reason": one.reason}
        revisions.append(row | {"recorded": local_text(one.recorded_ms, zone)})
    return {
        "kpi": {name: getattr(told.kpi, name) for name in names} | {"basis": told.kpi.basis},
        "from": local_text(told.bounds_ms[0], zone),
        "to": local_text(told.bounds_ms[1], zone),
        "value": told.value.model_dump(),
        "columns": [one._asdict() for one in told.parts.shares],
        "days": _days(told, plan),
        "intervals": intervals,
        "revisions": revisions,
        "waiting": told.parts.waiting,
    }
