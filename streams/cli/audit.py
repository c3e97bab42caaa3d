"""`floorwatch audit`: a month counted again from its events, beside what is recorded of it."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.ledger import MENDED
from streams.audited import Difference, compared, key_of
from streams.bridges.recognise import Kind
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.audit_kafka import on_kafka
from streams.cli.audit_month import Asked, OfMonth
from streams.cli.audit_report import Shown
from streams.cli.month import BOTH, MonthName, checked, within
from streams.cli.options import AsJson, Config, LogLevel, Store, load_settings
from streams.cli.output import note, print_json
from streams.clock import WallClock
from streams.close import Record
from streams.drivers.audit import Log, recount, restate
from streams.drivers.counted_by import differing
from streams.errors import UserError
from streams.settings import Settings

EXAMPLES = (
    "floorwatch audit --store center.db --month 2026-03 events.jsonl.gz",
    "floorwatch audit --store center.db --month 2026-03 --restate events.jsonl.gz",
    "floorwatch audit --config bank.toml --month 1999-01 --json january1999.tsv.gz",
    "floorwatch audit --config center.toml --store ledger.db --month 2026-03 --kafka --restate",
)
FAILED, MOST_NAMED = 1, 8


def command(
    month: MonthName,
    files: Annotated[
        list[Path] | None, typer.Argument(help="All events of the month, as `replay` takes them.")
    ] = None,
    kafka: Annotated[
        bool,
        typer.Option("--kafka", help="Count the event topics instead, for what workers recorded."),
    ] = False,
    restating: Annotated[
        bool, typer.Option("--restate", help="Restate what differs, with the reason `audit`.")
    ] = False,
    fewer: Annotated[
        bool, typer.Option("--fewer", help="Also take away what the log does not have.")
    ] = False,
    otherwise: Annotated[
        bool,
        typer.Option(
            "--other-settings", help="Count by these settings, although `run` had others."
        ),
    ] = False,
    program: Annotated[str, typer.Option("--program", help="Only this program.")] = "",
    config: Config = None,
    store: Store = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the files are, if it cannot be told.")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Nothing follows: close the last intervals too.")
    ] = False,
    as_json: AsJson = False,
    log_level: LogLevel = None,
) -> None:
    """Count a month from its events once more, from nothing, and compare what is recorded: column by
    column, interval by interval. Events that were too late are counted with it.

    Exits with 0 if all agrees, or is restated, and with 1 if something differs. With --restate the
    differences go to the shard, in one transaction; stop `run` on the same store first. What may
    still change, and what the log has less of, stays as it is and says so.

    It counts by the plan of the store, and asks for the settings of `run` (--config): by others it would
    find what these make different, so it names them and ends, unless --other-settings says to go on.

    With --kafka the ledger is first synced into the store, and differences go to the workers: let them
    run. What the topics no longer retain is not compared, and said.
    """
    checked(month)
    settings = load_settings(config, log_level, store=store)
    if kafka == bool(files):
        raise typer.BadParameter("name files, or --kafka", param_hint="FILES")
    if kafka and (kind or complete):
        raise typer.BadParameter("--as and --complete are of files", param_hint="--kafka")
    asked = Asked(month, program, restating, fewer, otherwise)
    if kafka:
        shown, left = on_kafka(settings, asked)
    else:
        shown, left = _of_files(settings, asked, Log(files or [], kind, complete))
    print_json(shown.as_json()) if as_json else shown.show()
    if left:
        raise typer.Exit(FAILED)


def _of_files(settings: Settings, asked: Asked, log: Log) -> tuple[Shown, list[Difference]]:
    kept = _opened(settings.store, asked.restating)
    try:
        plan = kept.plan()
        _check_settings(kept, settings, asked)
        of_month = OfMonth(plan, asked.month, asked.program)
        _, span = where = within(kept, plan, [asked.month], BOTH[:1])
        # Owned before anything is counted: what `run` folds meanwhile would be undone.
        counted = recount(settings, kept, log, span)
        mended = {key_of(one) for one in kept.history(f"{where[0]} AND reason = '{MENDED}'", span)}
        told = compared(
            of_month.recorded(kept, where),
            filter(of_month.has, counted.records),
            mended,
            asked.fewer,
        )
        records, left = list[Record](), told.differences
        if asked.restating:
            records, left = restate(
                settings, kept, told, of_month.too_late(kept), counted.people, WallClock()
            )
        rejects = of_month.known_rejects(kept)
    finally:
        kept.close()
    return Shown(plan, asked.month, told, counted, records, left, rejects), left


def _check_settings(kept: SqliteStore, settings: Settings, asked: Asked) -> None:
    """Raises UserError where the settings are not those that the store was counted by."""
    found = differing(kept, settings)
    if found is None:
        note("by which settings this store was counted is not kept: give those of `run`")
    elif found and not asked.otherwise:
        raise UserError(
            f"{kept.path} was counted by other settings, and they would differ, not the events: {_names(found)}",
            "--config names the settings of `run`; --other-settings counts by these all the same",
        )
    elif found:
        note(f"counted by other settings than what is recorded: {_names(found)}")


def _names(found: list[str]) -> str:
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(found[:MOST_NAMED]) + more


def _opened(path: Path, restating: bool) -> SqliteStore:
    """The store, owned by this process if it is to be written. Raises UserError."""
    kept = SqliteStore(path, read_only=True)
    if not restating:
        return kept
    synced = kept.is_synced
    kept.close()
    if synced:
        raise UserError(
            f"{path} is a copy of what workers recorded on Kafka: files cannot restate it",
            "floorwatch audit --kafka --restate asks the workers, from their event topics",
        )
    kept = SqliteStore(path)
    try:
        kept.own()
    except UserError:
        kept.close()
        raise
    return kept
