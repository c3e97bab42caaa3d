"""`floorwatch run`: live, from logs, pipes or the simulator, on one machine."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from streams.board.words import Language
from streams.bridges.recognise import Kind
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.serving import serve_and_run
from streams.cli.sources import line_opener, plan_openers, source_name
from streams.clock import WallClock
from streams.close import Record
from streams.drivers.embedded import Embedded, Opener
from streams.ledger_page import LedgerPage
from streams.planning.came import DAY_OF_LEDGER
from streams.planning.journal import append
from streams.planning.publish import Publisher
from streams.settings import Settings
from streams.simulator.settings import SimulatorSettings
from streams.sources.simulated import NAME as SIMULATOR
from streams.sources.simulated import SimulatedSource

EXAMPLES = (
    "floorwatch run --config center.toml /var/log/asterisk/queue_log",
    "acd-export | floorwatch run --store center.db -",
    "floorwatch run --no-board simulator",
)


def command(
    sources: Annotated[
        list[str], typer.Argument(help="Logs to follow, `-` for stdin, or `simulator`.")
    ],
    config: Config = None,
    store: Annotated[Path | None, typer.Option("--store", help="The SQLite database.")] = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the sources are, if it cannot be told.")
    ] = None,
    board: Annotated[
        bool | None, typer.Option(help="Show the board; as a rule on a terminal only.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port of page and /metrics; 0: free.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the board.")] = "en",
    log_level: LogLevel = None,
) -> None:
    """Follow sources, keep state and ledger in the store, serve the board, /metrics and /ledger on loopback.

    A restart goes on exactly where the last checkpoint stood. Ctrl-C or SIGTERM commits and ends;
    a second one ends at once.
    """
    settings = load_settings(config, log_level, store=store, http={"port": port})
    clock = WallClock()
    if SIMULATOR in sources and not settings.plan.queues:
        from streams.simulator.center import Center

        center = Center(settings.simulator)
        told = {"plan": center.plan(), "technologies": center.technologies()}
        settings = settings.model_copy(update=told)
    openers = {source_name(each): _opener(each, kind, settings, clock) for each in sources}
    openers |= plan_openers(settings)
    publisher = Publisher(settings.plan, partial(append, settings.store))
    driver = Embedded(settings, openers, SqliteStore(settings.store), clock, watcher=publisher)
    shown = sys.stdout.isatty() if board is None else board
    ledger = LedgerPage(settings.store)
    recorded = partial(_recorded, settings.store)
    serve_and_run(driver, settings, clock, shown, lang, ledger=ledger, recorded=recorded)


def _recorded(path: Path, since_ms: int, until_ms: int) -> list[Record]:
    store = SqliteStore(path, read_only=True)
    try:
        return list(store.ledger(DAY_OF_LEDGER, (since_ms, until_ms)))
    finally:
        store.close()


def _opener(source: str, kind: Kind | None, settings: Settings, clock: WallClock) -> Opener:
    if source == SIMULATOR:
        simulated = settings.simulator or SimulatorSettings(around_the_clock=True)
        return lambda state: (SimulatedSource(simulated, clock, clock.now_ms(), state), None)
    folder = settings.store.with_name(settings.store.name + ".journal")
    return line_opener(source, kind, settings, folder)
