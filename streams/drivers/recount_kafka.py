"""Counting again, from nothing, what the event topics still hold: shard by shard, as workers would."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import groupby, islice
from typing import Any, NamedTuple

from kernels.timeline import BELIEVED_MS
from schemas.ledger import REPLAY
from streams.broken import FoldFailed
from streams.chat_settings import longest_ms
from streams.clock import Clock
from streams.close import Record
from streams.drivers.audit import Recount
from streams.drivers.empty import empty_shard
from streams.folding import Suspects
from streams.kafka.committed import Committed, Tail
from streams.kafka.keys import owner_of, partition_of
from streams.kafka.settings import EVENT_TOPICS
from streams.settings import Settings
from streams.shard import Shard
from streams.sources.lines import LINE_LIMIT
from streams.view import STAFF_CHANNEL, QueueKey
from streams.warm import warm

PIECE = 2000
POLL_MS = 200


class Counted(NamedTuple):
    """What the topics add up to. `since`: per partition that has lost events, up to when, ms."""

    recount: Recount
    since: dict[int, int]


def recount(
    settings: Settings,
    span: tuple[int, int],
    program: str,
    clock: Clock,
    on_progress: Callable[[int, int], None] | None = None,
) -> Counted:
    """Count every shard, or that of one program; its records that begin in `span`, ms UTC.

    What workers refused as too late is in the topics, and is counted. Tells `on_progress` the shards
    done and all. Raises UserError.
    """
    warm()
    partitions = settings.kafka.partitions
    numbers = [partition_of(program, partitions)] if program else [*range(partitions)]
    records, lines = list[Record](), 0
    rejects: Counter[str] = Counter()
    since: dict[int, int] = {}
    with (
        Committed(settings.kafka, EVENT_TOPICS) as topics,
        ThreadPoolExecutor(1, thread_name_prefix="fold") as beside,
    ):
        for done, number in enumerate(numbers):
            one = _Partition(settings, number, topics, beside)
            one.count(clock.now_ms())
            found = one.shard.close(clock.now_ms(), forget=False, reason=REPLAY)
            records += [each for each in found if span[0] <= each.bucket_ms < span[1]]
            rejects.update(each.reason for each in one.shard.take_rejects())
            lines += one.lines
            if one.since_ms is not None:
                since[number] = one.since_ms
            if on_progress:
                on_progress(done + 1, len(numbers))
    return Counted(Recount(records, lines, dict(rejects)), since)


class _Partition:
    """A shard counted from the partition of its number of every event topic."""

    def __init__(
        self, settings: Settings, number: int, topics: Committed, beside: Executor
    ) -> None:
        self.lines = 0
        self.since_ms: int | None = None
        """Events before it may be gone."""
        self._settings, self._number = settings, number
        self._topics, self._beside = topics, beside
        self._suspects = Suspects()
        self.shard = self._empty()

    def _empty(self) -> Shard:
        return empty_shard(
            self._settings,
            owns=owner_of(self._number, self._settings.kafka.partitions),
            beside=self._beside,
        )

    def count(self, now_ms: int) -> None:
        """Fold all there is; its last promises are taken for complete. Raises UserError, FoldFailed."""
        self._topics.narrow(self._number)
        bounds = self._topics.bounds()
        while True:
            try:
                self._read(bounds, now_ms)
                self.shard.feeds.complete()
                return
            except FoldFailed as failed:
                self._suspects.note(failed)
                self.shard, self.lines = self._empty(), 0

    def _read(self, bounds: Mapping[Tail, tuple[int, int]], now_ms: int) -> None:
        first_ms: dict[Tail, int] = {}
        for tail, (start, _) in bounds.items():
            self._topics.seek(tail, start)
            self.shard.positions[tail.topic] = start
        for tail, part in _pieces(self._topics.to_end(POLL_MS)):
            first_ms.setdefault(tail, part[0].timestamp)
            kept = [one for one in part if one.value and len(one.value) <= LINE_LIMIT]
            self.lines += len(part)
            self._suspects.fold(
                *(self.shard, tail.topic, self.shard.positions[tail.topic]),
                *([one.offset for one in kept], [one.value for one in kept], part[-1].offset + 1),
            )
        self.shard.rest()
        ahead_ms = round(self._settings.limits.future_s * 1000)
        gone = [first_ms.get(tail, now_ms) for tail, (start, _) in bounds.items() if start]
        self.since_ms = max(gone) + ahead_ms if gone else None


def _pieces(read: Iterable[tuple[Tail, Any]]) -> Iterator[tuple[Tail, list[Any]]]:
    for tail, told in groupby(read, key=lambda one: one[0]):
        while part := [record for _, record in islice(told, PIECE)]:
            yield tail, part


def is_retained(settings: Settings, since: Mapping[int, int]) -> Callable[[Record], bool]:
    """Whether all that an interval's figures are made of is still in the topics.

    A contact that came before them is undecided up to the unresolved limit, a person's state is
    believed for 16 h: intervals within so long behind the first moment retained are not judged.
    """
    limit = round(settings.limits.unresolved_s * 1000)

    def retained(one: Record) -> bool:
        first = since.get(partition_of(one.program, settings.kafka.partitions))
        if first is None:
            return True
        if one.channel == STAFF_CHANNEL:
            return one.bucket_ms >= first + BELIEVED_MS
        key = QueueKey(one.program, one.queue, one.channel)
        return one.bucket_ms >= first + longest_ms(settings.plan, key, limit)

    return retained
