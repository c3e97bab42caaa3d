"""All state of the programs of one partition: fold events, close intervals, snapshot, view."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels import cells as cell_tables
from kernels import sweep, visits
from kernels.growth import extended
from kernels.layout import (
    CONFLICT,
    DUPLICATE,
    TOO_LATE,
    VISITS_LIVE,
    VISITS_USED,
)
from kernels.state import calls_of, make_chat_work, make_state, make_work, with_room_for
from schemas.ledger import LATE_EVENT
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams import bots, cases, lanes, outbound, staff
from streams.broken import FoldFailed, Gap
from streams.chat_settings import chat_table
from streams.close import Key, Record, close
from streams.decode import Batch, BatchDecoder
from streams.fates import LATE, REFUSED, refusal
from streams.feeds import Feeds
from streams.live import view
from streams.names import Names, Owns, every, target_table
from streams.personal import Personal
from streams.planning.book import Book
from streams.planning.earlier import Earlier
from streams.planning.scheduled import Schedule
from streams.planning.standing import TOO_LATE as TOLD_TOO_LATE
from streams.planning.standing import Standing
from streams.rejects import Reject, reject
from streams.settings import LimitSettings, SourceSettings, StaffSettings
from streams.snapshot import Opened, restore, snapshot
from streams.tables import day_tables, interval_tables
from streams.view import NO_PLAN, DayPlan, View


class Arriving(NamedTuple):
    """A decoded batch on its way through the kernels: fate of each event, visits it touched."""

    batch: Batch
    topic: str
    offsets: Sequence[int]
    values: Sequence[bytes]
    fates: NDArray[np.uint8]
    """Of all events in the order of Batch.place_of."""
    done: Future[None] | None


WORTH_A_THREAD = 1000
"""Events from which a batch is folded beside: below, handing it over takes longer than folding it."""


class Shard:
    """State of a set of programs. One owner folds, closes and snapshots it; it reads no clock.

    `plan` says which queues exist and what they promise; `limits` how long is waited;
    `sources` what each source promises; `live` rejects events from the future; `owns` which
    programs are this shard's; `technologies` what bots promise. With `beside` the kernels fold a batch there while the next one is
    decoded: the numbers are the same, attributes are whole only after `rest()`.
    """

    def __init__(
        self,
        plan: Plan,
        limits: LimitSettings | None = None,
        sources: Mapping[str, SourceSettings] | None = None,
        live: bool = False,
        owns: Owns = every,
        beside: Executor | None = None,
        privacy: StaffSettings | None = None,
        technologies: Technologies | None = None,
    ) -> None:
        self.plan = plan
        self.technologies = technologies or Technologies()
        self.limits = limits or LimitSettings()
        self.sources = {} if sources is None else sources
        self.live = live
        self.privacy = privacy or StaffSettings()
        self._beside = beside
        self._arriving: Arriving | None = None
        self.counts_flow = False
        """Flow counters count only after the first catch-up."""
        self.positions: dict[str, int] = {}
        self.state = make_state()
        self.bots = bots.Bots()
        self.cases, self.outbound = cases.Cases(), outbound.Outbound()
        self.work, self.out = make_work()
        self.chat_work = make_chat_work()
        self.name(Names(plan, owns))
        self.feeds = Feeds(self.names, self.sources)
        self.days = day_tables(plan, self.names.queues)
        self.tables = interval_tables()
        self.adjusted: dict[Key, tuple[int, int]] = {}
        """Per key that an audit has adjusted: its revision, and the bucket in which that was."""
        self.covered: dict[str, tuple[int, int]] = {}
        """Per listed queue: first bucket with a row of zeros, and the one after the last."""
        self.partial = False
        """Counted anew from a log whose beginning is gone: the oldest intervals stay as recorded."""
        self.restated = self.holes = 0
        self.events: Counter[str] = Counter()
        self.rejected: Counter[tuple[str, str]] = Counter()
        self.rejects: list[Reject] = []
        self.duplicates = self.conflicts = self.unknown_fields = 0
        self.greatest_ms = -1
        self.requested: staff.Requests = {}
        self.edited: set[int] = set()
        """Packed keys of cells that a schedule edit has changed since the last close."""
        self.personal: list[Personal] = []
        self.forecasts = Book()
        self.day_plan: tuple[Any, DayPlan] = (None, NO_PLAN)
        self.schedule, self.earlier = Schedule(), Earlier()
        self.standing = Standing()
        self.newest: dict[str, int] = {}
        """Greatest event time folded by this process, by topic."""

    @property
    def visits(self) -> int:
        """Visits kept at present."""
        return int(self.state.visits.used[VISITS_LIVE] + self.state.chats.used[VISITS_LIVE])

    def name(self, names: Names) -> None:
        """Use these codes from now on."""
        self.names = names
        names.key = self.privacy.pseudonym_key.get_secret_value().encode()
        self.decoder = BatchDecoder(names)
        self._named = (-1, -1, -1)
        self.learn_names()

    def fold(
        self,
        topic: str,
        fetched_from: int,
        offsets: Sequence[int],
        values: Sequence[bytes],
        next_offset: int | None = None,
        now_ms: int | None = None,
    ) -> None:
        """Fold one batch of wire bytes of a topic.

        `offsets` of the values do not fall; what lies below the topic's next offset is ignored.
        `next_offset` is where reading goes on (last offset + 1 if not given). Raises Gap when
        `fetched_from` is above the next offset, FoldFailed when the kernels broke off (here or
        in the next call that needs them). Bad events never raise: they go to `rejects`.
        """
        expected = self.expected(topic, fetched_from)
        if offsets and offsets[0] < expected:
            first = int(np.searchsorted(np.asarray(offsets), expected))
            offsets, values = offsets[first:], values[first:]
        batch = self.decoder.decode(topic, offsets, values)
        self.rest()
        self.learn_names()
        self._keep(batch.rejects)
        self.unknown_fields += batch.unknown_fields
        if self.live and now_ms is not None:
            self._refuse_future(batch, now_ms, topic, offsets, values)
        self._begin(batch, topic, offsets, values)
        last = offsets[-1] + 1 if offsets else fetched_from
        self.positions[topic] = max(expected, last if next_offset is None else next_offset)

    def expected(self, topic: str, fetched_from: int) -> int:
        """The next offset of a topic. Raises Gap when a batch begins above it."""
        expected = self.positions.get(topic, fetched_from)
        if fetched_from > expected:
            raise Gap(topic, expected, fetched_from)
        return expected

    def _begin(
        self, batch: Batch, topic: str, offsets: Sequence[int], values: Sequence[bytes]
    ) -> None:
        """Send a decoded batch through the kernels, beside this thread if there is a place."""
        fates = np.zeros(batch.kernels_take, np.uint8)
        if self._beside is None or len(fates) < WORTH_A_THREAD:
            self._arriving = Arriving(batch, topic, offsets, values, fates, None)
            self.rest()
        else:
            done = self._beside.submit(self._through_kernels, batch, fates)
            self._arriving = Arriving(batch, topic, offsets, values, fates, done)

    def rest(self) -> None:
        """Wait until no batch is on its way. Raises FoldFailed."""
        arriving, self._arriving = self._arriving, None
        if arriving is None:
            return
        batch, topic, offsets, values, fates, done = arriving
        try:
            if done is not None:
                done.result()
            elif len(fates):
                self._through_kernels(batch, fates)
        except Exception as broken:
            raise FoldFailed(topic, offsets[0], offsets[-1], broken) from broken
        self._conclude(batch, topic, offsets, values, fates)

    def _through_kernels(self, batch: Batch, fates: NDArray[np.uint8]) -> None:
        n = len(batch.events)
        if n < len(fates):
            fates[n:] = lanes.fold(self, batch)
        self.state = self.state._replace(visits=with_room_for(self.state.visits, n))
        touched = np.zeros(n, np.int32)
        touches = visits.take_batch(
            batch.events, fates[:n], calls_of(self.state), self.work, self.out, touched
        )
        self.settle(touched, touches)

    def _conclude(
        self,
        batch: Batch,
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        fates: NDArray[np.uint8],
    ) -> None:
        """Count what became of a batch's events; note what its feeds have told."""
        counts = np.bincount(fates, minlength=5)
        self.duplicates += int(counts[DUPLICATE])
        self.conflicts += int(counts[CONFLICT])
        if counts[list(REFUSED)].any():
            for at in np.flatnonzero(np.isin(fates, REFUSED)).tolist():
                i, why = batch.place_of(at), refusal(batch, at, int(fates[at]))
                self._keep([reject(*why, topic, offsets[i], values[i])])
        for i in staff.request(self, batch):
            self._keep([reject(*LATE, topic, offsets[i], values[i])])
        self.forecasts.take(batch.planned)
        refused = self.standing.take(self, (of for of, _ in batch.published))
        for late, (_, i) in zip(refused, batch.published, strict=True):
            if late:
                self._keep([reject(TOLD_TOO_LATE, late, topic, offsets[i], values[i])])
        for events, feeds, first in batch.heard():
            self._hear(topic, events, feeds, fates[first : first + len(feeds)])
        self.feeds.promised(batch.heartbeats)
        facts = len(batch.requests) + len(batch.planned) + len(batch.published)
        self.events[topic] += len(fates) + facts + len(batch.heartbeats)

    def _hear(
        self,
        topic: str,
        events: NDArray[np.void],
        feeds: NDArray[np.int32],
        fates: NDArray[np.uint8],
    ) -> None:
        """Note which moments the feeds have told of."""
        taken = fates != TOO_LATE
        times = events["event"]["time"][taken]
        newest = int(times.max(initial=-1))
        self.newest[topic] = max(self.newest.get(topic, -1), newest)
        self.greatest_ms = max(self.greatest_ms, newest)
        self.feeds.heard(feeds[taken], times)

    def skip(self, topic: str, offset: int) -> None:
        """Go on at `offset` of a topic: what lies between is gone (a hole in every feed)."""
        self.rest()
        self.positions[topic] = max(offset, self.positions.get(topic, 0))
        self.holes += 1
        self.feeds.lose()

    def settle(self, touched: NDArray[np.int32], count: int) -> None:
        """Put the contributions of touched visits back in, making room for cells as needed."""
        done, tried = 0, False
        limit = round(self.limits.unresolved_s * 1000)
        while True:
            before = done
            done = visits.settle_batch(
                *(calls_of(self.state), touched, done, count, self.work, self.out, limit),
                self.counts_flow,
            )
            if done >= count:
                return
            if done == before and tried:
                raise RuntimeError(f"visit {int(touched[done])} needs more cells than any may")
            tried = done == before
            self.more_cells()

    def more_cells(self) -> None:
        """Room for half as many cells again, at least for the longest handling believed."""
        most_pieces = 3000
        grown: dict[str, Any] = {}
        for name in ("arrival", "handling", "chat"):
            table = getattr(self.state, name)
            used = int(table.used[0])
            room = most_pieces if name == "handling" else 1100
            if len(table.keys) - used < room:
                grown[name] = cell_tables.resized(table, used + used // 2 + room)
        self.state = self.state._replace(**grown)
        bots.more_cells(self)

    def _refuse_future(
        self,
        batch: Batch,
        now_ms: int,
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
    ) -> None:
        limit = now_ms + round(self.limits.future_s * 1000)
        batch.heartbeats[:, 1] = np.minimum(batch.heartbeats[:, 1], now_ms)
        for i, time in batch.without_later_than(limit):
            detail = f"{(time - now_ms) / 1000:.0f} s ahead of this machine's clock"
            self._keep([reject("in_the_future", detail, topic, offsets[i], values[i])])

    def _keep(self, rejects: list[Reject]) -> None:
        self.rejects.extend(rejects)
        for each in rejects:
            self.rejected[each.topic, each.reason] += 1

    def keep_reject(self, refused: Reject) -> None:
        """Keep a record that a bridge refused, before it became an event."""
        self._keep([refused])

    def take_rejects(self) -> list[Reject]:
        """Rejects since the last call, for the checkpoint that makes them durable."""
        self.rest()
        taken, self.rejects = self.rejects, []
        return taken

    def learn_names(self) -> None:
        """Bring the kernels' tables up to the names interned so far."""
        sizes = (len(self.names.places), len(self.names.programs), len(self.names.queues))
        if sizes == self._named:
            return
        places, programs = self.names.filled(self.state.places, self.state.programs)
        sizes = (len(self.names.places), len(self.names.programs), len(self.names.queues))
        self._named = sizes
        self.state = self.state._replace(
            places=places,
            programs=programs,
            targets=target_table(self.names, self.plan),
            chat_queues=chat_table(self.names, self.plan),
            flow=extended(self.state.flow, sizes[2]),
        )
        lanes.learn_names(self)

    def promise(self, plan: Plan) -> None:
        """Judge by targets and opening hours that differ only for moments not counted yet."""
        self.rest()
        self.plan.take(plan)
        self._named = (-1, -1, -1)
        self.learn_names()

    def sweep(
        self, watermarks: Mapping[str, int], of_chats: Mapping[str, int] | None = None
    ) -> None:
        """Let visits expire whose limit these watermarks (`of_chats`: of chats) have reached."""
        self.rest()
        programs = self.state.programs
        chats_at = watermarks if of_chats is None else of_chats
        for known, told in (programs.watermark, watermarks), (programs.chat_watermark, chats_at):
            for code, program in enumerate(self.names.programs):
                # It never steps back: a new source without a promise must not undo an expiry.
                known[code] = max(int(known[code]), told.get(program, -1))
        found = np.zeros(int(self.state.visits.used[VISITS_USED]) + 1, np.int32)
        limit = round(self.limits.unresolved_s * 1000)
        count = sweep.due(calls_of(self.state), limit, found)
        sweep.expire(calls_of(self.state), found, count, self.work, self.out)
        self.settle(found, count)
        lanes.expire(self)

    def until(self, marks: Mapping[str, int]) -> NDArray[np.int64]:
        """Watermark of each program code, int64 (programs,), -1 where there is none."""
        known = np.full(len(self.state.programs.floor), -1, np.int64)
        known[: len(self.names.programs)] = [marks.get(name, -1) for name in self.names.programs]
        return known

    def floor_of(self, program: str) -> int:
        """Oldest event time of a program still taken, ms; -1 while there is no bound."""
        return int(self.state.programs.floor[self.names.program(program)])

    def close(
        self, now_ms: int, caught_up: bool = True, forget: bool = True, reason: str = LATE_EVENT
    ) -> list[Record]:
        """Ledger records that are due (streams.close)."""
        self.rest()
        return close(self, now_ms, caught_up, forget, reason)

    def view(self, now_ms: int, caught_up: bool = True) -> View:
        """An immutable read copy (streams.live)."""
        self.rest()
        return view(self, now_ms, caught_up)

    def snapshot(self) -> bytes:
        """The whole state as bytes (streams.snapshot)."""
        return snapshot(self)

    def restore(self, data: bytes | memoryview | Opened, counting: bool = True) -> None:
        """Take over a snapshot (streams.snapshot); raises SnapshotRefused."""
        restore(self, data, counting)
