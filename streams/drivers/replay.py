"""Replay: files of events or records into a shard, on the event clock only.

Nothing is closed before the end of the last file, so any order within it gives the same columns.
`ordered_within_s` and `live` close behind the reader instead, so that memory stays bounded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from schemas.keys import BUCKET_MS
from schemas.ledger import REPLAY
from streams import logs, personal
from streams.bridges.base import told_waiting
from streams.bridges.recognise import Kind, bridge_for, kind_of, recognise
from streams.broken import FoldFailed
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.clock import Clock, WallClock
from streams.close import Record
from streams.covered import left_uncovered
from streams.drivers import counted_by
from streams.drivers.empty import empty_shard
from streams.drivers.promises import take_again, take_waiting
from streams.drivers.reading import Reader
from streams.errors import UserError
from streams.folding import Suspects
from streams.settings import Settings, SourceSettings
from streams.shard import Shard
from streams.sources.file import FileSource, first_line
from streams.view import View
from streams.warm import warm

DAY_MS = 24 * 3_600_000
CHUNK = 2000


@dataclass
class Progress:
    """How far a replay is."""

    file: Path
    bytes_done: int
    bytes_total: int
    lines: int
    event_ms: int


@dataclass
class Options:
    """How to replay. `kind` says what the files are where it cannot be told."""

    store: Path | None = None
    kind: Kind | None = None
    checkpoint_rows: int | None = None
    ordered_within_s: float | None = None
    live: bool = False
    complete: bool = False
    """Nothing will follow these files: everything in them closes."""
    stopping: Event = field(default_factory=Event)
    """Set to stop after the present step; what was read by then is committed."""
    on_progress: Callable[[Progress], None] | None = None
    clock: Clock = field(default_factory=WallClock)


@dataclass
class Replayed:
    """What a replay did in this run (`lines`, `resumed`) and holds now (`view`)."""

    view: View
    lines: int
    rejects: Counter[str]
    resumed: dict[str, int]
    """Files that were read on from a position of an earlier run, by name."""
    shard: Shard
    """What it folded into."""


class _Everywhere(dict[str, SourceSettings]):
    """One promise for every source."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__()
        self._settings = settings

    def get(self, name: str, default: Any = None) -> Any:
        return self._settings


def replay(settings: Settings, files: Sequence[Path], options: Options) -> Replayed:
    """Replay `files` one after the other into one shard.

    With a store the run resumes where an earlier one stopped, and a file read before is not read
    again. Raises UserError for what cannot be read or written, KeyboardInterrupt once stopped.
    """
    warm()
    suspects = Suspects()
    while True:
        with ThreadPoolExecutor(1, thread_name_prefix="fold") as beside:
            run = _Run(settings, options, suspects, beside)
            try:
                for path in files:
                    run.read(path)
                run.finish()
                return run.result()
            except FoldFailed as failed:
                suspects.note(failed)
            finally:
                run.close()


class _Run:
    def __init__(
        self, settings: Settings, options: Options, suspects: Suspects, beside: Executor
    ) -> None:
        self.options = options
        self.suspects = suspects
        self.settings = settings
        sources: Mapping[str, SourceSettings] = settings.sources
        if options.ordered_within_s is not None:
            promise = SourceSettings(heartbeats=False, disorder_s=options.ordered_within_s)
            sources = _Everywhere(promise)
        self.shard = empty_shard(settings, sources=sources, beside=beside)
        self.store: SqliteStore | None = None
        self.places: dict[str, Any] = {}
        self.resumed: dict[str, int] = {}
        self.rejects: Counter[str] = Counter()
        self.lines = 0
        self.bounded = options.live or options.ordered_within_s is not None
        self.readers: list[Reader] = []
        if options.store is not None:
            self._open(options.store)

    def _open(self, path: Path) -> None:
        self.store = SqliteStore(path)
        self.store.own()
        take_again(self.store, self.shard)
        kept = self.store.snapshot()
        if kept is not None:
            self.shard.restore(kept)
            self.places = self.store.positions()
        self.store.keep_plan(self.shard.plan)
        counted_by.keep(self.store, self.settings)
        take_waiting(self.store, self.shard)

    def read(self, path: Path) -> None:
        """Read one file to its end."""
        place = self.places.get(str(path))
        if place and "identity" not in place["source"]:
            raise UserError(
                f"{path}: this store has followed it with `run`", "replay it into another store"
            )
        source = FileSource(path, place["source"] if place else None)
        first = first_line(path)
        if not first:
            logs.warn("empty_file", f"{path} has no lines")
            source.close()
            return
        try:
            kind = self.options.kind or recognise(path, first, self.settings)
            bridge = bridge_for(kind, self.settings)
        except UserError:
            source.close()
            raise
        reader = Reader(source, bridge, self.shard, self.suspects)
        reader.resume(place)
        self.readers.append(reader)
        start = self.shard.positions[source.name]
        if start:
            self.resumed[source.name] = start
            logs.info("resumed", f"{path}: going on at byte {start:,}", position=start)
        since, rows = 0, self.options.checkpoint_rows or self.settings.checkpoint.rows
        try:
            while (count := self._step(reader)) is not None:
                since += count
                if self.options.stopping.is_set():
                    self._stop(reader)
                if rows and since >= rows:
                    since = 0
                    self.places[source.name] = reader.state()
                    self.commit(self._close() if self.bounded else [])
                elif self.bounded and reader.lines % (50 * CHUNK) < CHUNK:
                    self.places[source.name] = reader.state()
                    self.commit(self._close())
                self._show(path, source, reader)
            self.places[source.name] = reader.state()
        finally:
            self.lines += reader.lines
            source.close()

    def _stop(self, reader: Reader) -> None:
        """Commit between two steps and end as an interrupted run does."""
        self.places[reader.source.name] = reader.state()
        self.commit([])
        at = self.shard.positions[reader.source.name]
        logs.warn("interrupted", f"{reader.source.name}: stopped at byte {at:,}", position=at)
        raise KeyboardInterrupt

    def _step(self, reader: Reader) -> int | None:
        rows = self.options.checkpoint_rows
        try:
            return reader.step(min(CHUNK, rows) if rows else CHUNK)
        except UserError as error:
            if reader.bridge is None or reader.lines:
                raise
            raise UserError(f"{reader.source.name}: {error.message}", error.hint) from None

    def _show(self, path: Path, source: FileSource, reader: Reader) -> None:
        if self.options.on_progress:
            self.options.on_progress(
                Progress(
                    path, source.bytes_done, source.bytes_total, reader.lines,
                    self.shard.greatest_ms,
                )
            )  # fmt: skip

    def _close(self) -> list[Record]:
        now = self.options.clock.now_ms()
        return self.shard.close(now, forget=self.bounded)

    def finish(self) -> None:
        """The input has ended: close what its promises allow, keep it."""
        for reader in self.readers:
            # A call table lists calls that are over; a log goes on, unless it is said not to.
            over = self.options.complete or kind_of(reader.bridge) is Kind.CALL_TABLE
            if reader.bridge is not None and over:
                reader.say(reader.bridge.end())
            elif waiting := told_waiting(reader.bridge):
                logs.warn("records_wait", f"{reader.source.name}: {waiting}")
        self.shard.rest()  # what the last batch told counts as told
        self.shard.feeds.complete(day_after=self.options.complete)
        now = self.options.clock.now_ms()
        self.commit(self.shard.close(now, forget=self.bounded, reason=REPLAY))
        if lacking := left_uncovered(self.shard):
            logs.warn(
                "silence_not_recorded",
                f"{len(lacking)} queues have no rows of zeros where nobody called in their first "
                f"{max(lacking.values()) * BUCKET_MS // DAY_MS} days: too many to be held at once",
                hint="--ordered-within records as it goes; or replay fewer months at a time",
            )

    def commit(self, records: list[Record]) -> None:
        """Keep everything up to here in one transaction, if there is a store."""
        rejects = self.shard.take_rejects()
        self.rejects.update(each.reason for each in rejects)
        people = personal.taken(self.shard)
        if self.store is not None:
            now = self.options.clock.now_ms()
            taken = self.shard.snapshot()
            self.store.commit(Commit(taken, self.places, records, rejects, now, (), people))

    def close(self) -> None:
        if self.store is not None:
            self.store.close()

    def result(self) -> Replayed:
        view = self.shard.view(max(0, self.shard.greatest_ms))
        return Replayed(view, self.lines, self.rejects, self.resumed, self.shard)
