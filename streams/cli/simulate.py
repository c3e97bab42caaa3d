"""`floorwatch simulate`: a center's events, and the truth about them, as files or into Kafka."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from streams.cli.options import Config, load_settings
from streams.cli.output import note
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import parsed_ms
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Delivery, Feed, FeedSettings, Label
from streams.simulator.files import deliveries, write_deliveries
from streams.simulator.settings import SimulatorSettings

EXAMPLES = (
    "floorwatch simulate day/",
    "floorwatch simulate day/ --staff --chat --bots",
    "floorwatch simulate month/ --from 2026-03-01 --days 31 --scale 4 --seed 3",
    "floorwatch simulate bad/ --bad-feed && floorwatch replay --config bad/plan.toml bad/events.jsonl",
    "floorwatch simulate --kafka --speed 60 --bad-feed",
    "floorwatch simulate --kafka --now --days 0.1",
)
BAD_FEED = {"late": 0.02, "duplicated": 0.05, "reordered": 0.1, "malformed": 0.01}


def command(
    folder: Annotated[
        Path | None, typer.Argument(help="Where events.jsonl, truth.json, plan.toml go.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")
    ] = None,
    days: Annotated[float, typer.Option("--days", min=0.001, help="How long.")] = 1.0,
    scale: Annotated[float, typer.Option("--scale", min=0.01, help="Size of the center.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 1,
    bad_feed: Annotated[
        bool,
        typer.Option("--bad-feed", help="Late, duplicated, reordered and malformed lines."),
    ] = False,
    missing_ends: Annotated[
        float, typer.Option("--missing-ends", min=0, max=1, help="Share of ends that get lost.")
    ] = 0.0,
    staff: Annotated[
        bool, typer.Option("--staff", help="People's states, schedules and requested FTE too.")
    ] = False,
    chat: Annotated[
        bool, typer.Option("--chat", help="Chats too, and who holds how many.")
    ] = False,
    bots: Annotated[
        bool, typer.Option("--bots", help="Conversations with bots, probes, carriers' counts too.")
    ] = False,
    forecasts: Annotated[
        bool, typer.Option("--forecasts", help="The plan's forecasts too, and FTE required.")
    ] = False,
    cases: Annotated[bool, typer.Option("--cases", help="Deferred work too.")] = False,
    outbound: Annotated[bool, typer.Option("--outbound", help="Dialled lists too.")] = False,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Send it to the event topics; a folder is optional.")
    ] = False,
    rate: Annotated[
        float | None, typer.Option("--rate", min=0.1, help="With --kafka: events a second.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=0.1, help="With --kafka: times the event clock.")
    ] = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="With --kafka: from this moment on, live, around the clock."),
    ] = False,
    config: Config = None,
) -> None:
    """Write a simulated span: what its sources send, and the truth to compare with.

    With --kafka it is sent, as fast as possible unless --rate or --speed paces it.
    """
    if not kafka and (folder is None or rate or speed or now):
        told = "--rate, --speed and --now go with --kafka" if folder else "name a folder"
        raise UserError(told, "floorwatch simulate day/, or floorwatch simulate --kafka")
    if now and (since or speed):
        raise UserError("--now goes with neither --from nor --speed", "it begins now, at speed 1")
    now_ms = WallClock().now_ms()
    simulated = SimulatorSettings(
        seed=seed,
        # What began anew with the ids of what ran before would be taken for it, and not be counted.
        run=f"{now_ms // 1000:x}" if now else "",
        scale=scale,
        around_the_clock=now,
        staff_events=staff,
        forecasts=forecasts,
        chat_forecasts=forecasts and chat,
        chat=chat,
        bots=bots,
        cases=cases,
        outbound=outbound,
    )
    start = round(simulated.start.timestamp() * 1000)
    if since is not None:
        start = parsed_ms(since.date().isoformat(), simulated.zone)
    if now:
        start, speed = now_ms, 1.0
    shares = BAD_FEED if bad_feed else {}
    feed = Feed(FeedSettings(seed=seed, missing_ends=missing_ends, **shares))
    center = Center(simulated)
    arriving = deliveries(center, start, start + round(days * 86_400_000), feed)
    if kafka:
        _send(load_settings(config), center, arriving, feed, folder, (start, rate, speed))
    elif folder is not None:
        _write(center, arriving, feed, folder)


def _write(center: Center, arriving: Iterator[Delivery], feed: Feed, folder: Path) -> None:
    counts = write_deliveries(center, arriving, folder, feed)
    note(f"{folder}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))


def _send(
    settings: Settings,
    center: Center,
    arriving: Iterator[Delivery],
    feed: Feed,
    folder: Path | None,
    pace: tuple[int, float | None, float | None],
) -> None:
    from streams.cli.signals import stop_on_signals
    from streams.drivers.pacing import Pace
    from streams.drivers.sending import Poster
    from streams.kafka.outgoing import Outgoing

    stopping = Event()
    stop_on_signals(stopping)
    with Outgoing(settings.kafka) as outgoing:
        poster = Poster(outgoing, WallClock())
        sent = _sent(arriving, poster, Pace(*pace), stopping)
        if folder is None:
            deque(sent, maxlen=0)
        else:
            _write(center, sent, feed, folder)
    done = poster.sent
    note(
        f"{center.contacts:,} contacts: {done.events:,} events, {done.heartbeats:,} heartbeats sent"
    )


def _sent(
    arriving: Iterator[Delivery], poster: Any, pace: Any, stopping: Event
) -> Iterator[Delivery]:
    """Passes on what it has sent, until stopped."""
    for delivery in arriving:
        pace.wait(delivery.at_ms, stopping)
        if stopping.is_set():
            break
        # Broken copies too: a worker has to see what a source may send.
        poster.send_as_is(delivery.raw)
        if delivery.label is Label.HEARTBEAT:
            poster.sent.events -= 1
            poster.sent.heartbeats += 1
        yield delivery
    poster.flush()
