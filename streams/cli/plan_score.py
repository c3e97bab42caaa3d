"""`floorwatch plan score`: how good the forecasts of a day were."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from streams.checkpoint.sqlite import SqliteStore
from streams.cli.kept import left_out_by, versions_of
from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.cli.planned import ProgramName
from streams.errors import UserError
from streams.moments import local_text, parsed_ms
from streams.planning.past_day import LATEST_MS, Kept
from streams.planning.score import COLUMNS, scored
from streams.recorded import Selection

NOON_MS, REACH_MS = 12 * 3_600_000, 9 * 86_400_000


def score(
    day: Annotated[str, typer.Option("--day", help="Local day, 2026-03-02.")],
    config: Config = None,
    store: Store = None,
    program: ProgramName = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Only this queue.")] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--plan", help="Events of the plan, where the store has none."),
    ] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Compare forecasts of what was still to come, made at 25, 50 and 75 % of a day's contacts.

    original: the official version; published: the newest by then, where it is another; projected: ours
    from what was known then; last_week, or where it is not recorded run_rate: a naive one. wape and
    bias are shares of the contacts that came; in_band the share of intervals within their band,
    rest_in_band whether (of several queues: how many of) the rest of the day was.
    """
    path = store or load_settings(config).store
    with closing(SqliteStore(path, read_only=True)) as kept:
        plan = kept.plan()
        zone = plan.zone(program) if program else plan.common_zone()
        # Noon of a day lies in the same local day of all zones that a plan may mix but the farthest.
        noon_ms = parsed_ms(day, zone) + NOON_MS
        around = Selection(noon_ms - REACH_MS, noon_ms + REACH_MS)
        records = list(kept.ledger(*around.where()))
        versions = versions_of(kept, plan, files or ()).as_of
        actions = kept.actions(history=True)
        known = Kept(records, plan, versions)
        if queue is not None:
            there = sorted({key.queue for key in versions(noon_ms, LATEST_MS).forecasts()})
            if there and queue not in there:
                raise UserError(
                    f"queue {queue!r} has no forecast of {day}",
                    f"those that have: {', '.join(there)}",
                )
        rows = scored(known, left_out_by(actions), noon_ms, program, queue)
    told = [
        row | {"at": local_text(row["at"], plan.zone(row["program"])) if row["at"] else ""}
        for row in rows
    ]
    print_rows(told, COLUMNS, form_of(as_json, as_csv))
    if any(row["actual"] is None for row in told):
        note(
            "rows without figures: not every interval of that day is closed, or none was forecast then"
        )
    if not told:
        note(f"no forecast of {day} in {path}")
        note("hint: name events of the plan with --plan, as `plan import --out` writes them")
