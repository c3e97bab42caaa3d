"""`floorwatch run`: live, from logs, pipes or the simulator, on one machine."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from streams import logs
from streams.board.words import Language
from streams.bridges.base import Bridge
from streams.bridges.recognise import Kind, bridge_for, recognise
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.serving import serve_and_run
from streams.clock import WallClock
from streams.drivers.embedded import Embedded, Opener
from streams.errors import UserError
from streams.settings import Settings
from streams.simulator.settings import SimulatorSettings
from streams.sources.base import Source
from streams.sources.file import first_line
from streams.sources.simulated import NAME as SIMULATOR
from streams.sources.simulated import SimulatedSource
from streams.sources.stdin import StdinSource
from streams.sources.tail import TailSource

EXAMPLES = (
    "floorwatch run --config center.toml /var/log/asterisk/queue_log",
    "acd-export | floorwatch run --store center.db -",
    "floorwatch run --no-board simulator",
)
STDIN = "-"


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
    port: Annotated[int | None, typer.Option("--port", help="Port of /metrics; 0: free.")] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the board.")] = "en",
    log_level: LogLevel = None,
) -> None:
    """Follow sources, keep state and ledger in the store, serve /metrics on loopback.

    A restart goes on exactly where the last checkpoint stood. Ctrl-C or SIGTERM commits and ends;
    a second one ends at once.
    """
    settings = load_settings(config, log_level, store=store, http={"port": port})
    clock = WallClock()
    if SIMULATOR in sources and not settings.plan.queues:
        from streams.simulator.center import Center

        plan = Center(settings.simulator).plan()
        settings = settings.model_copy(update={"plan": plan})
    openers = {_name(each): _opener(each, kind, settings, clock) for each in sources}
    driver = Embedded(settings, openers, SqliteStore(settings.store), clock)
    shown = sys.stdout.isatty() if board is None else board
    serve_and_run(driver, settings, clock, shown, lang)


def _name(source: str) -> str:
    return "stdin" if source == STDIN else source


def _opener(source: str, kind: Kind | None, settings: Settings, clock: WallClock) -> Opener:
    if source == SIMULATOR:
        simulated = settings.simulator or SimulatorSettings(around_the_clock=True)
        return lambda state: (SimulatedSource(simulated, clock, clock.now_ms(), state), None)
    if source == STDIN:
        folder = settings.store.with_name(settings.store.name + ".journal")
        return _opened(lambda state: StdinSource(folder, state), kind or _piped(settings), settings)
    path = Path(source)

    def tail(state: Any) -> Source:
        if state and "base" not in state:
            raise UserError(
                f"{path}: this store has replayed it", "follow it into another store with --store"
            )
        return TailSource(path, state)

    return _opened(tail, kind or _kind(path, settings), settings)


def _opened(make: Callable[[Any], Source], kind: Kind, settings: Settings) -> Opener:
    def open_source(state: Any) -> tuple[Source, Bridge | None]:
        return make(state), bridge_for(kind, settings)

    return open_source


def _piped(settings: Settings) -> Kind:
    """What a pipe carries, as far as the settings tell: nothing of it can be looked at before."""
    if settings.call_table is not None:
        return Kind.CALL_TABLE
    return Kind.EVENTS if settings.asterisk is None else Kind.QUEUE_LOG


def _kind(path: Path, settings: Settings) -> Kind:
    """The kind of a log: by its first line, or by its name where it is empty or not there yet."""
    if path.exists() and (line := first_line(path)):
        return recognise(path, line, settings)
    if not path.exists():
        logs.warn("source_absent", f"{path} is not there yet; waiting for it")
    if path.name.startswith("queue_log"):
        return Kind.QUEUE_LOG
    if path.name.endswith((".jsonl", ".ndjson")):
        return Kind.EVENTS
    raise UserError(f"{path}: no line yet to tell what it is", "check the name, or use --as")
