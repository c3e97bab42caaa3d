"""Events of outbound work to kernel input."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kernels.outbound_layout import OUTBOUND_INPUT
from kernels.outbound_walk import COUNTED, TOLD
from schemas.outbound import OUTBOUND_CHANNEL, REASONS, RESULTS
from streams.decode_bots import Lane, as_lane, fill
from streams.decode_cases import Found, QueuedWork
from streams.due_times import day_end_ms, due_ms
from streams.names import Names, text_hash
from streams.rejects import Reject
from streams.wire import OUTBOUND_CODES

_DETAIL = {name: code for names in (RESULTS, REASONS) for code, name in enumerate(names)}


class OutboundDecoder(QueuedWork):
    """Decodes for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        super().__init__(names, OUTBOUND_CHANNEL)

    def decode(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> Lane | None:
        """Events of records and lists; those that are refused go to `rejects`."""
        taken = self.taken(found, topic, offsets, values, rejects)
        return self._lane(taken) if taken else None

    def _lane(self, found: Found) -> Lane:
        out = np.zeros(len(found), OUTBOUND_INPUT)
        events = [event for event, *_ in found]
        into = out["event"]
        into["kind"] = [event.code - OUTBOUND_CODES.start << 3 | _detail(event) for event in events]
        until = [self._until(event) for event in events]
        into["until"] = until
        for name in ("planned", "dialled", "per_day"):
            into[name] = [getattr(event, name, 0) for event in events]
        into["text"] = [text_hash(event.queue) for event in events]
        into["queue"] = [place for *_, place in found]
        fill(out, found, [_owner(*each) for each in zip(events, until, strict=True)])
        return as_lane(out, found)

    def _until(self, event: Any) -> int:
        if not event.queue:
            return 0
        plan = self._names.plan
        if event.code == OUTBOUND_CODES[COUNTED]:
            return day_end_ms(plan, event.program, event.time)
        told = getattr(event, "due_at", None)
        if told is not None:
            return int(told)
        return due_ms(plan, event.program, event.queue, event.time, OUTBOUND_CHANNEL)


def _detail(event: Any) -> int:
    said = getattr(event, "result", "") or getattr(event, "reason", "")
    return _DETAIL[said] if said else TOLD * (getattr(event, "due_at", None) is not None)


def _owner(event: Any, until: int) -> str:
    """What an event is of: a record, or a list on one local day."""
    if event.code == OUTBOUND_CODES[COUNTED]:
        return f"list\0{until}\0{event.queue}\0{event.list}"
    return f"record\0{event.record}"
