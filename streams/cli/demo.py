"""`floorwatch demo`: a simulated center, live, with nothing to set up."""

from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from streams.alerting.judged import Judged, judged
from streams.board.words import Language
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.output import note
from streams.cli.serving import serve_and_run
from streams.cli.signals import unwind_on_sigterm
from streams.clock import Clock, ScaledClock, WallClock
from streams.drivers.embedded import Embedded
from streams.errors import UserError
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.settings import Outage, SimulatorSettings
from streams.sources.simulated import NAME, SimulatedSource

EXAMPLES = (
    "floorwatch demo",
    "floorwatch demo --for 20",
    "floorwatch demo --speed 60 --seed 7 --lang ja",
    "floorwatch demo --alerts",
)
OPENING = time(8, 0)
SHOWN_FROM = time(10, 20)
"""The demonstration opens in the morning peak, with two hours already counted."""
FAILS_AT = time(10, 18)
SCALE = 3
WEEKEND = 5


def command(
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, help="End by itself after so many seconds.")
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, help="Simulated seconds in a second.")
    ] = 10.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another day.")] = 1,
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="Port of the page and /metrics; 0: free."),
    ] = 0,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep the ledger in this database too.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the board.")] = "en",
    config: Config = None,
    alerts: Annotated[
        bool,
        typer.Option(
            "--alerts", help="Start Prometheus and Alertmanager too: what fires is shown."
        ),
    ] = False,
    log_level: LogLevel = None,
) -> None:
    """Watch a simulated center: today's intervals against target, waiting, oldest wait, feeds."""
    settings = load_settings(config, log_level or "warning", http={"port": port})
    failure = Outage(kind="site_down", name="nagoya", at=FAILS_AT, minutes=10)
    simulated = SimulatorSettings(
        seed=seed,
        scale=SCALE,
        outages=(failure,),
        staff_events=True,
        forecasts=True,
        chat=True,
        bots=True,
        cases=True,
        outbound=True,
    )
    shown_people = settings.staff.model_copy(update={"show_staff": True})  # nobody of them is real
    center = Center(simulated)
    told = {"plan": center.plan(), "technologies": center.technologies(), "staff": shown_people}
    settings = settings.model_copy(update=told)
    note("compiling the kernels (a minute or two the first time) ...")
    opens, shown = _moments(simulated.time_zone, WallClock())
    clock = ScaledClock(shown, speed)
    stopping = Event()
    with ExitStack() as stack:
        judging = _judging(stack, settings, speed, stopping) if alerts else None
        if judging is not None:
            asked = settings.alerts.model_copy(update={"url": judging.url})
            settings = settings.model_copy(update={"alerts": asked})
        driver = Embedded(
            settings,
            {NAME: lambda state: (SimulatedSource(simulated, clock, opens, state), None)},
            SqliteStore(store) if store else None,
            clock,
            stopping=stopping,
        )

        def started(at: int) -> None:
            at_port = f"http://{settings.http.host}:{at}"
            note(f"board: {at_port}/   metrics: {at_port}/metrics   (Ctrl-C ends)")
            if judging is not None:
                prometheus = judging.by(f"{settings.http.host}:{at}")
                note(f"alerts: {judging.url}   Prometheus: {prometheus}   (they end with this)")

        serve_and_run(driver, settings, clock, True, lang, seconds, started, simulated=True)


def _judging(stack: ExitStack, settings: Settings, speed: float, stopping: Event) -> Judged:
    """Raises UserError, also where Prometheus would have to send a token."""
    if settings.http.required_token:
        raise UserError("--alerts watches on loopback only", "leave [http] host as it is")
    unwind_on_sigterm(stopping)
    return stack.enter_context(judged(speed))


def _moments(zone_name: str, clock: Clock) -> tuple[int, int]:
    """Opening and first shown moment of the newest weekday, ms UTC, by the center's wall clock."""
    zone = ZoneInfo(zone_name)
    day = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).astimezone(zone).date()
    while day.weekday() >= WEEKEND:
        day -= timedelta(days=1)
    opens, shown = (
        round(datetime.combine(day, moment, zone).timestamp() * 1000)
        for moment in (OPENING, SHOWN_FROM)
    )
    return opens, shown
