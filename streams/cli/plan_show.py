"""`floorwatch plan show`: today against the plan, queue by queue or interval by interval."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.cli.planned import PlanFiles
from streams.days import local_day_start
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.came import DAY_OF_LEDGER, Came, came
from streams.planning.curves import curves_of
from streams.planning.day_curve import Interval, day_curve
from streams.planning.deviation import by_queue, deviations
from streams.planning.journal import plan_path
from streams.planning.rest import rest_of_day
from streams.planning.today import COLUMNS as QUEUES
from streams.planning.today import queue_day
from streams.planning.versions import Versions
from streams.view import CellKey, View

CURVE = ("start", "program", "queue", *Interval._fields[2:])
SHORT = (
    "start", "forecast", "actual", "projected", "aht_s", "required", "required_low", "required_high",
    "scheduled", "expected", "there", "level", "level_low", "level_high", "model",
)  # fmt: skip


def show(
    config: Config = None,
    store: Store = None,
    queue: Annotated[
        str | None, typer.Option("--queue", help="The day of this queue, interval by interval.")
    ] = None,
    files: PlanFiles = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Show today as the newest checkpoint of a `run` or `replay` has it, against the plan, also against
    what was imported since.

    One row a queue: the day so far, as it is going to end, the level its rest needs; month figures are
    those of the month up to tonight. With --queue one row an interval: forecast, actual, projected
    with its band, required, scheduled, expected, there, level and model; --csv and --json have all
    columns. `required` is of the queue alone; all other staff are of everybody who takes its contacts,
    and of queues that share people `low` and `high` are two models. Empty (null) is unknown.
    """
    settings = load_settings(config)
    kept = SqliteStore(store or settings.store, read_only=True)
    try:
        plan, data = kept.plan(), kept.snapshot()
        if data is None:
            raise UserError(
                f"{kept.path}: no checkpoint in it", "a copied ledger has no live state"
            )
        versions = Versions(plan, data, plan_path(kept.path), files or (), settings)
        if not versions.known_ms:
            raise UserError(
                f"{kept.path}: none of its feeds has said up to when it has told everything",
                "name the settings that `run` had with --config: [sources.NAME] heartbeats = false",
            )
        view = versions.view(kept.actions())
        _told(kept, view, plan, queue, as_csv, as_json)
    finally:
        kept.close()


def _told(
    kept: SqliteStore, view: View, plan: Plan, queue: str | None, as_csv: bool, as_json: bool
) -> None:
    form = form_of(as_json, as_csv)
    if not view.day_plan.forecasts():
        moment = local_text(view.at_ms, plan.common_zone())
        raise UserError(
            f"{kept.path}: no forecast of the day of {moment}, up to which its feeds have told",
            "floorwatch plan import, or another --store",
        )
    found, curves = deviations(view, plan), curves_of(view.day_plan, plan)
    rest = rest_of_day(view, plan, curves, found)
    if queue is None:
        begun = by_queue(found.volume)
        rows = [
            queue_day(view, plan, rest, begun.get(key, []), at)
            for at, key in enumerate(curves.keys)
        ]
        print_rows(rows, QUEUES, form)
        return
    places = [at for at, key in enumerate(curves.keys) if key.queue == queue]
    if not places:
        known = ", ".join(sorted(key.queue for key in curves.keys))
        raise UserError(f"queue {queue!r} has no forecast of this day", f"those that have: {known}")
    rows = []
    for at in places:
        key = curves.keys[at]
        zone = plan.zone(key.program)
        told = day_curve(view, plan, rest, found, _came(kept, view, plan, key), at)
        rows += [_interval(key, one, zone) for one in told]
    print_rows(rows, CURVE if as_csv or as_json else SHORT, form)
    note(f"known up to {local_text(view.at_ms, zone)}")


def _came(kept: SqliteStore, view: View, plan: Plan, key: CellKey) -> Came:
    """The local day of a queue's program: the ledger where the state has forgotten."""
    midnight = local_day_start(plan, key.program, view.at_ms)
    return came(view, kept.ledger(DAY_OF_LEDGER, (midnight, view.at_ms)))


def _interval(key: CellKey, one: Interval, zone: ZoneInfo) -> dict[str, Any]:
    row = {"start": local_text(one.start_ms, zone), "program": key.program, "queue": key.queue}
    return row | dict(zip(Interval._fields[2:], one[2:], strict=True))
