"""M6 to M8 of a month followed to the days that were scored, their versions' lags and revisions."""

from typing import Any

from schemas.accuracy import DayScored
from schemas.kpi import Kpi
from schemas.targets import Plan
from streams.certification.accuracy import days_of
from streams.certification.months import Owner
from streams.checkpoint import accuracy
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.month import scored_rows
from streams.cli.output import print_json, print_rows
from streams.errors import UserError
from streams.kpis import value as read
from streams.moments import local_text


def print_head(kpi: Kpi, whose: str) -> None:
    """What is explained, and how it is defined."""
    print(f"{kpi.title} / {kpi.title_ja} ({kpi.id} {kpi.key}), {whose}")
    print(f"definition version {kpi.definition_version}: {kpi.expression}, by {kpi.basis}")
    print(kpi.definition)


def explain_scored(
    store: SqliteStore, plan: Plan, kpi: Kpi, of: tuple[str, str], month: str, as_json: bool
) -> None:
    """Print a month's value with every revision of its days. `of`: program, queue; "" where not said.

    Raises UserError.
    """
    program, queue = of
    if queue in plan.queues:
        program = program or plan.queues[queue].program
    told = [
        one
        for one in scored_rows(store, plan, month, program)
        if one.kpi == kpi.key and one.queue == queue and program in ("", one.program)
    ]
    if len(told) != 1:
        which = ", ".join(one.program for one in told)
        raise UserError(
            f"{month} has {kpi.key} of several: {which}"
            if told
            else f"{month} has no {kpi.key} of these",
            "say which with --program or --queue; `plan accuracy --keep` keeps what is scored",
        )
    value = told[0]
    with store.reading() as db:
        days = days_of(accuracy.kept(db, history=True), Owner(value.program, queue), month)
    rows = [_row(one, kpi, plan) for one in days]
    if as_json:
        names = ("id", "key", "title", "title_ja", "definition", "definition_version", "expression")
        head = {name: getattr(kpi, name) for name in names} | {"basis": kpi.basis}
        return print_json({"kpi": head, "value": value.model_dump(), "days": rows})
    print_head(kpi, f"{queue or 'program ' + value.program}, {month}")
    shown = "no data" if value.value is None else value.value
    complete = "" if value.completeness is None else f", {value.completeness:.2%} complete"
    print(f"\nvalue {shown}, n {value.n}, {value.state}, revision {value.revision}{complete}")
    print(f"\nDays ({len({one.day for one in days})}), every revision")
    print_rows(rows, tuple(rows[0]))


def _row(day: DayScored, kpi: Kpi, plan: Plan) -> dict[str, Any]:
    lag = day.staffing_lag_days if kpi.id == "M6" else day.scheduling_lag_days
    names = dict.fromkeys(term.column for term in (*kpi.numerator, *kpi.denominator))
    return {
        "day": day.day, "revision": day.revision, "lag_days": lag, "value": read(kpi, day.columns),
        **{name: day.columns.get(name, 0) for name in names},
        "recorded": local_text(day.recorded_ms, plan.zone(day.program)),
    }  # fmt: skip
