"""Until when deferred and outbound work is promised, on a queue's clock (kernels/CASES.md, Due time)."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.deferred import DEFERRED_CHANNEL
from schemas.keys import BUCKET_MS
from schemas.outbound import OUTBOUND_CHANNEL
from schemas.targets import DAY_S, Plan, Queue

MOST_MS = 400 * DAY_S * 1000
USUAL_S = {DEFERRED_CHANNEL: DAY_S, OUTBOUND_CHANNEL: 30 * DAY_S}
"""What a queue promises that does not say."""


def due_ms(plan: Plan, program: str, queue: str, since_ms: int, channel: str) -> int:
    """Moment by which a case or record that begins at `since_ms` is due, ms UTC."""
    listed = plan.queues.get(queue) or Queue(program=program, channel=channel)
    length = round((listed.due_s or USUAL_S[channel]) * 1000)
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


def day_end_ms(plan: Plan, program: str, moment_ms: int) -> int:
    """End of the program's local day that holds a moment, ms UTC, at an edge of a bucket."""
    zone = plan.zone(program)
    day = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone).date()
    return _midnight(day + timedelta(days=1), zone)


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: ZoneInfo) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return round(local.timestamp() * 1000) // BUCKET_MS * BUCKET_MS
