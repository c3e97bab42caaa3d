"""When a batch kills the fold: back to the newest checkpoint, and at the second time one by one."""

from collections import Counter
from collections.abc import Sequence

from streams import logs
from streams.broken import FoldFailed
from streams.rejects import reject
from streams.shard import Shard

MOST_TRIES = 3
"""A batch that has killed the fold so often, the last time one by one, ends the process."""
MOST_CULPRITS = 20
"""More deadly events in one batch are no fault of theirs: memory, or an error of ours."""


class Suspects:
    """Batches that killed the fold, of one shard; the driver keeps it over restores."""

    def __init__(self) -> None:
        self._tries: Counter[str] = Counter()
        self._span: dict[str, tuple[int, int]] = {}

    def note(self, failed: FoldFailed) -> None:
        """A batch has killed the fold. Raises it again once nothing more can be tried."""
        first, last = failed.first, failed.last
        if not self._meets(failed.topic, first, last):
            self._tries[failed.topic] = 0
        else:
            known = self._span[failed.topic]
            first, last = min(first, known[0]), max(last, known[1])
        self._span[failed.topic] = (first, last)
        self._tries[failed.topic] += 1
        logs.error("fold_failed", str(failed), topic=failed.topic, offset=failed.first)
        if self._tries[failed.topic] >= MOST_TRIES:
            raise failed

    def _meets(self, topic: str, first: int, last: int) -> bool:
        known = self._span.get(topic)
        return known is not None and first <= known[1] and last >= known[0]

    def fold(
        self,
        shard: Shard,
        topic: str,
        fetched_from: int,
        offsets: Sequence[int],
        values: Sequence[bytes],
        next_offset: int | None = None,
        now_ms: int | None = None,
    ) -> None:
        """`Shard.fold`, one by one where a batch with these offsets has failed twice."""
        twice = self._tries[topic] >= MOST_TRIES - 1
        if twice and offsets and self._meets(topic, offsets[0], offsets[-1]):
            fold_one_by_one(shard, topic, fetched_from, offsets, values, now_ms)
            offsets, values = [], []
        shard.fold(topic, fetched_from, offsets, values, next_offset, now_ms)


def fold_one_by_one(
    shard: Shard,
    topic: str,
    fetched_from: int,
    offsets: Sequence[int],
    values: Sequence[bytes],
    now_ms: int | None = None,
) -> None:
    """Fold each event alone; one that kills the fold becomes a reject `fold_error`."""
    before, flow = shard.snapshot(), shard.state.flow.copy()
    waiting = list(shard.rejects)
    culprits: dict[int, str] = {}
    while True:
        failed = _fold_but(culprits, shard, topic, fetched_from, offsets, values, now_ms)
        if failed is None:
            return
        at, broken = failed
        if len(culprits) == MOST_CULPRITS:
            raise broken
        culprits[at] = f"{type(broken.cause).__name__}: {broken.cause}"
        shard.restore(before)
        shard.state.flow[: len(flow)] = flow
        shard.rejects = list(waiting)


def _fold_but(
    culprits: dict[int, str],
    shard: Shard,
    topic: str,
    fetched_from: int,
    offsets: Sequence[int],
    values: Sequence[bytes],
    now_ms: int | None,
) -> tuple[int, FoldFailed] | None:
    """Fold all but the culprits; place and failure of the next one, None if there is none."""
    start = fetched_from
    for at, (offset, value) in enumerate(zip(offsets, values, strict=True)):
        if at in culprits:
            if offset >= shard.positions.get(topic, offset):
                shard.keep_reject(reject("fold_error", culprits[at], topic, offset, value))
            continue
        try:
            shard.fold(topic, start, [offset], [value], offset, now_ms)
            shard.rest()
        except FoldFailed as failed:
            return at, failed
        start = offset
    return None
