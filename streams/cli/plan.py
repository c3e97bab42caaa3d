"""`floorwatch plan`: forecasts, required and requested FTE and schedules from files."""

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from streams.cli.options import Config, load_settings
from streams.cli.output import note
from streams.cli.plan_accuracy import accuracy
from streams.cli.plan_show import show
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import parsed_ms
from streams.planning.files import Event, Problem, Publication, read
from streams.planning.journal import append
from streams.settings import Settings

EXAMPLES = (
    "floorwatch plan show --store center.db",
    "floorwatch plan show --store center.db --queue sales --csv",
    "floorwatch plan accuracy --store center.db --from 2026-03-01 --scheduling-lag 1",
    "floorwatch plan check --config center.toml forecast.csv",
    "floorwatch plan import --config center.toml --author mori --reason 'week 9' forecast.csv fte.csv",
    "floorwatch plan import --config center.toml --kafka schedules.csv",
)
BAD = 2
command = typer.Typer(
    help="Forecasts, required and requested FTE and schedules from files; today against them."
)
command.command("show")(show)
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
