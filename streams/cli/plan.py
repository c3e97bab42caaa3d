"""`floorwatch plan`: forecasts, required and requested FTE and schedules from files."""

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from streams.cli.options import Config, load_settings
from streams.cli.output import note
from streams.cli.plan_consistency import consistency
from streams.cli.plan_fit import misfit, schedule_fit
from streams.cli.plan_week import week
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import parsed_ms
from streams.planning.files import Event, Problem, Publication, read
from streams.planning.journal import append
from streams.settings import Settings

EXAMPLES = (
    "floorwatch plan check --config center.toml forecast.csv",
    "floorwatch plan import --config center.toml --author mori --reason 'week 9' forecast.csv fte.csv",
    "floorwatch plan import --config center.toml --kafka schedules.csv",
    "floorwatch plan consistency --store center.db --month 2026-03",
    "floorwatch plan week --day 2026-03-04 --absence 2026-03-06=10 --training 2026-03-05=4@13:00-15:00",
    "floorwatch plan fit --from 2026-03-02 --to 2026-03-09 --by interval --csv",
    "floorwatch plan misfit --to 2026-07-01",
)
BAD = 2
command = typer.Typer(help="Forecasts, required and requested FTE and schedules; targets checked.")
command.command("consistency")(consistency)
command.command("week")(week)
command.command("fit")(schedule_fit)
command.command("misfit")(misfit)
Files = Annotated[list[Path], typer.Argument(help="CSV with a header, or JSON lines.")]


@command.command("check")
def check(files: Files, config: Config = None) -> None:
    """Say what is wrong with files of the plan, by file and line; exit with 2 if anything is."""
    _read(files, load_settings(config), Publication(1, 0, "check", "", ""))


@command.command("import")
def import_(
    files: Files,
    config: Config = None,
    store: Annotated[Path | None, typer.Option("--store", help="The SQLite database.")] = None,
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

    Every version is kept; the official one of a day is the newest published before it begins.
    """
    settings = load_settings(config, store=store)
    now_ms = WallClock().now_ms()
    since = parsed_ms(published, ZoneInfo("UTC")) if published else now_ms
    of = Publication(version or since // 1000, since, source, author, reason)
    events = _read(files, settings, of)
    if kafka:
        where = _sent(settings, events)
    elif out is not None:
        where = _written(out, events)
    else:
        where = str(append(settings.store, [msgspec.json.encode(event) for event in events]))
    note(f"version {of.version}: {len(events):,} figures to {where}")


def _read(files: list[Path], settings: Settings, of: Publication) -> list[Event]:
    """The events of all files; what is wrong is printed, and then nothing is used."""
    events, problems = list[Event](), list[Problem]()
    for path in files:
        found = read(path, settings.plan, of)
        events += found.events
        problems += found.problems
    for problem in problems:
        print(problem)
    if problems:
        note(f"{len(problems):,} errors; nothing is imported")
        raise typer.Exit(BAD)
    note(f"{len(files)} files, {len(events):,} figures")
    return events


def _sent(settings: Settings, events: list[Event]) -> str:
    from streams.kafka.outgoing import Outgoing

    with Outgoing(settings.kafka) as outgoing:
        for event in events:
            raw = msgspec.json.encode(event)
            outgoing.send_event(event["type"], event["source"], event["program"], raw)
        outgoing.flush()
    return "topic plan"


def _written(out: Path, events: list[Event]) -> str:
    lines = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    if str(out) == "-":
        sys.stdout.buffer.write(lines)
        return "stdout"
    try:
        out.write_bytes(lines)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from None
    return str(out)
