"""Copying the topics `intervals` and `rejects` into a store, from where the last copy ended.

Of the topic `plan` targets and opening hours are copied, by which figures are judged, and the figures of
the plan into the log beside the store: after a kill some stand there twice, which changes nothing.

Offsets are kept in the transaction of what was read up to them, so a copy that is killed goes on
without a gap and without a second time.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from streams import logs
from streams.checkpoint.sqlite import Copy, SqliteStore
from streams.clock import Clock, WallClock
from streams.close import Record
from streams.errors import UserError
from streams.kafka import promised
from streams.kafka.clients import admin
from streams.kafka.committed import AWAY_S, Committed, Tail
from streams.kafka.reach import reach
from streams.kafka.records import BadRecord, Place, TakenAgain, interval_of, reject_of
from streams.kafka.settings import INTERVALS, PLAN, REJECTS
from streams.planning.journal import append
from streams.rejects import Reject, reject
from streams.settings import Settings

POLL_MS = 200


@dataclass
class Synced:
    """What was copied in this run."""

    intervals: int = 0
    rejects: int = 0
    marks: int = 0
    malformed: int = 0


@dataclass
class Options:
    """How to copy."""

    follow: bool = False
    stopping: Event = field(default_factory=Event)
    on_progress: Callable[[Synced], None] | None = None
    on_records: Callable[[Sequence[Record]], None] | None = None
    """Told of what was copied, once it is kept."""
    on_end: Callable[[], None] | None = None
    """Called whenever all there is has been copied."""
    clock: Clock = field(default_factory=WallClock)


def sync(settings: Settings, store_path: Path, options: Options) -> Synced:
    """Copy up to the present end of both topics, or with `follow` until stopped.

    Raises UserError, also for a final value that differs from the one in the store, and
    KeyboardInterrupt where it was stopped before the end; what was copied by then is kept.
    """
    with closing(SqliteStore(store_path)) as store:
        store.own(synced=True)
        promised.settle(store, settings.plan)
        with admin(settings.kafka) as client:
            cluster = str(client.describe_cluster()["cluster_id"])
        with Committed(settings.kafka, (INTERVALS, REJECTS, PLAN)) as topics:
            run = _Sync(settings, store, cluster, topics, options)
            run.seek()
            run.read()
    return run.done


class _Sync:
    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        cluster: str,
        topics: Committed,
        options: Options,
    ) -> None:
        self.done = Synced()
        self._settings = settings
        self._store = store
        self._cluster = cluster
        self._topics = topics
        self._options = options
        self._kept: dict[Tail, int] = {}

    def seek(self) -> None:
        """Go to where the last copy ended. Raises UserError where that is not in these topics."""
        places = self._store.positions()
        for tail, (start, end) in self._topics.bounds().items():
            place = places.get(self._name(tail), {"offset": start, "cluster": self._cluster})
            if place["cluster"] != self._cluster:
                raise UserError(
                    f"{self._store.path} was copied from cluster {place['cluster']}, "
                    f"and this is {self._cluster}",
                    "sync into another store with --store",
                )
            if place["offset"] > end:
                raise UserError(
                    f"topic {tail.topic} ends at {end} in partition {tail.partition}, and "
                    f"{self._store.path} has read up to {place['offset']}: it was made anew",
                    "sync into another store with --store",
                )
            if place["offset"] < start:
                logs.warn(
                    "topic_hole",
                    f"{tail.topic}, partition {tail.partition}: what lay between {place['offset']} "
                    f"and {start} is gone",
                )
            self._kept[tail] = max(start, place["offset"])
            self._topics.seek(tail, self._kept[tail])

    def read(self) -> None:
        """Copy until the end, or until stopped."""
        heard_s = time.monotonic()
        while not self._options.stopping.is_set():
            found = self._topics.poll(POLL_MS)
            if self._keep(found):
                heard_s = time.monotonic()
                if self._options.on_progress:
                    self._options.on_progress(self.done)
                continue
            if self._topics.at_end():
                if self._options.on_end:
                    self._options.on_end()
                if not self._options.follow:
                    return
            if time.monotonic() - heard_s > AWAY_S:
                heard_s = time.monotonic()
                self._look_for_cluster()
        if not self._options.follow:
            raise KeyboardInterrupt

    def _keep(self, found: list[tuple[Tail, Any]]) -> bool:
        """Keep what was read, and how far; False if nothing moved."""
        positions = {tail: self._topics.position(tail) for tail in self._kept}
        if positions == self._kept:
            return False
        records: list[Record] = []
        rejects: list[tuple[Reject, int]] = []
        replayed: list[tuple[int, str, int]] = []
        plan = [message.value for tail, message in found if tail.topic == PLAN]
        for tail, message in found:
            if tail.topic == PLAN:
                continue
            try:
                if tail.topic == INTERVALS:
                    records.append(interval_of(message.value))
                    continue
                said = reject_of(message.value)
            except (BadRecord, TypeError) as error:
                rejects.append((self._malformed(tail, message, error), message.timestamp))
                continue
            topic, position = said.place.columns()
            if isinstance(said, TakenAgain):
                replayed.append((said.at_ms, topic, position))
            else:
                each = Reject(said.reason, said.detail, topic, position, said.raw)
                rejects.append((each, said.kept_ms))
        places = {
            self._name(tail): {"offset": offset, "cluster": self._cluster}
            for tail, offset in positions.items()
        }
        told, figures = promised.promises_of(plan), promised.figures_of(plan)
        if figures:
            append(self._store.path, figures)
        try:
            self._store.copy(Copy(places, records, rejects, replayed, told))
        except ValueError as error:
            raise UserError(
                f"topic {self._settings.kafka.topic(INTERVALS)}: {error}",
                "a final value never changes: which of the two is right is yours to say",
            ) from None
        if told or any(each.reason == promised.REFUSED for each, _ in rejects):
            promised.settle(self._store, self._settings.plan)
        self._kept = positions
        if self._options.on_records:
            self._options.on_records(records)
        self.done.intervals += len(records)
        self.done.marks += len(replayed)
        self.done.rejects += len(rejects)
        return True

    def _malformed(self, tail: Tail, message: Any, error: Exception) -> Reject:
        """What nobody should have written there is kept as a reject of its own place."""
        self.done.malformed += 1
        place = Place(tail.topic, tail.partition, message.offset)
        logs.warn("bad_record", f"{place.text()}: {error}")
        topic, position = place.columns()
        return reject("bad_record", str(error), topic, position, message.value or b"")

    def _name(self, tail: Tail) -> str:
        """Under which the store keeps an offset."""
        return f"{self._settings.kafka.topic(tail.topic)}:{tail.partition}"

    def _look_for_cluster(self) -> None:
        try:
            reach(self._settings.kafka)
        except UserError as error:
            if not self._options.follow:
                raise
            logs.warn("cluster_away", error.message, hint=error.hint)
