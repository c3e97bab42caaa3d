"""`floorwatch plan consistency`: whether targets of service and abandonment go together (4.3.8)."""

from datetime import date, timedelta
from itertools import groupby
from math import isfinite
from typing import Annotated, Any

import typer

from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, print_rows
from streams.cli.planned import Kept, PlanFiles, ProgramName, Queues, chosen, opened
from streams.errors import UserError
from streams.moments import utc_text
from streams.planning.consistency import Checked, checks
from streams.view import CellKey

COLUMNS = (
    "month", "program", "queue", "channel", "valid_from", "interval", "contacts", "aht_s", "patience_s",
    "T", "level", "asa_s", "abandonment", "by_level", "by_asa", "by_abandonment", "consistent",
    "abandonment_at_level", "level_at_abandonment", "asa_s_at_abandonment", "reason",
)  # fmt: skip
FAILED = 1


def consistency(
    month: Annotated[str, typer.Option("--month", help="A local month: 2026-03.")],
    queue: Queues = None,
    program: ProgramName = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Of what is planned, not of what was recorded.")
    ] = False,
    patience: Annotated[
        float | None, typer.Option("--patience", min=0.001, help="Mean, s; else it is estimated.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if targets are inconsistent.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Whether each queue's targets of service level or speed of answer and of abandonment ask for the
    same staff, over a busy, the mean and a quiet interval of a month, by Erlang A.

    Consistent: the least whole staff for each differ by at most one, and level <= 1 - abandonment.
    """
    settings = load_settings(config, store=store)
    rows = []
    span = None, *month_of(month)
    with opened(settings, program, queue or (), plan or (), *span) as (kept, _):
        for key in chosen(kept, program, queue or ()):
            rows += _rows(kept, key, month, forecast, patience)
    if not rows:
        what = "planned" if forecast else "recorded"
        raise UserError(
            f"nothing with contacts and a handle time is {what} in {month}",
            "floorwatch ledger months shows what is there; --forecast takes the plan",
        )
    print_rows(rows, COLUMNS, form_of(as_json, as_csv))
    if strict and any(row["consistent"] is False for row in rows):
        raise typer.Exit(FAILED)


def month_of(text: str) -> tuple[str, str]:
    """First day of a month and of the one after it, ISO. Raises UserError."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UserError(f"{text!r} is no month", "write 2026-03") from None
    following = (first + timedelta(days=31)).replace(day=1)
    return first.isoformat(), following.isoformat()


def _rows(
    kept: Kept, key: CellKey, month: str, forecast: bool, patience_s: float | None
) -> list[dict[str, Any]]:
    """Rows of a queue: of each target that was in force, the three kinds of interval."""
    rows = []
    by_target = groupby(kept.intervals(key, lasting=forecast), key=lambda one: one.target)
    for target, group in by_target:
        for one in checks(list(group), forecast, kept.patience_s(key, patience_s)):
            rows.append({
                "month": month,
                "program": key.program,
                "queue": key.queue,
                "channel": key.channel,
                "valid_from": utc_text(max(0, target.valid_from_ms)),
                **_figures(one),
                "T": target.thresholds_s[0],
                "level": target.service_level,
                "asa_s": target.asa_s,
                "abandonment": target.abandonment,
            })  # fmt: skip
    return rows


def _figures(one: Checked) -> dict[str, Any]:
    found = one.found._asdict() if one.found is not None else {"consistent": None}
    told = {
        name: v if not isinstance(v, float) or isfinite(v) else None for name, v in found.items()
    }
    return {
        "interval": one.kind,
        "contacts": one.load.contacts,
        "aht_s": one.load.aht_s,
        "patience_s": one.load.patience_s,
        **told,
        "reason": one.reason,
    }
