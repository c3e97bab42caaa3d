"""Until when deferred work is promised, on a queue's clock (kernels/CASES.md, Due time)."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.deferred import DEFERRED_CHANNEL
from schemas.keys import BUCKET_MS
from schemas.targets import DAY_S, Plan, Queue

MOST_MS = 400 * DAY_S * 1000


def due_ms(plan: Plan, program: str, queue: str, since_ms: int) -> int:
    """Moment by which a case that begins at `since_ms` is due, ms UTC; a day where no queue is listed."""
    listed = plan.queues.get(queue) or Queue(program=program, channel=DEFERRED_CHANNEL)
    length = round((listed.due_s or DAY_S) * 1000)
    if listed.clock == "always":
        return since_ms + length
    zone = plan.zone(program)
    for bucket in range(since_ms // BUCKET_MS, -(-(since_ms + MOST_MS) // BUCKET_MS)):
        if _is_open(listed, zone, bucket):
            begin = max(since_ms, bucket * BUCKET_MS)
            here = (bucket + 1) * BUCKET_MS - begin
            if length <= here:
                return begin + length
            length -= here
    return since_ms + MOST_MS


@lru_cache(maxsize=200_000)  # Cases of one queue ask for the same weeks again and again.
def _is_open(queue: Queue, zone: ZoneInfo, bucket: int) -> bool:
    return queue.hours_at(bucket * BUCKET_MS).open_in(bucket, zone)
