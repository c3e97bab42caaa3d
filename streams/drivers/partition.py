"""One partition number of all event topics: its shard, its checkpoints, what it shows.

Knows no client of the broker: batches are handed in, the store is handed in.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any, Protocol

from kernels.layout import BUCKET_MS
from streams import logs
from streams.broken import FoldFailed
from streams.checkpoint.beside import LoopThread
from streams.checkpoint.kafka import CHUNK, Checkpoint, CheckpointError, KafkaStore
from streams.clock import Clock
from streams.close import Record, effective_marks, silence_ms
from streams.drivers.adjustments import folded
from streams.drivers.empty import empty_shard
from streams.folding import Suspects
from streams.kafka.settings import ADJUSTMENTS, PLAN
from streams.names import Owns
from streams.planning.standing import may_promise
from streams.rebuild import seed
from streams.rejects import Reject, reject
from streams.settings import Settings
from streams.shard import Shard
from streams.snapshot import Buffers, captured, opened, pieces
from streams.sources.lines import LINE_LIMIT
from streams.view import View

PIECE = 2000
"""Events folded at a time: the kernels' flat optimum."""
REST_SHARE, LONGEST_MS = 20, 60_000
FAR_BEHIND = 20_000
IDLE_MS = 3_600_000
"""A shard to which nothing comes is written again after an hour."""


Places = Mapping[str, tuple[int, int]]
NOWHERE: Places = {}


class Fetched(Protocol):
    """A record as the consumer hands it over."""

    offset: int
    value: bytes | None


class Partition:
    """A shard with its store. All calls from one thread, that of the event loop.

    `owns` says which programs hash here; `beside` runs kernels, `thread` the checkpoints.
    """

    def __init__(
        self,
        number: int,
        settings: Settings,
        owns: Owns,
        clocks: tuple[Clock, Clock],
        beside: Executor,
        thread: LoopThread,
        store: KafkaStore,
    ) -> None:
        self.number = number
        self.settings = settings
        self.clock, self._pacing = clocks
        self.caught_up = False
        self.open_now = False
        """Whether the shard holds what it should: not while it is read, nor once it is let go."""
        self.suspects = Suspects()
        self.last_commit: tuple[int, float] | None = None
        """When the newest checkpoint was begun (ms) and how long it took (s)."""
        self._owns, self._beside, self._thread, self._store = owns, beside, thread, store
        self._buffers = Buffers()
        self._writing: Future[float] | None = None
        self._watching_since_ms = 0
        self._seen = self._edge = -1
        self._plan_awaited: int | None = None
        """The end of the topic `plan` when the checkpoint that is due became so."""
        self._adjusted: list[Record] = []
        """What adjustments have restated since the newest checkpoint was begun."""
        self._unheard: dict[str, int] = {}
        """Topics that held something at the start of which nothing is folded yet: where they began."""
        self._plan_at = (0, 0)
        """Which offset of the topic `plan` comes next, and its end."""
        self._rest_ms = round(settings.checkpoint.interval_s * 1000)
        self._took_ms = 0
        self._committed_ms = self._pacing.now_ms()
        self.shard = self._empty()

    def _empty(self) -> Shard:
        return empty_shard(self.settings, live=True, owns=self._owns, beside=self._beside)

    async def open(self, starts: Mapping[str, int], ends: Mapping[str, int]) -> None:
        """Fence, restore, and learn where each topic goes on. Raises UserError.

        `starts`, `ends`: first retained and next offset of each event topic, by plain name.
        """
        await self._take(await self._thread.run(self._store.open()), starts, ends)

    async def go_back(
        self, failed: FoldFailed, starts: Mapping[str, int], ends: Mapping[str, int]
    ) -> None:
        """The fold broke off: back to the newest checkpoint. Raises what can be tried no more."""
        # Before the first await: a checkpoint of a torn or an empty shard would be the newest one.
        self.open_now = False
        self.suspects.note(failed)
        await self._written()
        self.shard, self._adjusted = self._empty(), []
        self.caught_up, self._seen, self._edge = False, -1, -1
        await self._take(await self._thread.run(self._store.read()), starts, ends)

    async def _take(self, kept: Any, starts: Mapping[str, int], ends: Mapping[str, int]) -> None:
        shard = self.shard
        if kept.snapshot is not None:
            # Beside the other shards, which are being read meanwhile.
            shard.restore(await asyncio.to_thread(opened, kept.snapshot))
            self._agrees(kept.offsets)
        else:
            recorded = await self._thread.run(self._store.recorded())
            awaited = seed(shard, recorded, partial=any(starts.values()))
            if awaited:
                logs.warn(
                    "rebuild",
                    f"shard {self.number} has a ledger but no state: counting it anew",
                    partition=self.number,
                    intervals=awaited,
                )
        for topic, start in starts.items():
            self.place(topic, start, ends[topic])
        self._plan_awaited = ends.get(PLAN, 0)
        places = shard.positions
        if places.get(PLAN, 0) < self._plan_awaited:
            told = await self._thread.run(self._store.told(PLAN, places[PLAN], may_promise))
            shard.standing.ahead(shard, told)
        self._unheard = {t: places[t] for t in starts if places[t] < ends[t]}
        self._plan_at = places.get(PLAN, 0), self._plan_awaited
        if kept.snapshot is not None:
            # What was read is written already: a capture at once would hold back the first figures.
            self._seen, self._edge = self._counted(), self._edge_at(silence=False)
        self.open_now = True
        logs.info(
            "restored", "shard opened",
            partition=self.number, offsets=dict(shard.positions), visits=shard.visits,
        )  # fmt: skip

    def _agrees(self, offsets: Mapping[str, int]) -> None:
        places = self.shard.positions
        moved = {t: o for t, o in offsets.items() if t in places and places[t] != o}
        if moved:
            raise CheckpointError(
                f"shard {self.number}: the group's offsets {moved} are not those of its snapshot, "
                f"{ {t: places[t] for t in moved} }",
                "they were moved by hand: put them back, or delete all offsets of the group to "
                "count anew from the events",
            )

    def place(self, topic: str, start: int, end: int) -> None:
        """Go on where the log begins if it lost what comes next. Raises CheckpointError."""
        at = self.shard.positions.setdefault(topic, start)
        if at < start:
            logs.error(
                "log_hole",
                f"{topic}-{self.number}: events from offset {at} to {start} are no longer "
                "retained; the intervals they belong to are incomplete",
                topic=topic, partition=self.number, offset=at,
            )  # fmt: skip
            self.shard.skip(topic, start)
        if at > end:
            raise CheckpointError(
                f"{topic}-{self.number} ends at offset {end}, before the checkpoint's {at}",
                "the topic was made anew or lost its end: use another kafka.prefix",
            )

    def fold(self, topic: str, fetched_from: int, records: Sequence[Fetched]) -> None:
        """Fold what was fetched of a topic (plain name). Raises Gap, FoldFailed."""
        if not self.open_now:
            return  # fetched before it was opened anew: it is fetched again
        # Before anything of it is kept: the whole batch is fetched again.
        self.shard.expected(topic, fetched_from)
        now_ms = self.clock.now_ms()
        for at in range(0, len(records), PIECE):
            part = records[at : at + PIECE]
            offsets = [record.offset for record in part]
            values: list[Any] = [record.value for record in part]
            next_offset = offsets[-1] + 1
            if topic == ADJUSTMENTS:
                self._adjusted += folded(self.shard, topic, offsets, values, now_ms)
                offsets, values = [], []
            elif None in values or max(map(len, values)) > LINE_LIMIT:
                offsets, values = self._without_unusable(topic, offsets, values)
            self.suspects.fold(
                self.shard,
                topic,
                fetched_from,
                offsets,
                values,
                next_offset,
                now_ms,
            )
            fetched_from = next_offset
        news, self.shard.standing.news = self.shard.standing.news, []
        for told in news:
            logs.info("plan_taken", told, partition=self.number)

    def _without_unusable(
        self, topic: str, offsets: list[int], values: list[Any]
    ) -> tuple[list[int], list[Any]]:
        """Tombstones and records that are too long, out of the way into the rejects."""
        kept = []
        for i, (offset, value) in enumerate(zip(offsets, values, strict=True)):
            refused: Reject | None = None
            if value is None:
                refused = reject("tombstone", "a record without a value", topic, offset, b"")
            elif len(value) > LINE_LIMIT:
                digest = hashlib.sha256(value).hexdigest()
                named = f"sha256:{digest} bytes:{len(value)}".encode()
                detail = f"{len(value):,} bytes"
                refused = reject("line_too_long", detail, topic, offset, named)
            if refused is None:
                kept.append(i)
            elif offset >= self.shard.positions.get(topic, 0):
                self.shard.keep_reject(refused)
        return [offsets[i] for i in kept], [values[i] for i in kept]

    def reached(self, ends: Mapping[str, int]) -> None:
        """Note where the topics end now; the first time all is folded, flow is counted."""
        places = self.shard.positions
        if not self.caught_up and all(places.get(t, 0) >= end for t, end in ends.items()):
            self.shard.rest()
            self.caught_up = self.shard.counts_flow = True
            self._watching_since_ms = self.clock.now_ms()

    def _silence(self, behind: bool) -> bool:
        """Whether a silence may close intervals: only one watched at the end of every topic."""
        if behind or not self.caught_up:
            self._watching_since_ms = self.clock.now_ms()
            return False
        return self.clock.now_ms() - self._watching_since_ms >= silence_ms(self.settings.limits)

    def tick(self, lag: int, writing: int = 1, places: Places = NOWHERE) -> None:
        """Begin a checkpoint if one is due, `lag` events behind the topics' ends; `places`
        says of each topic which offset comes next and where it ends.

        The pause after one is shared by the shards that are `writing`: so their checkpoints
        together take a twentieth of the time, as one shard's would.

        Raises the CheckpointError of the one before, FoldFailed.
        """
        if not self.open_now:
            return
        self._note(places)
        self._gather()
        if self._writing is not None:
            return
        silence = self._silence(behind=lag > 0)
        edge = self._edge_at(silence)
        waited = self._pacing.now_ms() - self._committed_ms
        idle = self._seen == self._counted() and waited < IDLE_MS
        # While much is caught up with, intervals close every moment: then by time alone.
        at_once = edge != self._edge and lag < FAR_BEHIND
        rest_ms = max(self._rest_ms, min(LONGEST_MS, writing * REST_SHARE * self._took_ms))
        if (not at_once and (idle or waited < rest_ms)) or not self._may_close():
            return
        self._edge = edge
        self._begin(silence)

    def _note(self, places: Places) -> None:
        """Note which topics have been heard of, and how far the plan is read."""
        read = self.shard.positions | {topic: following for topic, (following, _) in places.items()}
        self._unheard = {t: at for t, at in self._unheard.items() if read[t] <= at}
        self._plan_at = places.get(PLAN, (0, 0))

    def _may_close(self) -> bool:
        """Whether something of every topic is folded, and what `plan` held when a checkpoint became due.

        A source not yet heard of holds no watermark back, and none speaks for the plan: in catching
        up the others can run so far ahead that these find their intervals gone.
        """
        if self._unheard:
            return False
        following, end = self._plan_at
        if self._plan_awaited is None:
            self._plan_awaited = end
        if following < self._plan_awaited:
            return False
        self._plan_awaited = None
        return True

    def _is_ahead(self) -> bool:
        """Whether some topics may be read so far ahead of others that nothing may close."""
        following, end = self._plan_at
        return bool(self._unheard) or following < end

    def _edge_at(self, silence: bool) -> int:
        """The interval up to which everything of this shard is known now."""
        marks = effective_marks(self.shard, self.clock.now_ms(), silence).values()
        return min(marks, default=-1) // BUCKET_MS

    def _counted(self) -> int:
        """What has come in: promises count too, they move what is FINAL."""
        return sum(self.shard.positions.values())

    def _begin(self, silence: bool) -> None:
        shard, now = self.shard, self.clock.now_ms()
        records, self._adjusted = [*self._adjusted, *shard.close(now, silence)], []
        taken = captured(shard, self._buffers)
        self._seen, self._committed_ms = self._counted(), self._pacing.now_ms()
        what = Checkpoint(
            pieces(taken, CHUNK), dict(shard.positions), records, shard.take_rejects(), now
        )
        self._writing = self._thread.begin(self._store.commit(what))

    def _gather(self) -> None:
        if self._writing is None or not self._writing.done():
            return
        writing, self._writing = self._writing, None
        took = writing.result()
        self.last_commit = (self._committed_ms, took)
        self._took_ms = round(took * 1000)

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.wrap_future(self._writing)
            self._gather()

    async def checkpoint(self) -> None:
        """Write what is there, and wait for it. Raises CheckpointError, FoldFailed."""
        await self._written()
        if self._seen != self._counted():
            self._begin(silence=False)
            await self._written()

    async def drop(self, last: bool) -> None:
        """Let go of the shard, after a `last` checkpoint if it still may write one and reads
        no topic ahead of others.

        One that fails is no loss: the newest stands, and the next owner folds what follows it.
        """
        try:
            if last and self.open_now and not self._is_ahead():
                await self.checkpoint()
        except (CheckpointError, FoldFailed) as error:
            logs.warn("last_checkpoint", str(error), partition=self.number)
        finally:
            self.open_now = False
            await self._thread.run(self._store.close())

    def view(self) -> View:
        """The shard at this moment. Raises FoldFailed."""
        return self.shard.view(self.clock.now_ms(), self.caught_up)


Factory = Callable[[int], Partition]
Offsets = Mapping[int, Mapping[str, int]]
"""Per partition number: offset by plain topic name."""


class Owned:
    """The partitions this worker owns, by number."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self.partitions: dict[int, Partition] = {}

    async def open(self, numbers: Iterable[int], starts: Offsets, ends: Offsets) -> list[Partition]:
        """Open and return those not open yet, all at once: most of it is waiting for the broker."""
        fresh = {n: self._factory(n) for n in sorted(set(numbers) - self.partitions.keys())}
        opening = (fresh[n].open(starts[n], ends[n]) for n in fresh)
        failed = [e for e in await asyncio.gather(*opening, return_exceptions=True) if e]
        if failed:
            await asyncio.gather(*(partition.drop(last=False) for partition in fresh.values()))
            raise failed[0]
        self.partitions |= fresh
        return list(fresh.values())

    async def drop(self, last: bool = True) -> list[Partition]:
        """Let go of all of them; returns them for what they have counted."""
        gone, self.partitions = list(self.partitions.values()), {}
        await asyncio.gather(*(partition.drop(last) for partition in gone))
        return gone
