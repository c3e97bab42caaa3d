"""Sources that are followed live: logs by their path, `-` for stdin."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams import logs
from streams.bridges.base import Bridge
from streams.bridges.recognise import Kind, bridge_for, recognise
from streams.errors import UserError
from streams.planning.journal import PlanSource, plan_path
from streams.settings import Settings
from streams.sources.base import Source
from streams.sources.file import first_line
from streams.sources.stdin import StdinSource
from streams.sources.tail import TailSource

STDIN = "-"

Opener = Callable[[Any], tuple[Source, Bridge | None]]
"""Opens a source where its state (None: at the beginning) says."""


def source_name(source: str) -> str:
    """The name under which a source's place is kept."""
    return "stdin" if source == STDIN else source


def line_opener(source: str, kind: Kind | None, settings: Settings, journal: Path) -> Opener:
    """Opens a log, or stdin with its journal in a folder. Raises UserError where it is unknown."""
    if source == STDIN:
        return _opened(
            lambda state: StdinSource(journal, state), kind or _piped(settings), settings
        )
    path = Path(source)

    def tail(state: Any) -> Source:
        if state and "base" not in state:
            raise UserError(
                f"{path}: this store has replayed it", "follow it into another store with --store"
            )
        return TailSource(path, state)

    return _opened(tail, kind or _kind(path, settings), settings)


def plan_openers(settings: Settings) -> dict[str, Opener]:
    """By its name, what opens the figures imported into the store; the log is made if there is none."""
    path = plan_path(settings.store)
    path.touch()
    return {str(path): _opened(lambda state: PlanSource(path, state), Kind.EVENTS, settings)}


def _opened(make: Callable[[Any], Source], kind: Kind, settings: Settings) -> Opener:
    def open_source(state: Any) -> tuple[Source, Bridge | None]:
        return make(state), bridge_for(kind, settings)

    return open_source


def _piped(settings: Settings) -> Kind:
    """What a pipe carries, as far as the settings tell: nothing of it can be looked at before."""
    if settings.call_table is not None:
        return Kind.CALL_TABLE
    if settings.amazon_connect is not None:
        return Kind.AMAZON_CONNECT
    if settings.freeswitch is not None:
        return Kind.FREESWITCH
    if settings.rasa is not None:
        return Kind.RASA
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
