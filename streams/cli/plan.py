"""`floorwatch plan`: forecasts, FTE, schedules, targets, opening hours and payroll from files."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from schemas.forecasts import OWN_SOURCE
from schemas.keys import BUCKET_MS
from streams.checkpoint import payroll, promises
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import onto_plan
from streams.cli.options import Config, Store, load_settings
from streams.cli.output import note
from streams.cli.plan_accuracy import accuracy
from streams.cli.plan_consistency import consistency
from streams.cli.plan_fit import misfit, schedule_fit
from streams.cli.plan_list import list_
from streams.cli.plan_score import score
from streams.cli.plan_show import show
from streams.cli.plan_week import week
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import parsed_ms
from streams.planning.fields import Publication
from streams.planning.files import Import, Read
from streams.planning.journal import append
from streams.published import event_of
from streams.settings import Settings

EXAMPLES = (
    "floorwatch plan show --store center.db",
    "floorwatch plan show --store center.db --queue sales --csv",
    "floorwatch plan accuracy --store center.db --from 2026-03-01 --scheduling-lag 1",
    "floorwatch plan check --config center.toml forecast.csv",
    "floorwatch plan import --config center.toml --author mori --reason 'week 9' forecast.csv fte.csv",
    "floorwatch plan import --config center.toml --kafka schedules.csv",
    "floorwatch plan import --config center.toml --author mori --reason 'new contract' targets.csv",
    "floorwatch plan list --config center.toml",
    "floorwatch plan score --store center.db --day 2026-03-02",
    "floorwatch plan consistency --store center.db --month 2026-03",
    "floorwatch plan week --day 2026-03-04 --absence 2026-03-06=10 --training 2026-03-05=4@13:00-15:00",
    "floorwatch plan fit --from 2026-03-02 --to 2026-03-09 --by interval --csv",
    "floorwatch plan misfit --to 2026-07-01",
)
BAD = 2
_COUNTED = "SELECT max(bucket_ms) FROM ledger WHERE basis = 'arrival' AND columns <> '{}'"
command = typer.Typer(
    help="Forecasts, FTE, schedules, targets, opening hours and payroll from files: today against them, how good they were."
)
command.command("consistency")(consistency)
command.command("list")(list_)
command.command("score")(score)
command.command("show")(show)
command.command("week")(week)
command.command("fit")(schedule_fit)
command.command("misfit")(misfit)
command.command("accuracy")(accuracy)
Files = Annotated[list[Path], typer.Argument(help="CSV with a header, or JSON lines.")]


@command.command("check")
def check(files: Files, config: Config = None) -> None:
    """Say what is wrong with files of the plan, by file and line; exit with 2 if anything is."""
    _read(files, load_settings(config), Publication(1, 0, "check", "", ""))


@command.command("import")
def import_(
    files: Files,
    config: Config = None,
    store: Store = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Onto the topic plan.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="To a file; `-` for stdout.")] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", min=1, help="Number of the version; the greatest is the newest."),
    ] = None,
    published: Annotated[
        str | None, typer.Option("--published", help="When it was published, UTC if not said.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="The system it comes from.")] = "plan",
    author: Annotated[str, typer.Option("--author", help="Who published it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it was published.")] = "",
) -> None:
    """Publish files as one version of the plan: all of them, or none if a line is wrong.

    Every version is kept; the official one of a day is the newest published before it begins. Of
    payroll the newest version stands; it is kept in the store, where `ledger` reads it. Targets and
    opening hours wait in the store until `run` or `replay` takes them, or go with --kafka to the
    workers: only such as begin later than what is counted are taken.
    """
    if source == OWN_SOURCE:
        raise UserError(
            f"--source {OWN_SOURCE} is for what `run` publishes itself",
            "name the system it is from",
        )
    settings = load_settings(config, store=store)
    now_ms = WallClock().now_ms()
    since = parsed_ms(published, ZoneInfo("UTC")) if published else now_ms
    of = Publication(version or since // 1000, since, source, author, reason)
    found = _read(files, settings, of)
    where = []
    if found.paid and (kafka or out is not None):
        raise UserError(
            "payroll goes into a store only, and these files have some: who was paid is for few to read",
            "import them alone, without --kafka and --out; on a cluster into the copy of `ledger sync`",
        )
    if found.promises and out is not None:
        raise UserError(
            "targets and opening hours go into a store or onto the topic, and these files have some",
            "leave --out away, or use --kafka",
        )
    if (found.paid or found.promises) and not kafka:
        _kept(settings.store, found)
        where.append(str(settings.store))
    raw = [msgspec.json.encode(event) for event in found.events]
    if kafka:
        where.append(_onto_topic(settings, found))
    elif out is not None:
        where.append(_written(out, raw))
    elif raw:
        where.append(str(append(settings.store, raw)))
    note(f"version {of.version}: {found.figures:,} figures to {' and '.join(where)}")


def _kept(store: Path, found: Read) -> None:
    """Payroll and promises into the store. Raises UserError."""
    with closing(SqliteStore(store)) as into:
        with into.reading() as db:
            (counted,) = db.execute(_COUNTED).fetchone()
        for one in found.promises:
            if counted is not None and one.valid_from_ms < counted + BUCKET_MS:
                raise UserError(
                    f"{one.kind} of queue {one.queue!r} begins at a time that is already counted",
                    "let it begin later, or replay into a new store",
                )
        with into.transaction() as db:
            payroll.keep(db, found.paid)
            promises.keep(db, found.promises)


def _read(files: list[Path], settings: Settings, of: Publication) -> Read:
    """What all files say; what is wrong is printed, and then nothing is used."""
    together = Import(settings.plan, of)
    for path in files:
        together.take(path)
    found = together.read()
    for problem in found.problems:
        print(problem)
    if found.problems:
        note(f"{len(found.problems):,} errors; nothing is imported")
        raise typer.Exit(BAD)
    note(f"{len(files)} files, {found.figures:,} figures")
    return found


def _onto_topic(settings: Settings, found: Read) -> str:
    promised = []
    for one in found.promises:
        if one.valid_from_ms < one.published + BUCKET_MS:
            raise UserError(
                f"{one.kind} of queue {one.queue!r} begins less than 15 minutes after it is published",
                "let it begin later: workers refuse it, contacts of its time may be counted",
            )
        try:
            promised.append(event_of(one))
        except ValueError as error:
            raise UserError(f"queue {one.queue!r}: {error}", "write it shorter") from None
    with onto_plan.reached(settings) as outgoing:
        return onto_plan.send(outgoing, [*promised, *found.events])


def _written(out: Path, events: list[bytes]) -> str:
    lines = b"".join(event + b"\n" for event in events)
    if str(out) == "-":
        sys.stdout.buffer.write(lines)
        return "stdout"
    try:
        out.write_bytes(lines)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from None
    return str(out)
