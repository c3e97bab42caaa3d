"""`floorwatch simulate`: a center's events, and the truth about them, as files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.output import note
from streams.moments import parsed_ms
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings

EXAMPLES = (
    "floorwatch simulate day/",
    "floorwatch simulate month/ --from 2026-03-01 --days 31 --scale 4 --seed 3",
    "floorwatch simulate bad/ --bad-feed && floorwatch replay --config bad/plan.toml bad/events.jsonl",
)
BAD_FEED = {"late": 0.02, "duplicated": 0.05, "reordered": 0.1, "malformed": 0.01}


def command(
    folder: Annotated[Path, typer.Argument(help="Where events.jsonl, truth.json, plan.toml go.")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")
    ] = None,
    days: Annotated[float, typer.Option("--days", min=0.01, help="How long.")] = 1.0,
    scale: Annotated[float, typer.Option("--scale", min=0.01, help="Size of the center.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 1,
    bad_feed: Annotated[
        bool,
        typer.Option("--bad-feed", help="Late, duplicated, reordered and malformed lines."),
    ] = False,
    missing_ends: Annotated[
        float, typer.Option("--missing-ends", min=0, max=1, help="Share of ends that get lost.")
    ] = 0.0,
) -> None:
    """Write a simulated span: what its sources send, and the truth to compare with."""
    settings = SimulatorSettings(seed=seed, scale=scale)
    start = round(settings.start.timestamp() * 1000)
    if since is not None:
        start = parsed_ms(since.date().isoformat(), settings.zone)
    until = start + round(days * 86_400_000)
    feed = None
    if bad_feed or missing_ends:
        shares = BAD_FEED if bad_feed else {}
        feed = Feed(FeedSettings(seed=seed, missing_ends=missing_ends, **shares))
    counts = write_files(Center(settings), start, until, folder, feed)
    note(f"{folder}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
