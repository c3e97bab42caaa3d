"""The topic `months`: the newest value of every KPI, owner and month, compacted.

One command writes it (`floorwatch month --kafka`), out of a ledger; it sends what differs from what the topic
holds, so that a second run sends nothing and a month that a restated interval opened again is sent anew.
"""

from collections.abc import Iterable

import msgspec
from pydantic import ValidationError

from schemas.pst import MonthValue
from streams import logs
from streams.kafka.committed import Committed
from streams.kafka.keys import partition_of
from streams.kafka.outgoing import Outgoing
from streams.kafka.settings import MONTHS, KafkaSettings

POLL_MS = 200
Published = dict[bytes, MonthValue]
"""Newest values by key."""


def key_of(one: MonthValue) -> bytes:
    """Of one value: [program, kpi, queue, group, each, month]."""
    return msgspec.json.encode([one.program, one.kpi, one.queue, one.group, one.each, one.month])


def published(settings: KafkaSettings) -> Published:
    """What the topic holds now. Raises UserError."""
    found: Published = {}
    with Committed(settings, (MONTHS,)) as topic:
        for tail, (start, _) in topic.bounds().items():
            topic.seek(tail, start)
        for tail, message in topic.to_end(POLL_MS):
            try:
                found[message.key] = MonthValue.model_validate_json(message.value or b"")
            except ValidationError:
                where = f"{tail.topic}, partition {tail.partition}, offset {message.offset}"
                logs.warn("bad_record", f"{where}: no month's value")
                found.pop(message.key, None)
    return found


def publish(settings: KafkaSettings, there: Published, values: Iterable[MonthValue]) -> int:
    """Send those that are not `there` as they are; how many that were. Raises UserError."""
    with Outgoing(settings) as outgoing:
        for one in values:
            key = key_of(one)
            if there.get(key) != one:
                number = partition_of(one.program, settings.partitions)
                outgoing.send(MONTHS, key, one.model_dump_json().encode(), number)
        outgoing.flush()
        return outgoing.sent
