"""Events of deferred work to kernel input."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kernels.case_layout import CASE_INPUT
from kernels.case_walk import TOLD
from schemas.deferred import DEFERRED_CHANNEL
from schemas.outbound import OUTBOUND_CHANNEL
from streams.decode_bots import Home, Lane, as_lane, fill, home_of
from streams.due_times import due_ms
from streams.names import UNMAPPED, WRONG_CHANNEL, WRONG_PROGRAM, Names, of_program, text_hash
from streams.rejects import Reject, reject
from streams.view import QueueKey
from streams.wire import CASE_CODES

Found = list[tuple[Any, int, Home, int]]
_OF = {DEFERRED_CHANNEL: "a queue of cases", OUTBOUND_CHANNEL: "a campaign"}


class QueuedWork:
    """What the work of one channel has in common whose events name a queue of the plan."""

    def __init__(self, names: Names, channel: str) -> None:
        self._names = names
        self._channel = channel
        self._homes: dict[tuple[str, str], Home | str] = {}

    def taken(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> Found:
        """Events with their home and queue code; those that are refused go to `rejects`."""
        taken: Found = []
        for event, i in found:
            home = self._home(event)
            refused = home if isinstance(home, str) else self._refused(event)
            place = 0
            if not refused:
                try:
                    place = self._queue(event)
                except OverflowError as full:
                    refused = str(full)
            if isinstance(home, str) or refused:
                detail = self._detail(event, str(refused))
                rejects.append(reject(str(refused), detail, topic, offsets[i], values[i]))
            else:
                taken.append((event, i, home, place))
        return taken

    def _home(self, event: Any) -> Home | str:
        key = (event.source, event.program)
        if key not in self._homes:
            refused = self._names.refused_program(event.program)
            self._homes[key] = refused or home_of(self._names, *key, self._channel)
        return self._homes[key]

    def _refused(self, event: Any) -> str:
        """Why an event is refused for its queue's sake; "" if it is not."""
        listed = self._names.plan.queues.get(event.queue)
        if not event.queue or (listed is None and self._names.plan.accepts_unmapped):
            return ""
        if listed is None:
            return UNMAPPED
        if listed.channel != self._channel:
            return WRONG_CHANNEL
        return WRONG_PROGRAM if listed.program != event.program else ""

    def _detail(self, event: Any, refused: str) -> str:
        if refused == WRONG_CHANNEL:
            listed = self._names.plan.queues[event.queue]
            return (
                f"queue {event.queue!r} is listed with channel {listed.channel!r}; "
                f"list {_OF[self._channel]} with channel {self._channel!r}"
            )
        if refused in (UNMAPPED, WRONG_PROGRAM):
            return f"queue {event.queue!r} of program {event.program!r}"
        return of_program(refused, event.program)

    def _queue(self, event: Any) -> int:
        """Queue code of an event; 0 where it names none."""
        if not event.queue:
            return 0
        return self._names.queue(QueueKey(event.program, event.queue, self._channel))


class CaseDecoder(QueuedWork):
    """Decodes events of deferred work for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        super().__init__(names, DEFERRED_CHANNEL)

    def decode(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> Lane | None:
        """Events of cases; those that are refused go to `rejects`."""
        taken = self.taken(found, topic, offsets, values, rejects)
        return self._lane(taken) if taken else None

    def _lane(self, found: Found) -> Lane:
        out = np.zeros(len(found), CASE_INPUT)
        events = [event for event, *_ in found]
        into = out["event"]
        told = [getattr(event, "due_at", None) is not None for event in events]
        codes = [event.code - CASE_CODES.start << 3 for event in events]
        into["kind"] = [code | (TOLD * was) for code, was in zip(codes, told, strict=True)]
        into["due"] = [self._due(event) for event in events]
        into["text"] = [text_hash(event.queue) for event in events]
        into["queue"] = [place for *_, place in found]
        fill(out, found, [event.case for event in events])
        return as_lane(out, found)

    def _due(self, event: Any) -> int:
        if not event.queue:
            return 0
        told = event.due_at
        if told is not None:
            return int(told)
        return due_ms(self._names.plan, event.program, event.queue, event.time, DEFERRED_CHANNEL)
