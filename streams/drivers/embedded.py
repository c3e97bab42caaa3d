"""The embedded driver: in-process sources, one shard, checkpoints into SQLite, live figures.

One thread folds. The exporter and the board read the newest view; a checkpoint's bytes are
compressed and written by a second thread, so that the fold is held only while they are copied.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from kernels.layout import BUCKET_MS
from schemas.actions import Action
from streams import logs, personal
from streams.bridges.base import Bridge
from streams.broken import FoldFailed
from streams.checkpoint.sqlite import Commit, SqliteStore, StoreError
from streams.clock import Clock, WallClock
from streams.close import Record, effective_marks, silence_ms
from streams.drivers import counted_by
from streams.drivers.empty import empty_shard
from streams.drivers.promises import take_again, take_waiting
from streams.drivers.reading import Reader
from streams.folding import Suspects
from streams.health import Health
from streams.personal import Personal
from streams.planning.day import left_out_around
from streams.rejects import Reject
from streams.settings import Settings
from streams.shard import Shard
from streams.snapshot import Buffers, captured, compressed
from streams.sources.base import Source
from streams.view import View
from streams.warm import warm

CHUNK = 2000
PAUSE_S = 0.2
VIEW_EVERY_MS = 1000
SETTLE_MS = 2000
"""A caught-up log is promised complete up to this long ago: its writer may lag behind the clock."""
REST_SHARE, LONGEST_MS = 20, 60_000
"""A checkpoint waits 20 times as long as the last one took, at most 60 s (design 5)."""

Opener = Callable[[Any], tuple[Source, Bridge | None]]
"""Opens a source where its state (None: at the beginning) says."""


class Embedded:
    """Folds sources into a shard until stopped. `openers`: one for each source, by name."""

    def __init__(
        self,
        settings: Settings,
        openers: dict[str, Opener],
        store: SqliteStore | None,
        clock: Clock | None = None,
        pacing: Clock | None = None,
        watcher: Callable[[View], None] | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or WallClock()
        self._watcher = watcher
        """Is shown every new view once the past is caught up with."""
        self._pacing = pacing or WallClock()
        """The machine's clock: checkpoints and views are paced by it, not by event time."""
        self.health = Health(self._pacing, awaits=("kernels", "catch-up"))
        self.stopping = stopping or threading.Event()
        self.shard = self._empty_shard()
        self.suspects = Suspects()
        self.readers: list[Reader] = []
        self._openers = openers
        self._store = store
        self._view: View | None = None
        self._viewed_ms = self._said_ms = -1
        self._watching_since_ms = 0
        self._committed_ms = self._pacing.now_ms()
        self._rest_ms = round(settings.checkpoint.interval_s * 1000)
        self._seen = -1
        self._edge = -1
        self._records: list[Record] = []
        self._rejects: list[Reject] = []
        self._personal: list[Personal] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[int] | None = None
        self._written = (0, 0, 0)
        self._states: dict[str, Any] = {}
        self._buffers = Buffers()

    def start(self) -> None:
        """Compile, restore the newest checkpoint and open the sources. Raises UserError."""
        warm()
        if self._store is not None:
            self._store.own()
        self._open()
        self.health.done("kernels")

    def _empty_shard(self) -> Shard:
        return empty_shard(self.settings, live=True)

    def _open(self) -> None:
        """Restore the newest checkpoint and open the sources where it stands."""
        places: dict[str, Any] = {}
        if self._store is not None:
            take_again(self._store, self.shard)
            kept = self._store.snapshot()
            if kept is not None:
                self.shard.restore(kept)
                places = self._store.positions()
                logs.info("restored", "state restored", visits=self.shard.visits)
            self._store.keep_plan(self.shard.plan)
            counted_by.keep(self._store, self.settings)
            take_waiting(self._store, self.shard)
        for name, opener in self._openers.items():
            place = places.get(name)
            source, bridge = opener(place["source"] if place else None)
            reader = Reader(source, bridge, self.shard, self.suspects)
            reader.resume(place)
            self.readers.append(reader)
        self._view = self.shard.view(self.clock.now_ms(), caught_up=False)

    def view(self) -> View:
        """The newest view; before `start` there is none."""
        assert self._view is not None
        return self._view

    def run(self) -> None:
        """Fold until `stopping` is set or every source has ended, then commit and let go."""
        try:
            while not self.stopping.is_set():
                moved = self._stepped()
                if not moved:
                    if all(reader.source.ended for reader in self.readers):
                        break
                    self.stopping.wait(PAUSE_S)
        except BaseException:
            # A step that broke off may have left columns half taken out: the newest checkpoint
            # stands, and what came after it is read again.
            self.abandon()
            raise
        self.finish()

    def _stepped(self) -> bool:
        try:
            return self.step()
        except FoldFailed as failed:
            if self._store is None:
                raise
            self.suspects.note(failed)
            self._go_back()
            return True

    def _go_back(self) -> None:
        """Forget the torn state; what the newest checkpoint does not hold is read again."""
        self._gather(wait=True)
        for reader in self.readers:
            reader.source.close()
        self._records, self._rejects, self._personal, self.readers = [], [], [], []
        self._seen = self._edge = -1
        flow = self.shard.counts_flow
        self.shard = self._empty_shard()
        self._open()
        self.shard.counts_flow = flow

    def step(self) -> bool:
        """One round over the sources; whether any had something."""
        moved = False
        for reader in self.readers:
            if reader.step(CHUNK, self.clock) is not None:
                moved = True
        caught_up = not moved
        if caught_up:
            self._promise(self.clock.now_ms())
            if not self.shard.counts_flow:
                self.shard.counts_flow = True
                self._watching_since_ms = self.clock.now_ms()
                self.health.done("catch-up")
        self.health.beat()
        self._publish()
        self._checkpoint_if_due(self._saw_silence(caught_up))
        return moved

    def _saw_silence(self, caught_up: bool) -> bool:
        """Whether a silence may close intervals: only one that this process has watched itself.

        After an outage the first empty read of a pipe says nothing about the hours before.
        """
        if not caught_up or not self.shard.counts_flow:
            return False
        return self.clock.now_ms() - self._watching_since_ms >= silence_ms(self.settings.limits)

    def _promise(self, now: int) -> None:
        """What was read to its end is complete up to a moment ago."""
        if now - self._said_ms < VIEW_EVERY_MS:
            return
        self._said_ms = now
        for reader in self.readers:
            if reader.bridge is not None:
                reader.say(reader.bridge.heartbeats(now - SETTLE_MS), now)

    def _publish(self, always: bool = False) -> None:
        paced = self._pacing.now_ms()
        if always or paced - self._viewed_ms >= VIEW_EVERY_MS:
            self._viewed_ms = paced
            told = self.shard.view(self.clock.now_ms(), self.shard.counts_flow)
            self._view = replace(told, left_out=self._left_out(told.at_ms))
            if self._watcher is not None and self.shard.counts_flow:
                self._watcher(self._view)

    def _left_out(self, at_ms: int) -> tuple[Action, ...]:
        """Ranges of a day around now that somebody has marked as one-offs, while this runs or before."""
        if self._store is None:
            return ()
        try:
            actions = self._store.actions()
        except StoreError as error:
            # What was known stands: a rate that jumps with the disk would be wrong unseen.
            logs.debug("actions_unread", error.message, hint=error.hint)
            return self.view().left_out
        return left_out_around(actions, at_ms)

    def _checkpoint_if_due(self, silence: bool) -> None:
        self._gather()
        marks = effective_marks(self.shard, self.clock.now_ms(), silence).values()
        edge = min(marks, default=-1) // BUCKET_MS
        waited = self._pacing.now_ms() - self._committed_ms
        if self._writing is not None:
            return
        if edge == self._edge and (waited < self._rest_ms or self._seen == self._state_mark()):
            return
        self._edge = edge
        self._look_for_promises()
        self._begin_checkpoint(silence)

    def _look_for_promises(self) -> None:
        """Take what was published of targets and hours; what cannot be read now is read next time."""
        if self._store is None:
            return
        try:
            take_waiting(self._store, self.shard)
        except StoreError as error:
            logs.error("plan_not_read", error.message, hint=error.hint)

    def _state_mark(self) -> int:
        counted = sum(self.shard.events.values()) + sum(self.shard.rejected.values())
        return counted + self.shard.duplicates + self.shard.conflicts

    def _begin_checkpoint(self, silence: bool) -> None:
        now = self.clock.now_ms()
        self._records += self.shard.close(now, silence)
        self._rejects += self.shard.take_rejects()
        self._personal += personal.taken(self.shard)
        self._seen = self._state_mark()
        started = self._committed_ms = self._pacing.now_ms()
        if self._store is None:
            self._records, self._rejects, self._personal = [], [], []
            return
        self._states = {reader.source.name: reader.state() for reader in self.readers}
        body, store = captured(self.shard, self._buffers), self._store
        records, rejects, people = list(self._records), list(self._rejects), list(self._personal)
        self._written = (len(records), len(rejects), len(people))
        states = dict(self._states)

        def write() -> int:
            store.commit(Commit(compressed(body), states, records, rejects, now, (), people))
            return self._pacing.now_ms() - started

        self._writing = self._writer.submit(write)

    def _gather(self, wait: bool = False) -> None:
        """Take note of a checkpoint that has been written, or of why it could not be."""
        if self._writing is None or not (wait or self._writing.done()):
            return
        writing, self._writing = self._writing, None
        at_least = round(self.settings.checkpoint.interval_s * 1000)
        try:
            took = writing.result()
        except StoreError as error:
            # Nothing is forgotten: the records wait for the next attempt, the sources keep
            # what they have handed out since the last commit.
            logs.error("checkpoint_failed", error.message, hint=error.hint)
            self._rest_ms, self._seen = at_least, -1
            return
        done_records, done_rejects, done_people = self._written
        del self._records[:done_records], self._rejects[:done_rejects]
        del self._personal[:done_people]
        self._rest_ms = min(LONGEST_MS, max(at_least, REST_SHARE * took))
        for reader in self.readers:
            reader.source.forget(self._states[reader.source.name]["source"])

    def abandon(self) -> None:
        """Let go of sources and store without another commit."""
        self.health.await_again("shutdown")
        if self._writing is not None:
            wait([self._writing])
        for reader in self.readers:
            reader.source.close()
        self._writer.shutdown()
        if self._store is not None:
            self._store.close()

    def finish(self) -> None:
        """Commit what is there and let go of sources and store. Raises StoreError."""
        self.health.await_again("shutdown")
        self._gather(wait=True)
        self._begin_checkpoint(silence=False)
        writing = self._writing
        self._publish(always=True)
        self._gather(wait=True)
        for reader in self.readers:
            reader.source.close()
        self._writer.shutdown()
        if self._store is not None:
            self._store.close()
        if writing is not None and (failed := writing.exception()) is not None:
            raise failed
